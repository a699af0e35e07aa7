// Every refusal of the rules of engagement that two brokers can bring about, with its code and its
// name.
#include "tools/certify_steps.h"

namespace carbonx::tools {

namespace {

// Less than the greatest notional, and more than anybody has.
constexpr const char* too_much = "38=500000000|";

// An order with these fields is refused for this reason and leaves nothing behind.
void refused_order(Certification& run, const std::string& name, const std::string& code,
                   const std::string& fields) {
    run.broker.order(fields);
    run.broker.expect("8",
                      "150=8|39=8|37=NONE|151=0|14=0|11=*|103=" + code + "|58=" + name + ": *");
}

Step order(const std::string& name, const std::string& code, const std::string& what,
           const std::string& fields) {
    return {name + ": " + what + ", 103=" + code,
            [=](Certification& run) { refused_order(run, name, code, fields); }};
}

void refused_replace(Certification& run, const std::string& name, const std::string& code,
                     const std::string& fields) {
    const std::string id = run.resting_order(run.broker, "38=10");
    const std::string replace = run.broker.replace(id, fields);
    run.broker.expect("9", "434=2|39=0|41=" + id + "|11=" + replace + "|37=*|102=" + code +
                               "|58=" + name + ": *");
    run.broker.cancel(id);
    run.broker.expect("8", "150=4|38=10|44=" + run.price(0));  // it is as it was
}

Step replace(const std::string& name, const std::string& code, const std::string& what,
             const std::string& fields) {
    return {name + ": " + what + " by a replace, 102=" + code,
            [=](Certification& run) { refused_replace(run, name, code, fields); }};
}

Step not_tried(const std::string& name, const std::string& why) { return {name, {}, why}; }

void outside_band(Certification& run) {
    refused_order(run, "price_outside_band", "99",
                  "44=" + price_text(run.counter.high + run.counter.tick));
    refused_order(run, "price_outside_band", "99",
                  "54=2|44=" + price_text(run.counter.low - run.counter.tick));
    refused_replace(run, "price_outside_band", "99",
                    "44=" + price_text(run.counter.high + run.counter.tick));
}

void off_tick(Certification& run) {
    const std::string off = price_text(run.counter.reference + run.counter.tick / 2);
    refused_order(run, "price_off_tick", "99", "44=" + off);
    refused_order(run, "price_off_tick", "99", "44=1.23456");
    refused_replace(run, "price_off_tick", "99", "44=" + off);
}

void account_of_others(Certification& run) {
    refused_order(run, "account_unknown", "15", "1=" + run.other.settings().account);
}

void notional(Certification& run) {
    refused_order(run, "notional_too_large", "3",
                  "38=1000000000|44=" + price_text(run.counter.high));
}

void duplicate(Certification& run) {
    const std::string id = run.resting_order(run.broker, "38=10");
    run.broker.say({.type = "D", .body = run.broker.order_body(id, "")});
    run.broker.expect("8", "150=8|39=8|11=" + id + "|103=6|58=client_id_duplicate: *");
    const std::string refused = run.broker.order("44=" + price_text(run.counter.high * 2));
    run.broker.expect("8", "150=8|58=price_outside_band: *");
    run.broker.say({.type = "D", .body = run.broker.order_body(refused, "")});
    run.broker.expect("8", "150=8|103=6");  // the exchange had refused it: it is used
    run.broker.say(
        {.type = "F", .body = run.broker.order_body(id, "41=" + id + "|1=-|38=-|40=-|44=-")});
    run.broker.expect("9", "434=1|102=6|58=client_id_duplicate: *");
    run.broker.say({.type = "G", .body = run.broker.order_body(id, "41=" + id + "|1=-|38=20")});
    run.broker.expect("9", "434=2|102=6|58=client_id_duplicate: *");
    run.broker.say({.type = "q", .body = "11=" + id + "|530=7|60=" + fix_now() + "|"});
    run.broker.expect("r", "531=0|532=99|58=client_id_duplicate: *");
    run.broker.cancel(id);
    run.broker.expect("8", "150=4|38=10");
}

void unknown_order(Certification& run) {
    run.broker.cancel(run.broker.next_id());
    run.broker.expect("9", "434=1|39=8|102=1|37=NONE|58=order_unknown: *");
    run.broker.replace(run.broker.next_id(), "38=10");
    run.broker.expect("9", "434=2|39=8|102=1|37=NONE|58=order_unknown: *");
}

void not_the_latest(Certification& run) {
    const std::string id = run.resting_order(run.broker, "38=100");
    const std::string latest = run.broker.replace(id, "38=50");
    run.broker.expect("8", "150=5");
    run.broker.cancel(id);
    run.broker.expect("9", "434=1|39=0|102=1|58=order_unknown: *");
    run.broker.cancel(latest, "54=2");
    run.broker.expect("9", "434=1|102=1|58=order_unknown: 54 is not*");
    run.broker.cancel(latest, "37=1");
    run.broker.expect("9", "434=1|102=1|58=order_unknown: *");
}

void too_late(Certification& run) {
    const std::string id = run.resting_order(run.broker, "38=10");
    run.broker.cancel(id);
    run.broker.expect("8", "150=4");
    run.broker.cancel(id);
    run.broker.expect("9", "434=1|39=4|102=0|58=order_unknown: *");
    const std::string filled = run.resting_order(run.broker, "38=10");
    run.other.order("54=2|38=10|59=3");
    run.broker.expect("8", "150=F|39=2");
    run.broker.cancel(filled);
    run.broker.expect("9", "434=1|39=2|102=0");
    run.broker.replace(filled, "38=20");
    run.broker.expect("9", "434=2|39=2|102=0");
}

void below_executed(Certification& run) {
    const std::string id = run.resting_order(run.broker, "38=100");
    run.other.order("54=2|38=40|59=3");
    run.broker.expect("8", "150=F|39=1|14=40");
    for (const std::string quantity : {"40", "30"}) {
        run.broker.replace(id, "38=" + quantity);
        run.broker.expect("9", "434=2|39=1|102=99|58=quantity_below_executed: *");
    }
}

void would_trade(Certification& run) {
    run.resting_order(run.other, "54=2|44=" + run.price(1));
    refused_order(run, "post_only_would_trade", "99", "18=6|44=" + run.price(1));
    const std::string id = run.resting_order(run.broker, "18=6|44=" + run.price(-1));
    run.broker.replace(id, "44=" + run.price(1));
    run.broker.expect("9", "434=2|102=99|58=post_only_would_trade: *");
}

void unfilled(Certification& run) {
    run.resting_order(run.other, "54=2|38=10|44=" + run.price(1));
    refused_order(run, "fill_or_kill_unfilled", "99", "59=4|38=20|44=" + run.price(1));
    refused_order(run, "fill_or_kill_unfilled", "99", "59=4|38=10|44=" + run.price(0));
}

void open_orders(Certification& run) {
    const int most = run.settings.open_orders_max;
    for (int i = 0; i < most; ++i) run.resting_order(run.other, "54=1|44=" + run.price(-9));
    run.other.order("54=1|44=" + run.price(-9));
    run.other.expect("8", "150=8|39=8|103=3|58=open_orders_exceeded: *");
    run.other.cancel_all();
    run.resting_order(run.other, "54=1");
}

void mass_cancel_of_nothing(Certification& run) {
    run.broker.say(
        {.type = "q",
         .body = "11=" + run.broker.next_id() + "|530=1|55=NOSUCH|60=" + fix_now() + "|"});
    run.broker.expect("r", "530=1|531=0|532=1|58=counter_unknown: *");
}

}  // namespace

Chapter refusal_chapter(const CertifySettings& settings) {
    Chapter chapter{"Refusals", {}};
    std::vector<Step>& steps = chapter.steps;
    steps = {
        order("value_out_of_range", "99", "a ClOrdID of 21 characters",
              "11=" + std::string(21, 'x')),
        order("account_unknown", "15", "an account that does not exist", "1=NOBODY"),
        {"account_unknown: another firm's account, 103=15", account_of_others},
        order("counter_unknown", "1", "a symbol that is not listed", "55=NOSUCH"),
        order("counter_unknown", "1", "no symbol", "55=-"),
        order("counter_unknown", "1", "a currency that is not the counter's", "15=XXX"),
        {"counter_unknown: a mass cancel of a symbol that is not listed, 532=1",
         mass_cancel_of_nothing},
        order("quantity_invalid", "13", "a quantity of 0", "38=0"),
        order("quantity_invalid", "13", "a quantity below a round lot", "38=5"),
        order("quantity_invalid", "13", "a quantity that is no whole lot", "38=15"),
        order("quantity_invalid", "13", "parts of a tonne", "38=10.5"),
        order("quantity_invalid", "13", "a quantity above the maximum", "38=1000000010"),
        replace("quantity_invalid", "99", "a quantity that is no whole lot", "38=15"),
        order("price_missing", "99", "a limit order without a price", "44=-"),
        order("price_missing", "99", "a market order with a price", "40=1"),
        {"price_off_tick: order and replace, 103=99 and 102=99", off_tick},
        {"price_outside_band: above, below, and by a replace, 103=99 and 102=99", outside_band},
        {"notional_too_large: a price and quantity of more than 90 billion, 103=3", notional},
        order("terms_conflict", "11", "a post-only order that is immediate or cancel", "18=6|59=3"),
        order("terms_conflict", "11", "a market order that is good till cancel", "40=1|44=-|59=1"),
        {"post_only_would_trade: order and replace, 103=99 and 102=99", would_trade},
        order("market_no_liquidity", "99", "a market order in an empty book", "40=1|44=-"),
        {"fill_or_kill_unfilled: too few, or too dear, 103=99", unfilled},
        order("cash_insufficient", "3", "a buy of more than the account can pay", too_much),
        replace("cash_insufficient", "99", "a buy of more than the account can pay", too_much),
        order("credits_insufficient", "3", "a sell of more than the account has",
              std::string("54=2|") + too_much),
        {"client_id_duplicate: D, F, G and q, 103=6, 102=6 and 532=99", duplicate},
        {"order_unknown: a cancel and a replace of nothing, 102=1", unknown_order},
        {"order_unknown: not its latest ClOrdID, side or order id, 102=1", not_the_latest},
        {"order_unknown: too late, the order is done, 102=0", too_late},
        {"quantity_below_executed: by a replace, 102=99", below_executed},
    };
    if (settings.open_orders_max > 0) {
        steps.push_back({"open_orders_exceeded: one more than " +
                             std::to_string(settings.open_orders_max) +
                             ", 103=3; after a mass cancel again one",
                         open_orders});
    } else {
        steps.push_back(not_tried("open_orders_exceeded", "the limit is not told: --open-orders"));
    }
    const std::vector<Step> of_operators = {
        not_tried("exchange_busy", "only when the exchange is overloaded or does not answer"),
        not_tried("capacity_exceeded", "only when a capacity of the venue is used up"),
        not_tried("session_unknown", "only for a session that the exchange has not listed"),
        not_tried("session_disconnected", "only for what waited while the gateway was restarted"),
        not_tried("participant_disabled", "only when operators use the kill switch"),
        not_tried("phase_forbids", "only when the market is halted or closed"),
        not_tried("counter_halted", "only when operators halt the counter"),
        not_tried("would_cross_before_open", "only before the market opens"),
        not_tried("answer_too_long", "only to a firm with thousands of accounts"),
        not_tried("client_id_missing", "11 is required: Reject (3) comes first"),
    };
    steps.insert(steps.end(), of_operators.begin(), of_operators.end());
    return chapter;
}

}  // namespace carbonx::tools
