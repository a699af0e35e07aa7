// How much a session and a firm may send in a second.
#include "tests/broker.h"

using namespace carbonx;
using namespace carbonx::tests;
using gateway::TokenBucket;

namespace {

struct ThrottledVenue : GatewayVenue {
    explicit ThrottledVenue(const ThrottleSettings& throttle) {
        venue.settings.gateway.throttle = throttle;
        gateway.reset();
        start_gateway();
    }
};

std::string id(const char* prefix, int number) { return prefix + std::to_string(number); }

}  // namespace

TEST_CASE("throttle: a bucket gives its rate and one second's burst, over any time") {
    TokenBucket bucket(10);
    uint64_t now_ns = 5'000'000'000;
    int taken = 0;
    for (int i = 0; i < 10'000; ++i, now_ns += 1'000'000) {
        if (!bucket.has_one(now_ns)) continue;
        bucket.take();
        ++taken;
    }
    CHECK(taken == 109);  // 10 at once, then 10 in each of 9.999 seconds
    TokenBucket unlimited;
    for (int i = 0; i < 1'000; ++i) {
        CHECK(unlimited.has_one(now_ns));
        unlimited.take();
    }
}

TEST_CASE("throttle: more orders than the session may send in a second are refused by name") {
    ThrottledVenue venue({{3, 2}, {100, 100}, 0});
    Broker broker(venue, "BROKER1");
    broker.log_on();
    for (int i = 1; i <= 3; ++i) broker.send("D", Broker::order(id("o", i), '1', 10, "9.00"));
    for (int i = 1; i <= 3; ++i) CHECK(broker.receive()[150] == "0");
    broker.send("D", Broker::order("o4", '1', 10, "9.00"));
    const Fields refused = broker.receive();
    CHECK(refused[150] == "8");
    CHECK(refused[11] == "o4");
    CHECK(refused[103] == "99");
    CHECK(refused[58] == "throttled: too many messages in a second: send again more slowly (G5)");

    // Replaces, status requests and questions count like orders; each is refused in its own way.
    broker.send("G", Broker::replace("r", "o1", '1', 20, "9.00"));
    const Fields replace = broker.receive();
    CHECK(replace[35] == "9");
    CHECK(replace[102] == "99");
    broker.send("H", "11=o1|54=1|790=h|");
    CHECK(broker.receive()[103] == "99");
    broker.send("x", "320=x|559=4|");
    const Fields question = broker.receive();
    CHECK(question[35] == "j");
    CHECK(question[380] == "0");

    // Cancels have their own.
    for (int i = 1; i <= 2; ++i) broker.send("F", Broker::cancel(id("c", i), id("o", i), '1'));
    CHECK(broker.receive()[150] == "4");
    CHECK(broker.receive()[150] == "4");
    broker.send("F", Broker::cancel("c3", "o3", '1'));
    const Fields cancel = broker.receive();
    CHECK(cancel[35] == "9");
    CHECK(cancel[102] == "99");

    // A refused ClOrdID was not used, and time gives room.
    venue.venue.advance_ms(400);
    broker.send("D", Broker::order("o4", '1', 10, "9.00"));
    CHECK(broker.receive()[150] == "0");
}

TEST_CASE("throttle: the sessions of a firm share its rate") {
    ThrottledVenue venue({{3, 3}, {4, 4}, 0});
    auto listing = make_command<ListSession>();
    listing.participant = ParticipantId{2};
    listing.source = Source::gateway;
    listing.name = Text<24>("BROKER3");
    venue.venue.apply(listing);
    FixSessionSettings session = venue.venue.settings.gateway.sessions.front();
    session.comp_id = "BROKER3";
    venue.venue.settings.gateway.sessions.push_back(session);
    venue.gateway.reset();
    venue.start_gateway();

    Broker first(venue, "BROKER1");
    Broker third(venue, "BROKER3");
    Broker other(venue, "BROKER2");
    for (Broker* broker : {&first, &third, &other}) broker->log_on();
    for (int i = 1; i <= 3; ++i) first.send("D", Broker::order(id("o", i), '1', 10, "9.00"));
    for (int i = 1; i <= 3; ++i) CHECK(first.receive()[150] == "0");
    third.send("D", Broker::order("t1", '1', 10, "9.00"));
    CHECK(third.receive()[150] == "0");
    third.send("D", Broker::order("t2", '1', 10, "9.00"));
    CHECK(third.receive()[150] == "8");
    other.send("D", Broker::order("x", '1', 10, "9.00", "", "FIRM2"));
    CHECK(other.receive()[150] == "0");
}

TEST_CASE("throttle: who goes on for long is logged out, and may come back") {
    ThrottledVenue venue({{1, 1}, {100, 100}, 5});
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("D", Broker::order("o1", '1', 10, "9.00"));
    CHECK(broker.receive()[150] == "0");
    for (int i = 2; i <= 8; ++i) broker.send("D", Broker::order(id("o", i), '1', 10, "9.00"));
    Fields last;
    for (int i = 2; i <= 9; ++i) {
        last = broker.receive();
        if (last[35] == "5") break;
        CHECK(last[150] == "8");
    }
    CHECK(last[35] == "5");
    CHECK(last[58] == "throttled: too many messages in a second: send again more slowly (G5)");
    broker.disconnect();
    venue.settle();
    venue.venue.advance_ms(2'000);
    broker.connect();
    broker.log_on();
    broker.send("D", Broker::order("again", '1', 10, "9.00"));
    CHECK(broker.receive()[150] == "0");
}

TEST_CASE("throttle: what the gateway refuses by itself is counted, a cancel among the cancels") {
    ThrottledVenue venue({{3, 2}, {100, 100}, 0});
    Broker broker(venue, "BROKER1");
    broker.log_on();
    const auto text_of_next = [&] {
        const std::string text = broker.receive()[58];
        return text.substr(0, text.find(':'));
    };
    broker.send("D", Broker::order("o1", '1', 10, "9.00", "", "NOBODY"));
    broker.send("H", "11=none|54=1|790=h|");
    broker.send("AN", "710=a|724=0|1=NOBODY|");
    CHECK(text_of_next() == "account_unknown");
    CHECK(text_of_next() == "order_unknown");
    CHECK(text_of_next() == "account_unknown");
    broker.send("D", Broker::order("o1", '1', 10, "9.00", "", "NOBODY"));
    broker.send("G", Broker::replace("r", "none", '1', 20, "9.00"));
    for (int i = 0; i < 2; ++i) CHECK(text_of_next() == "throttled");

    for (int i = 1; i <= 3; ++i) broker.send("F", Broker::cancel(id("c", i), "none", '1'));
    for (int i = 1; i <= 2; ++i) CHECK(text_of_next() == "order_unknown");
    CHECK(text_of_next() == "throttled");
    broker.send("q", "11=q|530=7|55=V415024H|60=" + Broker::now() + "|");
    CHECK(text_of_next() == "throttled");
}

TEST_CASE("throttle: a message that had to wait is counted once") {
    ThrottledVenue venue({{2, 1}, {100, 100}, 0});
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("D", Broker::order("o1", '1', 10, "9.00"));
    broker.send("F", Broker::cancel("c1", "o1", '1'));
    venue.settle(false);
    CHECK(broker.receive()[150] == "0");
    CHECK(broker.receive()[150] == "4");
    // Known from before, it is no more than passed over.
    for (int i = 0; i < 5; ++i) {
        broker.send("D", Broker::order("o1", '1', 10, "9.00"), "43=Y|122=" + Broker::now() + "|");
    }
    broker.send("D", Broker::order("o2", '1', 10, "9.00"));
    CHECK(broker.receive()[150] == "0");
}

TEST_CASE("throttle: who keeps asking for what is refused is logged out") {
    ThrottledVenue venue({{1, 1}, {100, 100}, 5});
    Broker broker(venue, "BROKER1");
    broker.log_on();
    for (int i = 0; i < 8; ++i) broker.send("H", "11=none|54=1|790=h|");
    Fields last;
    for (int i = 0; i < 9 && last[35] != "5"; ++i) last = broker.receive();
    CHECK(last[35] == "5");
}
