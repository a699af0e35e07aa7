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
        for (const char* name : {"COPY1", "BROKER3"}) add(name);
        start_gateway();
    }
    // Requires: the gateway is down.
    void add(const std::string& name, ParticipantId participant = ParticipantId{2}) {
        auto listing = make_command<ListSession>();
        listing.participant = participant;
        listing.source = Source::gateway;
        listing.name = Text<24>(name);
        venue.apply(listing);
        FixSessionSettings session = venue.settings.gateway.sessions.front();
        session.comp_id = name;
        const bool is_copy = name.starts_with("COPY");
        session.role = is_copy ? SessionRole::drop_copy : SessionRole::order_entry;
        venue.settings.gateway.sessions.push_back(session);
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

// What is said of an order or a trade, in one line.
std::string said(const Fields& report) {
    return report[11] + " " + report[17] + " " + report[150] + report[39] + " " + report[378];
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

TEST_CASE("drop copy: what nobody of the firm asked for is copied too") {
    CopyVenue venue;
    Broker broker(venue, "BROKER1");
    Broker copy(venue, "COPY1");
    copy.log_on();
    broker.log_on("5001=Y|");
    const auto enter = [&](const std::string& id, const std::string& more = "") {
        broker.send("D", Broker::order(id, '1', 10, "9.00", more));
        CHECK(broker.receive()[11] == id);
        CHECK(copy.receive()[11] == id);
    };
    // Both hear this of the order, under one ExecID.
    const auto both_hear = [&](const std::string& id, const std::string& type_and_status,
                               const std::string& reason) {
        const Fields report = broker.receive();
        const Fields copied = copy.receive();
        INFO(report.text << copied.text);
        CHECK(said(report) == id + " " + report[17] + " " + type_and_status + " " + reason);
        CHECK(said(copied) == said(report));
        CHECK(copied[797] == "Y");
        CHECK(copied[115] == "BROKER1");
        CHECK(copied[58] == report[58]);
    };

    enter("disconnect");
    broker.disconnect();
    venue.settle();
    venue.venue.advance_ms(1'100);
    venue.settle();
    broker.connect();
    broker.log_on("5001=Y|");
    both_hear("disconnect", "44", "7");

    enter("operator");
    auto cancel = make_command<MassCancel>();
    cancel.participant = ParticipantId{2};
    venue.venue.apply(cancel);
    both_hear("operator", "44", "8");

    enter("kill");
    auto disable = make_command<DisableParticipant>();
    disable.participant = ParticipantId{2};
    venue.venue.apply(disable);
    std::map<std::string, Fields> heard;
    std::map<std::string, Fields> copied;
    for (int i = 0; i < 2; ++i) {
        const Fields one = broker.receive();
        const Fields other = copy.receive();
        heard.emplace(one[35], one);
        copied.emplace(other[35], other);
    }
    CHECK(said(heard["8"]) == said(copied["8"]));
    CHECK(heard["8"][378] == "8");
    CHECK(heard["B"][148] == copied["B"][148]);
    auto enable = make_command<EnableParticipant>();
    enable.participant = ParticipantId{2};
    venue.venue.apply(enable);
    CHECK(broker.receive()[35] == "B");
    CHECK(copy.receive()[35] == "B");

    enter("day");
    enter("gtc", "59=1|");
    venue.venue.set_phase(Phase::closed);
    both_hear("day", "CC", "");
    venue.venue.set_phase(Phase::pre_open, Venue::first_day + 1);
    both_hear("gtc", "D0", "1");
    venue.venue.set_phase(Phase::continuous);

    // An order that stands when the firm's own other session meets it: the remainder, unasked.
    broker.send("D", Broker::order("ioc", '1', 10, "9.00", "59=3|"));
    both_hear("ioc", "00", "");
    both_hear("ioc", "44", "99");
    CHECK(copy.hears_nothing());
    CHECK(broker.hears_nothing());
}

TEST_CASE("drop copy: execution reports only, of cancels, statuses and makers as of all else") {
    CopyVenue venue;
    Broker broker(venue, "BROKER1");
    Broker other(venue, "BROKER2");
    Broker copy(venue, "COPY1");
    for (Broker* one : {&broker, &other, &copy}) one->log_on();
    std::vector<std::string> reports;  // BROKER1's
    const auto hear = [&](std::size_t messages) {
        std::string types;
        for (std::size_t i = 0; i < messages; ++i) {
            const Fields message = broker.receive();
            types += message[35];
            if (message[35] == "8") reports.push_back(said(message));
        }
        return types;
    };
    broker.send("D", Broker::order("a", '2', 30, "10.00"));
    broker.send("D", Broker::order("b", '2', 30, "10.10"));
    CHECK(hear(2) == "88");
    other.send("D", Broker::order("x", '1', 10, "10.00", "", "FIRM2"));
    CHECK(hear(1) == "8");  // as maker
    broker.send("G", Broker::replace("a2", "a", '2', 20, "10.00"));
    broker.send("F", Broker::cancel("c", "nothing", '2'));
    CHECK(hear(2) == "98");
    broker.send("H", "11=a2|54=2|790=h|");
    broker.send("AF", "584=m|585=7|");
    CHECK(hear(3) == "888");
    broker.send("q", "11=q|530=7|60=" + Broker::now() + "|");
    CHECK(hear(3) == "88r");
    broker.send("AN", "710=q|724=0|");
    CHECK(hear(2) == "AOAP");
    broker.send("g", "335=g|263=0|");
    CHECK(hear(1) == "h");
    for (const std::string& report : reports) CHECK(said(copy.receive()) == report);
    CHECK(copy.hears_nothing());
}

TEST_CASE(
    "drop copy: two of one firm hear the same, each under its own numbers; another firm's its "
    "own") {
    CopyVenue venue;
    venue.kill_gateway();
    venue.add("COPY2");
    venue.add("COPY3", ParticipantId{3});
    venue.start_gateway();
    Broker broker(venue, "BROKER1");
    Broker first(venue, "COPY1");
    Broker second(venue, "COPY2");
    Broker theirs(venue, "COPY3");
    for (Broker* one : {&broker, &first, &second, &theirs}) one->log_on();
    broker.send("D", Broker::order("a", '1', 10, "9.00"));
    const std::string accepted = said(broker.receive());
    CHECK(said(first.receive()) == accepted);
    CHECK(said(second.receive()) == accepted);
    second.disconnect();
    venue.settle();
    broker.send("F", Broker::cancel("b", "a", '1'));
    const std::string cancelled = said(broker.receive());
    CHECK(said(first.receive()) == cancelled);
    venue.kill_gateway();
    for (Broker* one : {&broker, &first, &theirs}) one->disconnect();
    venue.start_gateway();
    for (Broker* one : {&broker, &first, &second, &theirs}) {
        one->connect();
        one->log_on();
    }
    CHECK(said(second.receive()) == cancelled);
    for (Broker* one : {&broker, &first, &second, &theirs}) CHECK(one->hears_nothing());
}

TEST_CASE("drop copy: one that comes later begins with what happens after it was listed") {
    CopyVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("D", Broker::order("before", '1', 10, "9.00"));
    CHECK(broker.receive()[11] == "before");
    venue.kill_gateway();
    broker.disconnect();
    venue.add("COPY2");
    venue.start_gateway();
    broker.connect();
    broker.log_on();
    broker.send("F", Broker::cancel("after", "before", '1'));
    const std::string cancelled = said(broker.receive());
    Broker copy(venue, "COPY2");
    copy.log_on();
    // Whichever number it begins with, it asks for all.
    if (copy.next_in() == 2) copy.ask_again();
    CHECK(said(copy.receive()) == cancelled);
    CHECK(copy.hears_nothing());
}
