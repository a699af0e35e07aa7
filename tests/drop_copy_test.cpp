// Drop copies: what all sessions of a firm are told, to a session that only listens.
#include "gateway/store.h"
#include "tests/broker.h"

using namespace carbonx;
using namespace carbonx::tests;

namespace {

// COPY1 hears FIRM1's sessions BROKER1 and BROKER3; FIRM2 has BROKER2.
struct CopyVenue : GatewayVenue {
    explicit CopyVenue(const DiskCalls& disk = {}) : GatewayVenue(1U << 10, disk) {
        gateway.reset();
        for (const char* name : {"COPY1", "BROKER3"}) {
            auto listing = make_command<ListSession>();
            listing.participant = ParticipantId{2};
            listing.source = Source::gateway;
            listing.name = Text<24>(name);
            venue.apply(listing);
            FixSessionSettings session = venue.settings.gateway.sessions.front();
            session.comp_id = name;
            const bool is_copy = std::string_view(name) == "COPY1";
            session.role = is_copy ? SessionRole::drop_copy : SessionRole::order_entry;
            venue.settings.gateway.sessions.push_back(session);
        }
        start_gateway();
    }
};

// A disk that says in what order stores are written, and on which a drop copy's may fail.
std::vector<std::string> written;
bool copies_fail = false;

DiskCalls watched_disk() {
    DiskCalls calls;
    calls.write = [](int file, const void* data, std::size_t size, off_t offset) {
        const auto path = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(file));
        if (path.extension() == ".messages") written.push_back(path.stem());
        if (copies_fail && path.filename() == "COPY1.messages") {
            errno = EIO;
            return ssize_t{-1};
        }
        return ::pwrite(file, data, size, offset);
    };
    written.clear();
    copies_fail = false;
    return calls;
}

}  // namespace

TEST_CASE("drop copy: every report of the firm, from whichever session, and nobody else's") {
    CopyVenue venue;
    Broker first(venue, "BROKER1");
    Broker third(venue, "BROKER3");
    Broker other(venue, "BROKER2");
    Broker copy(venue, "COPY1");
    for (Broker* broker : {&first, &third, &other, &copy}) broker->log_on();
    const auto is_copied = [&](const Fields& report, const std::string& from) {
        const Fields copied = copy.receive();
        CHECK(copied[35] == "8");
        CHECK(copied[797] == "Y");
        CHECK(copied[115] == from);
        CHECK(copied[56] == "COPY1");
        for (const int tag : {17, 150, 39, 11, 41, 37, 1, 55, 54, 38, 32, 31, 14, 151, 5004, 58}) {
            CHECK(copied[tag] == report[tag]);
        }
        CHECK(report[797].empty());
        CHECK(report[115].empty());
    };

    first.send("D", Broker::order("s", '2', 60, "10.00"));
    is_copied(first.receive(), "BROKER1");
    other.send("D", Broker::order("b", '1', 100, "10.02", "", "FIRM2"));
    CHECK(other.receive()[150] == "0");
    CHECK(other.receive()[150] == "F");
    const Fields sold = first.receive();
    CHECK(sold[150] == "F");
    is_copied(sold, "BROKER1");
    third.send("D", Broker::order("t", '1', 10, "9.00"));
    is_copied(third.receive(), "BROKER3");
    third.send("F", Broker::cancel("u", "t", '1'));
    is_copied(third.receive(), "BROKER3");
    third.send("D", Broker::order("off", '1', 10, "9.0001"));  // the exchange refuses
    is_copied(third.receive(), "BROKER3");
    third.send("D", Broker::order("v", '1', 10, "9.00", "", "NOBODY"));  // the gateway refuses
    is_copied(third.receive(), "BROKER3");
    CHECK(copy.hears_nothing());
    CHECK(other.hears_nothing());
}

TEST_CASE("drop copy: what it missed, away or over a kill of the gateway, comes by resend") {
    CopyVenue venue;
    Broker broker(venue, "BROKER1");
    Broker copy(venue, "COPY1");
    broker.log_on();
    copy.log_on();
    broker.send("D", Broker::order("a", '1', 10, "9.00"));
    CHECK(broker.receive()[11] == "a");
    CHECK(copy.receive()[11] == "a");
    copy.disconnect();
    venue.settle();
    broker.send("D", Broker::order("b", '1', 10, "9.00"));
    CHECK(broker.receive()[11] == "b");
    broker.send("D", Broker::order("c", '1', 10, "9.00"));
    venue.settle(false);  // in the ring
    venue.kill_gateway();
    broker.disconnect();
    venue.start_gateway();
    copy.connect();
    copy.log_on();
    const Fields missed = copy.receive();
    CHECK(missed[11] == "b");
    CHECK(missed[797] == "Y");
    CHECK(missed[115] == "BROKER1");
    CHECK(missed[43] == "Y");
    CHECK(copy.receive()[11] == "c");
    CHECK(copy.hears_nothing());
    broker.connect();
    broker.log_on();
    CHECK(broker.receive()[11] == "c");
    CHECK(broker.hears_nothing());
    CHECK(copy.hears_nothing());
}

TEST_CASE("drop copy: it may say nothing of its own") {
    CopyVenue venue;
    Broker copy(venue, "COPY1");
    copy.log_on();
    copy.send("D", Broker::order("a", '1', 10, "9.00"));
    const Fields refused = copy.receive();
    CHECK(refused[35] == "j");
    CHECK(refused[45] == "2");
    CHECK(refused[372] == "D");
    CHECK(refused[380] == "6");
    CHECK(refused[58] == "a drop copy session only listens");
    CHECK(venue.venue.exchange().open_order_count() == 0);
}

// Such an answer is not made again from the event log: killed between the two writes, its client
// must ask again.
TEST_CASE("drop copy: what has no event is stored for the copy first, or for nobody") {
    CopyVenue venue(watched_disk());
    Broker broker(venue, "BROKER1");
    broker.log_on();
    const std::string unknown = Broker::order("a", '1', 10, "9.00", "", "NOBODY");
    const std::vector<std::string> copy_first{"COPY1", "BROKER1"};
    written.clear();
    SECTION("at the end of a poll") {
        broker.send("D", unknown);
        CHECK(broker.receive()[150] == "8");
        CHECK(written == copy_first);
    }
    SECTION("before a resend that is asked for at once") {
        broker.send("D", unknown);
        broker.send("2", "7=1|16=0|");
        venue.settle();
        REQUIRE(written.size() >= 2);
        CHECK(std::vector(written.begin(), written.begin() + 2) == copy_first);
    }
    SECTION("when the copy's store fails") {
        const int number = broker.next_out();
        copies_fail = true;
        broker.send("D", unknown);
        CHECK_THROWS_WITH(venue.settle(), Catch::Contains("COPY1.messages: Input/output error"));
        copies_fail = false;
        venue.kill_gateway();
        const auto directory = gateway::sessions_directory(venue.venue.settings);
        CHECK(gateway::SessionStore(directory, "BROKER1").getNextTargetMsgSeqNum() == number);
    }
}
