// An order's life: accepted, filled, replaced, cancelled, asked for.
#include <set>

#include "tools/certify_steps.h"

namespace carbonx::tools {

namespace {

// 39=2 of both, after a trade of the whole of both.
void trade_whole(Certification& run, const std::string& terms, const std::string& resting_price) {
    run.resting_order(run.other, "54=2|38=20|44=" + resting_price);
    const std::string id = run.broker.order("38=20|" + terms);
    run.broker.expect("8", "150=0|39=0|151=20|11=" + id);
    run.broker.expect("8", "150=F|39=2|14=20|151=0|32=20|31=" + resting_price + "|11=" + id);
    run.other.expect("8", "150=F|39=2|14=20|151=0|32=20|31=" + resting_price);
}

void accepted(Certification& run) {
    const std::string id = run.broker.order("38=100|44=" + run.price(-5));
    run.broker.expect("8", "150=0|39=0|11=" + id + "|37=*|17=*|1=" + run.broker.settings().account +
                               "|55=" + run.settings.symbol + "|15=" + run.counter.currency +
                               "|54=1|38=100|40=2|44=" + run.price(-5) +
                               "|59=0|151=100|14=0|6=0|60=*|198=*|58=-");
}

void by_security_id(Certification& run) {
    run.broker.order("55=-|48=" + run.settings.symbol + "|22=8");
    run.broker.expect("8", "150=0|39=0|55=" + run.settings.symbol);
}

void partly_filled(Certification& run) {
    const std::string bid = run.resting_order(run.broker, "38=100|44=" + run.price(0));
    run.other.order("54=2|38=40|44=" + run.price(-2));
    const std::string traded = "150=F|32=40|31=" + run.price(0) + "|6=*|75=*|5006=*|527=*";
    const Heard maker = run.broker.expect("8", traded + "|39=1|14=40|151=60|851=1|11=" + bid);
    run.other.expect("8", "150=0|39=0");
    const Heard taker = run.other.expect("8", traded + "|39=2|14=40|151=0|851=2");
    require(maker[527] == taker[527] && maker[17] != taker[17],
            "one match number and two ExecIDs belong to a trade: " + maker.shown());
    require(maker.count(5003) > 0 && maker[5002] == std::to_string(maker.count(5003)),
            "the serials that moved are missing: " + maker.shown());
}

void filled_in_steps(Certification& run) {
    const std::string ask = run.resting_order(run.other, "54=2|38=30|44=" + run.price(1));
    const std::string dearer = run.resting_order(run.other, "54=2|38=30|44=" + run.price(2));
    const std::string id = run.broker.order("38=50|44=" + run.price(2));
    run.broker.expect("8", "150=0|39=0|11=" + id);
    run.broker.expect("8", "150=F|39=1|14=30|151=20|31=" + run.price(1));
    run.broker.expect("8", "150=F|39=2|14=50|151=0|32=20|31=" + run.price(2));
    run.other.expect("8", "150=F|39=2|11=" + ask);
    run.other.expect("8", "150=F|39=1|151=10|11=" + dearer);
}

void first_come(Certification& run) {
    const std::string first = run.resting_order(run.other, "54=2|38=10|44=" + run.price(1));
    const std::string second = run.resting_order(run.other, "54=2|38=10|44=" + run.price(1));
    run.broker.order("38=10|59=3|44=" + run.price(1));
    run.broker.expect("8", "150=0");
    run.broker.expect("8", "150=F|39=2");
    run.other.expect("8", "150=F|39=2|11=" + first);
    run.other.cancel(second, "54=2");
    run.other.expect("8", "150=4|14=0|41=" + second);
}

void replaced_in_place(Certification& run) {
    const std::string id = run.broker.order("38=100");
    const Heard before = run.broker.expect("8", "150=0");
    const std::string smaller = run.broker.replace(id, "38=60");
    const Heard after = run.broker.expect(
        "8", "150=5|39=0|38=60|151=60|11=" + smaller + "|41=" + id + "|37=" + before[37]);
    require(after[198] == before[198], "198 has changed: " + after.shown());
    require(after[17] != before[17], "the ExecID is not new: " + after.shown());
}

void replaced_anew(Certification& run) {
    const std::string id = run.broker.order("38=100|44=" + run.price(-5));
    const Heard before = run.broker.expect("8", "150=0");
    const std::string dearer = run.broker.replace(id, "38=100|44=" + run.price(-4));
    const Heard after = run.broker.expect("8", "150=5|39=0|44=" + run.price(-4) + "|11=" + dearer +
                                                   "|41=" + id + "|37=" + before[37]);
    require(after[198] != before[198], "198 is the old one: " + after.shown());
    run.broker.replace(dearer, "38=120|44=" + run.price(-4));
    const Heard more = run.broker.expect("8", "150=5|38=120|151=120");
    require(more[198] != after[198], "198 is the old one: " + more.shown());
}

void replaced_after_fill(Certification& run) {
    const std::string id = run.resting_order(run.broker, "38=100|44=" + run.price(0));
    run.other.order("54=2|38=40|59=3|44=" + run.price(0));
    run.broker.expect("8", "150=F|39=1");
    const std::string later = run.broker.replace(id, "38=90|44=" + run.price(0));
    run.broker.expect("8", "150=5|39=1|38=90|14=40|151=50|11=" + later);
    run.broker.cancel(later);
    run.broker.expect("8", "150=4|39=4|14=40|151=0");
}

void replaced_into_trade(Certification& run) {
    run.resting_order(run.other, "54=2|38=10|44=" + run.price(3));
    const std::string id = run.resting_order(run.broker, "38=10|44=" + run.price(-3));
    run.broker.replace(id, "38=10|44=" + run.price(3));
    run.broker.expect("8", "150=5|39=0");
    run.broker.expect("8", "150=F|39=2|31=" + run.price(3));
}

void cancelled(Certification& run) {
    const std::string id = run.resting_order(run.broker, "38=100");
    const std::string cancel = run.broker.cancel(id);
    run.broker.expect("8", "150=4|39=4|11=" + cancel + "|41=" + id + "|14=0|151=0|378=-|198=-");
}

void cancelled_at_once(Certification& run) {
    const std::string id = run.broker.order("38=100");
    const std::string smaller = run.broker.replace(id, "38=60");
    run.broker.cancel(smaller);
    run.broker.expect("8", "150=0|11=" + id);
    run.broker.expect("8", "150=5|11=" + smaller);
    run.broker.expect("8", "150=4|39=4|41=" + smaller);
}

void immediate(Certification& run) {
    run.resting_order(run.other, "54=2|38=10|44=" + run.price(1));
    run.broker.order("38=30|59=3|44=" + run.price(1));
    run.broker.expect("8", "150=0|59=3");
    run.broker.expect("8", "150=F|39=1|14=10|151=20");
    run.broker.expect("8", "150=4|39=4|14=10|151=0|378=99|58=*");
}

void market(Certification& run) {
    run.resting_order(run.other, "54=2|38=20|44=" + run.price(1));
    run.broker.order("38=20|40=1|44=-");
    run.broker.expect("8", "150=0|40=1|44=-");
    run.broker.expect("8", "150=F|39=2|31=" + run.price(1));
}

void self_trade(Certification& run) {
    const std::string ask = run.resting_order(run.broker, "54=2|38=10|44=" + run.price(1));
    run.broker.order("38=10|44=" + run.price(1));
    run.broker.expect("8", "150=0");
    run.broker.expect("8", "150=4|39=4|378=99|58=self_trade*");
    run.broker.cancel(ask, "54=2");
    run.broker.expect("8", "150=4|14=0|41=" + ask);
}

void post_only(Certification& run) {
    const std::string id = run.broker.order("18=6|38=10|44=" + run.price(-1));
    run.broker.expect("8", "150=0|39=0|18=6|11=" + id);
}

void good_till_cancel(Certification& run) {
    const std::string id = run.broker.order("59=1|38=10|44=" + run.price(-1));
    run.broker.expect("8", "150=0|39=0|59=1|11=" + id);
    run.broker.cancel(id);
    run.broker.expect("8", "150=4|59=1");
}

void status(Certification& run) {
    const std::string id = run.broker.order("38=50");
    const Heard order = run.broker.expect("8", "150=0");
    const auto ask = [&](const std::string& request) {
        run.broker.say(
            {.type = "H",
             .body = "11=" + id + "|54=1|55=" + run.settings.symbol + "|790=" + request + "|"});
    };
    ask("open");
    run.broker.expect("8", "150=I|39=0|38=50|151=50|790=open|37=" + order[37]);
    run.broker.cancel(id);
    run.broker.expect("8", "150=4");
    ask("done");
    run.broker.expect("8", "150=I|39=4|151=0|790=done|37=" + order[37]);
    run.broker.say({.type = "H", .body = "11=" + run.broker.next_id() + "|54=1|790=none|"});
    run.broker.expect("8", "150=I|39=8|103=5|37=NONE|790=none");
}

void status_of_others(Certification& run) {
    const std::string id = run.resting_order(run.other, "54=2");
    run.broker.say({.type = "H", .body = "11=" + id + "|54=2|"});
    run.broker.expect("8", "150=I|39=8|103=5");
    run.broker.cancel(id, "54=2");
    run.broker.expect("9", "434=1|102=1|37=NONE");
}

void mass_status(Certification& run) {
    const auto ask = [&](const std::string& id, const std::string& type) {
        run.broker.say({.type = "AF", .body = "584=" + id + "|585=" + type + "|"});
    };
    ask("none", "7");
    run.broker.expect("8", "150=I|39=8|103=5|584=none|911=0|912=Y");
    const std::set<std::string> open = {run.resting_order(run.broker, "38=10"),
                                        run.resting_order(run.broker, "38=20")};
    for (const std::string& type : {std::string("7"), "1|55=" + run.settings.symbol}) {
        ask("some", type);
        std::set<std::string> told;
        for (const std::string last : {"N", "Y"}) {
            told.insert(run.broker.expect("8", "150=I|39=0|584=some|911=2|912=" + last)[11]);
        }
        require(told == open, "these are not the two open orders");
    }
}

void mass_cancel(Certification& run, const std::string& type) {
    const std::string symbol = type == "1" ? "55=" + run.settings.symbol + "|" : "";
    const std::set<std::string> open = {run.resting_order(run.broker, "38=10"),
                                        run.resting_order(run.broker, "38=20|59=1")};
    const std::string theirs = run.resting_order(run.other, "54=2|44=" + run.price(5));
    const std::string id = run.broker.next_id();
    run.broker.say({.type = "q",
                    .body = "11=" + id + "|530=" + type + "|" + symbol + "60=" + fix_now() + "|"});
    std::set<std::string> cancelled;
    for (std::size_t i = 0; i < open.size(); ++i) {
        cancelled.insert(run.broker.expect("8", "150=4|39=4|58=mass_cancel*")[11]);
    }
    require(cancelled == open, "these are not the two open orders");
    run.broker.expect("r", "11=" + id + "|530=" + type + "|531=" + type + "|533=2");
    run.other.cancel(theirs, "54=2");  // untouched
    run.other.expect("8", "150=4|41=" + theirs);
}

}  // namespace

Chapter order_chapter() {
    return {
        "Orders",
        {
            {"a limit order is accepted: 150=0, 39=0, all that it is", accepted},
            {"48 with 22=8 names the counter as 55 does", by_security_id},
            {"a partial fill: 150=F, 39=1; the other side 39=2; one match number, the serials",
             partly_filled},
            {"a full fill: 39=2 on both sides, at the resting order's price",
             [](Certification& run) { trade_whole(run, "44=" + run.price(2), run.price(1)); }},
            {"fills at two prices: the better first", filled_in_steps},
            {"at one price the earlier order trades first", first_come},
            {"a replace to a smaller total keeps the place: new ExecID, 150=5, same 37 and 198",
             replaced_in_place},
            {"a replace of the price, or to a greater total, loses it: new 198", replaced_anew},
            {"a replace after a partial fill: 39=1, leaves = 38 - 14", replaced_after_fill},
            {"a replace to a price that crosses trades at once", replaced_into_trade},
            {"a cancel: 150=4, 39=4, 41 and 11", cancelled},
            {"a replace and a cancel right behind the order, before any answer", cancelled_at_once},
            {"immediate or cancel: fills what it can, the rest is cancelled with 378=99",
             immediate},
            {"fill or kill: filled whole",
             [](Certification& run) { trade_whole(run, "59=4|44=" + run.price(1), run.price(1)); }},
            {"a market order trades with the best price", market},
            {"post-only: accepted with 18=6 where it does not trade", post_only},
            {"good till cancel: accepted with 59=1, cancelled", good_till_cancel},
            {"an order that meets one of its own firm is cancelled, and nothing trades",
             self_trade},
            {"order status (H): open, done, and one that does not exist", status},
            {"another firm's order is one that does not exist", status_of_others},
            {"mass status (AF): none, all, one counter", mass_status},
            {"mass cancel (q) of one counter: an 8 each, then r; another firm's orders stay",
             [](Certification& run) { mass_cancel(run, "1"); }},
            {"mass cancel (q) of all: an 8 each, then r; another firm's orders stay",
             [](Certification& run) { mass_cancel(run, "7"); }},
        }};
}

}  // namespace carbonx::tools
