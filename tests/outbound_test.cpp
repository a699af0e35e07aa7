// Events as FIX messages: what is told, to whom, under which key, and what is not told twice.
#include <catch2/catch.hpp>

#include <map>

#include "gateway/fields.h"
#include "gateway/outbound.h"
#include "gateway/reject_codes.h"
#include "tests/venue.h"

namespace carbonx::gateway {
namespace {

using tests::Venue;

constexpr SessionId broker1{1};
constexpr SessionId broker2{2};
constexpr SessionId elsewhere{3};  // another gateway's

struct Sent {
    SessionId session;
    uint64_t key;
    std::string text;
    std::string operator[](int tag) const { return std::string(MessageView(text)[tag]); }
};

struct Fixture : ReportSink {
    Venue venue;
    Directory directory;
    Orders orders;
    Outbound outbound{directory, orders, *this};
    std::vector<Sent> sent;
    std::map<SessionId, uint64_t> last_keys;
    uint64_t next = 1000;

    Fixture() {
        venue.list_small_market();
        for (const auto& [sequence, event] : venue.events()) {
            outbound.on_event(sequence, event.head);
        }
    }
    bool is_followed(SessionId session) const override {
        return session == broker1 || session == broker2;
    }
    bool is_due(SessionId session, uint64_t key) const override {
        return is_followed(session) &&
               (!last_keys.contains(session) || key > last_keys.at(session));
    }
    void send(SessionId session, const MessageWriter& message, uint64_t key) override {
        CHECK(is_due(session, key));  // only ever growing
        last_keys[session] = key;
        sent.push_back(
            {session, key,
             "35=" + std::string(message.msg_type()) + "\x01" + std::string(message.body())});
    }

    void on_query_answered(const AccountState&) override {}
    void on_query_refused(const Rejected&) override {}
    void on_orders_told(SessionId, std::size_t) override {}

    template <class T>
    T event(SessionId session = broker1, Side side = Side::buy) {
        T result{};
        result.head.type = T::type;
        result.head.slots = 1;
        result.head.command = next;
        result.head.time_ns = 1'772'416'800'123'000'000;  // 2026-03-02 02:00:00.123
        result.head.session = session;
        result.head.counter = CounterId{1};
        result.head.terms.side = side;
        return result;
    }
    uint64_t happen(const EventHead& head) {
        outbound.on_event(next, head);
        return next++;
    }
    OrderId accept(const char* client_id, uint32_t slot, SessionId session, Side side,
                   uint32_t quantity, bool resting = true) {
        auto accepted = event<Accepted>(session, side);
        accepted.head.flags = resting ? flag_resting : 0;
        accepted.order_id = order_id(slot, 1);
        accepted.account = session == broker2 ? AccountId{3} : AccountId{2};
        accepted.price = Price{100'000};
        accepted.quantity = Quantity{quantity};
        accepted.client_id = ClientId(client_id);
        happen(accepted.head);
        return accepted.order_id;
    }
    uint64_t trade(OrderId maker, OrderId taker, int32_t price, uint32_t quantity, Side taker_side,
                   SessionId taker_session = broker2) {
        auto trade = event<Trade>(taker_session, taker_side);
        trade.maker = maker;
        trade.taker = taker;
        trade.price = Price{price};
        trade.quantity = Quantity{quantity};
        trade.buyer_fee = 1'500;
        trade.seller_fee = 12'345;
        return happen(trade.head);
    }
    void deliver(std::vector<SerialRange> ranges) {
        for (std::size_t i = 0; i < ranges.size(); i += 2) {
            auto delivery = event<Delivery>(broker2);
            delivery.ranges[0] = ranges[i];
            if (i + 1 < ranges.size()) delivery.ranges[1] = ranges[i + 1];
            happen(delivery.head);
        }
    }
    std::vector<Sent> take() { return std::exchange(sent, {}); }
};

}  // namespace

TEST_CASE("outbound: a trade's two reports follow its deliveries, the buyer's first") {
    Fixture f;
    const OrderId maker = f.accept("m", 1, broker1, Side::sell, 100);
    const OrderId taker = f.accept("t", 2, broker2, Side::buy, 40, false);
    f.take();
    const uint64_t sequence = f.trade(maker, taker, 100'000, 40, Side::buy);
    f.outbound.on_idle();
    CHECK(f.sent.empty());
    f.deliver({{LotId{1}, 10, 500}, {LotId{1}, 20, 800}, {LotId{2}, 10, 7}});
    f.outbound.on_idle();

    const auto sent = f.take();
    REQUIRE(sent.size() == 2);
    const Sent& bought = sent[0];
    CHECK(bought.session == broker2);
    CHECK(bought.key == sequence * 2);
    CHECK(bought[17] == std::to_string(sequence) + "B");
    CHECK(bought[527] == std::to_string(sequence));
    CHECK(bought[150] == "F");
    CHECK(bought[39] == "2");
    CHECK(bought[5006] == "0.15");
    CHECK(bought[60] == "20260302-02:00:00.123");
    CHECK(bought[5002] == "3");
    const std::string ranges = bought.text.substr(bought.text.find("5002="));
    CHECK(ranges.find("\0015004=800\0015005=819\0015003=2\001") != std::string::npos);
    const Sent& sold = sent[1];
    CHECK(sold.session == broker1);
    CHECK(sold.key == sequence * 2 + 1);
    CHECK(sold[17] == std::to_string(sequence) + "S");
    CHECK(sold[39] == "1");
    CHECK(sold[151] == "60");
    CHECK(sold[5006] == "1.2345");
    CHECK(sold[5002] == "3");
}

TEST_CASE("outbound: the average price is exact") {
    CHECK(average_price_text(0, Quantity{0}) == "0");
    CHECK(average_price_text(100'000 * 40, Quantity{40}) == "10.0000");
    CHECK(average_price_text(100'000 * 10 + 100'100 * 20, Quantity{30}) == "10.00666667");
    CHECK(average_price_text(1, Quantity{8}) == "0.0000125");
    CHECK(average_price_text(1, Quantity{1'000'000'000}) == "0.0000");
    CHECK(average_price_text(900'000'000'000'000, Quantity{450'000}) == "200000.0000");

    Fixture f;
    const OrderId first = f.accept("m1", 1, broker1, Side::sell, 10);
    const OrderId second = f.accept("m2", 2, broker1, Side::sell, 20);
    const OrderId taker = f.accept("t", 3, broker2, Side::buy, 30, false);
    f.take();
    f.trade(first, taker, 100'000, 10, Side::buy);
    f.deliver({{LotId{1}, 10, 1}});
    f.trade(second, taker, 100'100, 20, Side::buy);
    f.deliver({{LotId{1}, 20, 11}});
    f.outbound.on_idle();
    const auto sent = f.take();
    REQUIRE(sent.size() == 4);
    CHECK(sent[0][6] == "10.0000");
    CHECK(sent[0][39] == "1");
    CHECK(sent[2][6] == "10.00666667");
    CHECK(sent[2][14] == "30");
    CHECK(sent[2][39] == "2");
}

TEST_CASE("outbound: the last trade of an order that then rests carries its place in the book") {
    Fixture f;
    const OrderId maker = f.accept("m", 1, broker1, Side::sell, 10);
    const OrderId taker = f.accept("t", 2, broker2, Side::buy, 40, false);
    const auto accepted = f.take();
    CHECK(accepted[0][198] == "1000");
    CHECK(accepted[1][198].empty());
    f.trade(maker, taker, 100'000, 10, Side::buy);
    f.deliver({{LotId{1}, 10, 1}});
    auto rested = f.event<Rested>(broker2);
    rested.order_id = taker;
    rested.leaves = Quantity{30};
    const uint64_t place = f.happen(rested.head);
    const auto sent = f.take();
    REQUIRE(sent.size() == 2);
    CHECK(sent[0][198] == std::to_string(place));
    CHECK(sent[1][198].empty());  // filled
}

TEST_CASE("outbound: both sides of a trade may be one session's") {
    Fixture f;
    const OrderId maker = f.accept("m", 1, broker1, Side::buy, 10);
    const OrderId taker = f.accept("t", 2, broker1, Side::sell, 10, false);
    f.take();
    f.trade(maker, taker, 100'000, 10, Side::sell, broker1);
    f.deliver({{LotId{1}, 10, 1}});
    f.outbound.on_idle();
    const auto sent = f.take();
    REQUIRE(sent.size() == 2);
    CHECK(sent[0][11] == "m");
    CHECK(sent[0][851] == "1");
    CHECK(sent[1][11] == "t");
    CHECK(sent[1][851] == "2");
}

TEST_CASE("outbound: events up to the last stored key change what is known, and send nothing") {
    Fixture f;
    f.last_keys[broker1] = 1001 * 2 + 1;  // the accepted order and the first trade's sell side
    f.last_keys[broker2] = 1000 * 2;
    const OrderId maker = f.accept("m", 1, broker1, Side::sell, 100);
    const uint64_t sequence = f.trade(maker, OrderId{77}, 100'000, 40, Side::buy, elsewhere);
    REQUIRE(sequence == 1001);
    f.deliver({{LotId{1}, 40, 1}});
    f.outbound.on_idle();
    CHECK(f.sent.empty());
    f.trade(maker, OrderId{77}, 100'100, 60, Side::buy, elsewhere);
    f.deliver({{LotId{1}, 60, 41}});
    f.outbound.on_idle();
    const auto sent = f.take();
    REQUIRE(sent.size() == 1);
    CHECK(sent[0][14] == "100");
    CHECK(sent[0][6] == "10.0060");
}

TEST_CASE("outbound: another gateway's orders are nobody's business") {
    Fixture f;
    f.accept("m", 1, elsewhere, Side::sell, 100);
    auto rejected = f.event<Rejected>(elsewhere);
    rejected.command = CommandType::new_order;
    rejected.reason = Reject::price_off_tick;
    rejected.client_id = ClientId("n");
    f.happen(rejected.head);
    CHECK(f.sent.empty());
    CHECK(f.orders.find(order_id(1, 1)) == nullptr);
    CHECK(f.orders.use(elsewhere, ClientId("n")).kind == ClientIdUse::Kind::unused);
}

TEST_CASE("outbound: every refusal of an order has its reason, name, sentence and rule") {
    Fixture f;
    const auto reasons = std::to_array<std::pair<Reject, int>>({
#define CARBONX_REASON(value, name, rule, text) {Reject::name, ord_rej_reason(Reject::name)},
        CARBONX_REJECTS(CARBONX_REASON)
#undef CARBONX_REASON
    });
    for (const auto& [reason, code] : reasons) {
        if (reason == Reject::none) continue;
        auto rejected = f.event<Rejected>(broker1, Side::sell);
        rejected.command = CommandType::new_order;
        rejected.reason = reason;
        rejected.account = AccountId{2};
        rejected.client_id = ClientId("n" + std::to_string(index(reason)));
        const uint64_t sequence = f.happen(rejected.head);
        const auto sent = f.take();
        REQUIRE(sent.size() == 1);
        CHECK(sent[0][35] == "8");
        CHECK(sent[0][150] == "8");
        CHECK(sent[0][39] == "8");
        CHECK(sent[0][37] == "NONE");
        CHECK(sent[0][17] == std::to_string(sequence) + "S");
        CHECK(sent[0][54] == "2");
        CHECK(sent[0][1] == "FIRM1");
        CHECK(sent[0][55] == "V415024H");
        CHECK(sent[0][151] == "0");
        CHECK(sent[0][103] == std::to_string(code));
        CHECK(sent[0][58] == std::string(name(reason)) + ": " + std::string(text(reason)) + " (" +
                                 std::string(rule(reason)) + ")");
    }
}

TEST_CASE(
    "outbound: a cancel that was refused names the order's state, and whether it came too late") {
    Fixture f;
    const OrderId order = f.accept("a", 1, broker1, Side::buy, 10);
    f.take();
    auto rejected = f.event<Rejected>(broker1);
    rejected.command = CommandType::cancel_order;
    rejected.order_id = order;
    rejected.reason = Reject::session_disconnected;
    rejected.client_id = ClientId("b");
    f.happen(rejected.head);
    auto sent = f.take();
    REQUIRE(sent.size() == 1);
    CHECK(sent[0][35] == "9");
    CHECK(sent[0][11] == "b");
    CHECK(sent[0][41] == "a");
    CHECK(sent[0][39] == "0");
    CHECK(sent[0][434] == "1");
    CHECK(sent[0][102] == "2");

    f.trade(order, OrderId{77}, 100'000, 10, Side::sell, elsewhere);
    rejected.command = CommandType::replace_order;
    rejected.reason = Reject::order_unknown;
    rejected.client_id = ClientId("c");
    f.happen(rejected.head);
    sent = f.take();
    REQUIRE(sent.size() == 2);  // the trade first
    CHECK(sent[1][39] == "2");
    CHECK(sent[1][434] == "2");
    CHECK(sent[1][102] == "0");
}

TEST_CASE("outbound: each reason for an unasked cancel has its words") {
    const std::map<CancelReason, std::pair<std::string, std::string>> expected = {
        {CancelReason::requested, {"4", ""}},         {CancelReason::mass_cancel, {"4", ""}},
        {CancelReason::operator_request, {"4", "8"}}, {CancelReason::disconnected, {"4", "7"}},
        {CancelReason::remainder, {"4", "99"}},       {CancelReason::self_trade, {"4", "99"}},
        {CancelReason::expired, {"C", ""}},           {CancelReason::outside_band, {"4", "99"}}};
    Fixture f;
    uint32_t slot = 1;
    for (const auto& [reason, fields] : expected) {
        auto cancelled = f.event<Cancelled>(broker1);
        cancelled.order_id =
            f.accept(("o" + std::to_string(slot)).c_str(), slot, broker1, Side::buy, 10);
        f.take();
        cancelled.reason = reason;
        cancelled.leaves = Quantity{10};
        f.happen(cancelled.head);
        const auto sent = f.take();
        REQUIRE(sent.size() == 1);
        CHECK(sent[0][150] == fields.first);
        CHECK(sent[0][39] == fields.first);
        CHECK(sent[0][378] == fields.second);
        CHECK(sent[0][151] == "0");
        CHECK(sent[0][58].empty() == (reason == CancelReason::requested));
        ++slot;
    }
}

TEST_CASE("message writer: an enumerator goes out as its number, a character as itself") {
    enum Unscoped { nothing = 0, rejected = 2 };
    enum class Scoped : uint8_t { some = 7 };
    MessageWriter message;
    message.begin("AO");
    message.add(729, nothing);
    message.add(729, rejected);
    message.add(729, Scoped::some);
    message.add(150, 'F');
    CHECK(message.body() ==
          "729=0\x01"
          "729=2\x01"
          "729=7\x01"
          "150=F\x01");
}

}  // namespace carbonx::gateway
