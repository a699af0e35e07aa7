// FIX messages as commands: what enters, what is refused, and what waits.
#include <catch2/catch.hpp>

#include "gateway/fields.h"
#include "gateway/inbound.h"
#include "tests/venue.h"

namespace carbonx::gateway {
namespace {

using tests::Venue;

constexpr SessionId broker1{1};

// "11=a|1=FIRM1" as the text of a message.
std::string message(const char* type, std::string_view fields) {
    std::string text = std::string("8=FIX.4.4|9=0|35=") + type + "|" + std::string(fields);
    if (text.back() != '|') text += '|';
    text += "10=000|";
    std::replace(text.begin(), text.end(), '|', '\x01');
    return text;
}

struct Fixture {
    Venue venue;
    Directory directory;
    Orders orders;
    Inbound inbound{directory, orders};

    Fixture() {
        venue.list_small_market();
        for (const auto& [sequence, event] : venue.events()) {
            directory.apply(event.head);
            orders.apply(sequence, event.head);
        }
    }
    // An order of BROKER1 that the exchange has accepted.
    OrderId accept(const char* client_id, uint32_t slot, OrderTerms terms = OrderTerms()) {
        Accepted event{};
        event.head.type = EventType::accepted;
        event.head.session = broker1;
        event.head.counter = CounterId{1};
        event.head.terms = terms;
        event.order_id = order_id(slot, 1);
        event.account = AccountId{2};
        event.price = Price{100'000};
        event.quantity = Quantity{100};
        event.client_id = ClientId(client_id);
        orders.apply(1000 + slot, event.head);
        return event.order_id;
    }
    void fill(OrderId id, uint32_t quantity) {
        Trade event{};
        event.head.type = EventType::trade;
        event.maker = id;
        event.price = Price{100'000};
        event.quantity = Quantity{quantity};
        orders.apply(2000, event.head);
    }
    Translation translate(const char* type, std::string_view fields, bool poss_dup = false,
                          bool poss_resend = false) {
        const std::string text = message(type, fields);
        return inbound.translate(broker1, MessageView(text), {7, poss_dup, poss_resend});
    }
    NewOrder order(const std::string& fields) {
        const Translation result = translate("D", "11=a|1=FIRM1|55=V415024H|54=1|" + fields);
        REQUIRE(result.kind == Translation::Kind::command);
        REQUIRE_FALSE(result.essential);
        return as<NewOrder>(result.command.head);
    }
    Refusal refused(const char* type, const std::string& fields) {
        try {
            translate(type, fields);
        } catch (const Refusal& refusal) {
            return refusal;
        }
        return {};
    }
    Reject refused_order(const std::string& fields) {
        return refused("D", "11=a|1=FIRM1|55=V415024H|54=1|" + fields).reason;
    }
};

}  // namespace

TEST_CASE("inbound: a limit order enters as it was written") {
    Fixture f;
    const NewOrder order = f.order("38=120|40=2|44=10.05|15=HKD|21=1|58=hello");
    CHECK(order.head.type == CommandType::new_order);
    CHECK(order.head.slots == 1);
    CHECK(order.head.session == broker1);
    CHECK(order.head.counter == CounterId{1});
    CHECK(order.account == AccountId{2});
    CHECK(order.message_sequence == 7);
    CHECK(order.price == Price{100'500});
    CHECK(order.quantity == Quantity{120});
    CHECK(order.terms == OrderTerms{});
    CHECK(order.client_id == ClientId("a"));

    CHECK(f.order("38=10|40=2|44=1").terms.side == Side::buy);
    CHECK(
        as<NewOrder>(f.translate("D", "11=b|1=FIRM1|48=V415024C|22=8|54=2|38=1|40=1").command.head)
            .head.counter == CounterId{2});
}

TEST_CASE("inbound: the terms of an order") {
    Fixture f;
    CHECK(f.order("38=10|40=1").terms.type == OrderType::market);
    CHECK(f.order("38=10|40=1").price == Price{0});
    CHECK(f.order("38=10|40=2|44=1|59=0").terms.time_in_force == TimeInForce::day);
    CHECK(f.order("38=10|40=2|44=1|59=1").terms.time_in_force == TimeInForce::good_till_cancel);
    CHECK(f.order("38=10|40=2|44=1|59=3").terms.time_in_force == TimeInForce::immediate_or_cancel);
    CHECK(f.order("38=10|40=2|44=1|59=4").terms.time_in_force == TimeInForce::fill_or_kill);
    CHECK(f.order("38=10|40=2|44=1|18=6").terms.post_only);
    // The exchange says which terms go together.
    CHECK(f.order("38=10|40=1|44=10").price == Price{100'000});
    CHECK(f.order("38=10|40=2").price == Price{0});
}

TEST_CASE("inbound: a number enters exactly or is refused") {
    Fixture f;
    CHECK(f.order("38=10|40=2|44=10.0001").price == Price{100'001});
    CHECK(f.order("38=10|40=2|44=10.00010000").price == Price{100'001});
    CHECK(f.order("38=10|40=2|44=-1").price == Price{-10'000});
    CHECK(f.order("38=10.0|40=2|44=1").quantity == Quantity{10});
    CHECK(f.order("38=0|40=2|44=1").quantity == Quantity{0});
    for (const char* price :
         {"10.00001", "200000.0001", "99999999999999999999", "ten", "1e3", "."}) {
        CHECK(f.refused_order("38=10|40=2|44=" + std::string(price)) == Reject::price_off_tick);
    }
    for (const char* quantity : {"10.5", "-10", "1000000001", "99999999999999999999", "x"}) {
        CHECK(f.refused_order("40=2|44=1|38=" + std::string(quantity)) == Reject::quantity_invalid);
    }
}

TEST_CASE("inbound: names that are not listed, and currencies that do not agree, are refused") {
    Fixture f;
    const std::string terms = "|54=1|38=10|40=2|44=10";
    CHECK(f.refused("D", "11=a|1=FIRM1|55=NOTHING" + terms).reason == Reject::counter_unknown);
    CHECK(f.refused("D", "11=a|1=FIRM1" + terms).reason == Reject::counter_unknown);
    CHECK(f.refused("D", "11=a|1=NOBODY|55=V415024H" + terms).reason == Reject::account_unknown);
    const Refusal currency = f.refused("D", "11=a|1=FIRM1|55=V415024H|15=CNH" + terms);
    CHECK(currency.reason == Reject::counter_unknown);
    CHECK(currency.detail == "V415024H is a counter in HKD, not in CNH");
    CHECK(f.refused("D", "11=a|1=FIRM1|55=V415024H|48=V415024C|22=8" + terms).reason ==
          Reject::counter_unknown);
    CHECK(f.refused("D", "11=a|1=FIRM1|48=V415024C|22=4" + terms).reason == Reject::unsupported);
}

TEST_CASE("inbound: what is not built yet is refused by its tag and value") {
    Fixture f;
    for (const char* field :
         {"99=9", "110=10", "111=10", "432=20270101", "126=20270101-00:00:00", "583=x", "526=x",
          "847=1", "59=2", "59=6", "59=7", "18=G", "18=6 G"}) {
        CHECK(f.refused_order("38=10|40=2|44=10|" + std::string(field)) == Reject::unsupported);
    }
    CHECK(f.refused_order("38=10|40=3|44=10") == Reject::unsupported);
    CHECK(f.refused("D", "11=a|1=FIRM1|55=V415024H|54=5|38=10|40=2|44=10").detail ==
          "54=5 is not supported by this venue yet");
}

TEST_CASE("inbound: a ClOrdID has at most 20 characters and is never cut") {
    Fixture f;
    const std::string rest = "|1=FIRM1|55=V415024H|54=1|38=10|40=2|44=10";
    CHECK(as<NewOrder>(f.translate("D", "11=12345678901234567890" + rest).command.head).client_id ==
          ClientId("12345678901234567890"));
    CHECK(f.refused("D", "11=123456789012345678901" + rest).reason == Reject::value_out_of_range);
}

TEST_CASE("inbound: a ClOrdID has no control character") {
    Fixture f;
    const std::string rest = "|1=FIRM1|55=V415024H|54=1|38=10|40=2|44=10";
    for (const char wrong : {'\0', '\n', '\x1f', '\x7f'}) {
        const Refusal refusal = f.refused("D", std::string("11=a") + wrong + rest);
        CHECK(refusal.reason == Reject::value_out_of_range);
        CHECK(refusal.detail == "11 has a control character: send printable ones only");
    }
    CHECK(f.translate("D", "11=a b~" + rest).kind == Translation::Kind::command);
}

TEST_CASE("inbound: a ClOrdID is not of spaces only") {
    Fixture f;
    const std::string rest = "|1=FIRM1|55=V415024H|54=1|38=10|40=2|44=10";
    for (const char* wrong : {" ", "     "}) {
        const Refusal refusal = f.refused("D", std::string("11=") + wrong + rest);
        CHECK(refusal.reason == Reject::value_out_of_range);
        CHECK(refusal.detail == "11 is nothing but spaces");
    }
}

TEST_CASE("inbound: 48 and 22 come together, and the one that is missing is named") {
    Fixture f;
    const std::string rest = "11=a|1=FIRM1|54=1|38=10|40=2|44=10|";
    const auto detail = [&](const std::string& fields) {
        const Refusal refusal = f.refused("D", rest + fields);
        CHECK(refusal.reason == Reject::unsupported);
        return refusal.detail;
    };
    CHECK(detail("55=V415024H|22=8") == "22=8 without 48");
    CHECK(detail("22=4") == "22=4 without 48");
    CHECK(detail("48=V415024H") == "48=V415024H without 22: send 22=8 with it");
    CHECK(detail("48=V415024H|22=4") == "22=4 is not supported by this venue yet");
    CHECK(f.translate("D", rest + "48=V415024H|22=8").kind == Translation::Kind::command);

    f.accept("o", 5);
    CHECK(f.refused("F", "41=o|11=b|54=1|22=8").detail == "22=8 without 48");
    CHECK(f.refused("q", "11=q|530=7|22=8").detail == "22=8 does not go with all counters");
}

TEST_CASE("inbound: a ClOrdID that is known is a duplicate, unless it is said to be sent again") {
    Fixture f;
    const OrderId order = f.accept("a", 5);
    f.orders.begin_request(broker1, ClientId("b"));
    const std::string a = "11=a|1=FIRM1|55=V415024H|54=1|38=10|40=2|44=10";
    const std::string b = "11=b|1=FIRM1|55=V415024H|54=1|38=10|40=2|44=10";
    CHECK(f.refused("D", a).reason == Reject::client_id_duplicate);
    CHECK(f.refused("D", b).reason == Reject::client_id_duplicate);
    CHECK(f.translate("D", a, true).kind == Translation::Kind::nothing);
    CHECK(f.translate("D", b, true).kind == Translation::Kind::nothing);
    const Translation again = f.translate("D", a, false, true);
    CHECK(again.kind == Translation::Kind::status);
    CHECK(again.order == order);
    CHECK(f.translate("D", b, false, true).kind == Translation::Kind::wait);
    // Another session's are its own.
    const std::string text = message("D", "11=a|1=FIRM2|55=V415024H|54=1|38=10|40=2|44=10");
    CHECK(f.inbound.translate(SessionId{2}, MessageView(text), {}).kind ==
          Translation::Kind::command);
}

TEST_CASE("inbound: a cancel finds its order by the latest ClOrdID") {
    Fixture f;
    const OrderId order = f.accept("a", 5);
    const Translation result = f.translate("F", "11=b|41=a|55=V415024H|54=1");
    REQUIRE(result.kind == Translation::Kind::command);
    CHECK(result.essential);
    const auto& cancel = as<CancelOrder>(result.command.head);
    CHECK(cancel.order_id == order);
    CHECK(cancel.client_id == ClientId("b"));
    CHECK(cancel.head.counter == CounterId{1});

    const std::string id = std::to_string(static_cast<uint64_t>(order));
    CHECK(f.translate("F", "11=b|41=a|55=V415024H|54=1|37=" + id).kind ==
          Translation::Kind::command);
    for (const char* wrong :
         {"11=b|41=z|55=V415024H|54=1", "11=b|41=a|55=V415024H|54=2",
          "11=b|41=a|55=V415024H|54=1|37=9", "11=b|41=a|55=V415024H|54=1|1=FIRM2"}) {
        CHECK(f.refused("F", wrong).reason == Reject::order_unknown);
        CHECK_FALSE(f.refused("F", wrong).too_late);
    }
    CHECK(f.refused("F", "11=a|41=a|55=V415024H|54=1").reason == Reject::client_id_duplicate);
    f.fill(order, 100);
    CHECK(f.refused("F", "11=b|41=a|55=V415024H|54=1").too_late);
}

TEST_CASE("inbound: a cancel waits for a request that the exchange has not answered") {
    Fixture f;
    f.orders.begin_request(broker1, ClientId("a"));
    CHECK(f.translate("F", "11=b|41=a|55=V415024H|54=1").kind == Translation::Kind::wait);
    CHECK(f.translate("G", "11=b|41=a|55=V415024H|54=1|38=10|40=2|44=10").kind ==
          Translation::Kind::wait);
    CHECK(f.translate("H", "11=a|55=V415024H|54=1").kind == Translation::Kind::wait);
}

TEST_CASE("inbound: a replace carries the new total and price, and changes nothing else") {
    Fixture f;
    OrderTerms terms;
    terms.time_in_force = TimeInForce::good_till_cancel;
    const OrderId order = f.accept("a", 5, terms);
    const std::string base = "11=b|41=a|55=V415024H|54=1|38=70|40=2|44=9.99";
    const Translation result = f.translate("G", base);
    const auto& replace = as<ReplaceOrder>(result.command.head);
    CHECK_FALSE(result.essential);
    CHECK(replace.order_id == order);
    CHECK(replace.quantity == Quantity{70});
    CHECK(replace.price == Price{99'900});
    CHECK(f.translate("G", base + "|59=1").kind == Translation::Kind::command);
    CHECK(f.refused("G", base + "|59=0").reason == Reject::unsupported);
    CHECK(f.refused("G", base + "|18=6").reason == Reject::unsupported);
    CHECK(f.refused("G", "11=b|41=a|55=V415024H|54=1|38=70|40=1").reason == Reject::unsupported);
}

TEST_CASE("inbound: mass cancels and status requests") {
    Fixture f;
    const auto all = f.translate("q", "11=q|530=7");
    CHECK(all.essential);
    CHECK(as<MassCancel>(all.command.head).client_id == ClientId("q"));
    CHECK(all.command.head.counter == CounterId{});
    CHECK(f.translate("q", "11=q|530=1|55=V415024C").command.head.counter == CounterId{2});
    CHECK(f.refused("q", "11=q|530=3").reason == Reject::unsupported);
    CHECK(f.refused("q", "11=q|530=7|54=1").reason == Reject::unsupported);
    CHECK(f.refused("q", "11=q|530=7|55=V415024H").reason == Reject::unsupported);
    CHECK(f.refused("q", "11=q|530=7|48=V415024H|22=8").reason == Reject::unsupported);

    const OrderId order = f.accept("a", 5);
    const auto status = f.translate("H", "11=a|790=s|55=V415024H|54=1");
    CHECK(as<OrderStatus>(status.command.head).order_id == order);
    CHECK(as<OrderStatus>(status.command.head).client_id == ClientId("s"));
    CHECK(f.refused("H", "11=z|55=V415024H|54=1").reason == Reject::order_unknown);
    for (const char* wrong :
         {"11=a|55=V415024H|54=2", "11=a|55=V415024C|54=1", "11=a|55=V415024H|54=1|1=FIRM2"}) {
        CHECK(f.refused("H", wrong).reason == Reject::order_unknown);
    }
    f.fill(order, 100);
    CHECK(f.translate("H", "11=a|55=V415024H|54=1").kind == Translation::Kind::status);

    const auto mass = f.translate("AF", "584=m|585=7");
    CHECK(as<OrderStatus>(mass.command.head).order_id == OrderId{});
    CHECK(as<OrderStatus>(mass.command.head).client_id == ClientId("m"));
    CHECK(f.refused("AF", "584=m|585=8").reason == Reject::unsupported);
    CHECK(f.refused("AF", "584=m|585=7|55=V415024H").reason == Reject::unsupported);
}

}  // namespace carbonx::gateway
