// What a broker asks of his own holdings, cash and trades.
#include "tools/certify_steps.h"

namespace carbonx::tools {

namespace {

// What follows `key` in the message.
std::string behind(const Heard& message, const std::string& key) {
    const std::string& bytes = message.bytes();
    const std::size_t at = bytes.find(key);
    require(at != bytes.npos, "no " + key + " in " + message.shown());
    const std::size_t begin = at + key.size();
    return bytes.substr(begin, bytes.find('\x01', begin) - begin);
}

struct Holding {
    std::string total;
    std::string reserved;
};

Holding holding(Desk& desk, const std::string& instrument) {
    desk.say(
        {.type = "AN",
         .body = "710=holding|724=0|1=" + desk.settings().account + "|55=" + instrument + "|"});
    desk.expect("AO", "710=holding|727=1|728=0|729=0|1=" + desk.settings().account);
    const Heard report = desk.expect("AP", "710=holding|727=1|728=0|715=*|55=" + instrument +
                                               "|1=" + desk.settings().account + "|702=2");
    return {behind(report,
                   "703=TOT\x01"
                   "704="),
            behind(report,
                   "703=DLV\x01"
                   "705=")};
}

void holdings(Certification& run) {
    const Holding before = holding(run.broker, run.counter.instrument);
    run.resting_order(run.broker, "54=2|38=30|44=" + run.price(9));
    const Holding reserved = holding(run.broker, run.counter.instrument);
    require(reserved.total == before.total, "the total has changed with an order");
    require(std::stoll(reserved.reserved) == std::stoll(before.reserved) + 30,
            "705 is " + reserved.reserved + " with 30 more on offer, and was " + before.reserved);
}

void holdings_after_trade(Certification& run) {
    const Holding before = holding(run.broker, run.counter.instrument);
    run.resting_order(run.other, "54=2|38=20");
    run.broker.order("38=20");
    run.broker.expect("8", "150=0");
    run.broker.expect("8", "150=F|39=2");
    const Holding after = holding(run.broker, run.counter.instrument);
    require(std::stoll(after.total) == std::stoll(before.total) + 20,
            "704 is " + after.total + " after 20 more, and was " + before.total);
}

void all_holdings(Certification& run) {
    run.broker.say({.type = "AN", .body = "710=all|724=0|"});
    const Heard ack = run.broker.expect("AO", "710=all|728=0|729=0|727=*");
    for (int i = std::stoi(ack[727]); i > 0; --i) {
        run.broker.expect("AP", "710=all|1=" + run.broker.settings().account);
    }
}

struct Cash {
    int64_t free = 0, total = 0, reserved = 0;  // ten-thousandths
};

// In the counter's currency; `BA` for each currency that the account has.
Cash cash(Certification& run) {
    Cash result;
    run.broker.say({.type = "BB", .body = "909=cash|1=" + run.broker.settings().account + "|"});
    while (true) {
        const Heard report = run.broker.expect(
            "BA", "909=cash|910=*|899=*|900=*|901=*|15=*|1=" + run.broker.settings().account);
        if (report[15] == run.counter.currency) {
            result = {decimal_units(report[899]), decimal_units(report[900]),
                      decimal_units(report[901])};
        }
        if (report[912] == "Y") return result;
    }
}

void cash_in_orders(Certification& run) {
    const Cash before = cash(run);
    require(before.free + before.reserved == before.total, "899 and 901 do not make up 900");
    run.resting_order(run.broker, "38=10");
    const Cash after = cash(run);
    const int64_t least = 10 * run.counter.reference;
    require(after.total == before.total && after.reserved >= before.reserved + least &&
                after.free <= before.free - least,
            "what a buy order may cost is not reserved");
}

void trade_history(Certification& run) {
    run.resting_order(run.other, "54=2|38=10");
    const std::string id = run.broker.order("38=10");
    run.broker.expect("8", "150=0");
    const Heard fill = run.broker.expect("8", "150=F");
    run.broker.say({.type = "AD", .body = "568=day|569=1|55=" + run.settings.symbol + "|"});
    const Heard ack = run.broker.expect("AQ", "568=day|569=1|749=0|750=0|748=*");
    const int trades = std::stoi(ack[748]);
    require(trades > 0, "no trade is told");
    for (int i = 1; i < trades; ++i) {
        run.broker.expect("AE", "568=day|748=" + ack[748] + "|912=N|55=" + run.settings.symbol);
    }
    const Heard last = run.broker.expect("AE", "568=day|912=Y|54=1|11=" + id);
    for (const int tag : {17, 31, 32, 37, 75, 527, 5006}) {
        require(last[tag] == fill[tag],
                std::to_string(tag) + " is not that of the execution report: " + last.shown());
    }
}

Step refused(const std::string& what, const Said& said, const std::string& answer,
             const std::string& fields) {
    return {what, [=](Certification& run) {
                run.broker.say(said);
                run.broker.expect(answer, fields);
            }};
}

void positions_of_others(Certification& run) {
    run.broker.say({.type = "AN", .body = "710=r|724=0|1=" + run.other.settings().account + "|"});
    run.broker.expect("AO", "710=r|727=0|728=1|729=2|58=account_unknown: *");
    run.broker.say({.type = "BB", .body = "909=r|1=" + run.other.settings().account + "|"});
    run.broker.expect("BG", "909=r|945=4|946=3|58=account_unknown: *");
}

}  // namespace

Chapter account_chapter() {
    return {
        "Holdings, cash and trades",
        {
            {"holdings (AN) of one instrument: total and what orders have reserved", holdings},
            {"holdings follow a trade", holdings_after_trade},
            {"holdings of all instruments: as many reports (AP) as the AO says", all_holdings},
            {"cash (BB): free, reserved and total, and what a buy order reserves", cash_in_orders},
            {"trade history (AD): the trades of the day, as their execution reports were",
             trade_history},
            {"another firm's account is one that does not exist: AN and BB", positions_of_others},
            refused("instrument_unknown: AN of one that is not listed, 728=1",
                    {.type = "AN", .body = "710=r|724=0|55=NOSUCH|"}, "AO",
                    "727=0|728=1|729=2|58=instrument_unknown: *"),
            refused("AN of another type: 728=4", {.type = "AN", .body = "710=r|724=1|"}, "AO",
                    "727=0|728=4|729=2|58=unsupported: *"),
            refused("BB by subscription: 946=8", {.type = "BB", .body = "909=r|263=1|"}, "BG",
                    "945=4|946=8|58=unsupported: *"),
            refused("AD of another type: 749=8", {.type = "AD", .body = "568=r|569=4|"}, "AQ",
                    "748=0|749=8|750=2|58=unsupported: *"),
            refused("AD of a symbol that is not listed: 749=1",
                    {.type = "AD", .body = "568=r|569=1|55=NOSUCH|"}, "AQ",
                    "748=0|749=1|750=2|58=counter_unknown: *"),
        }};
}

}  // namespace carbonx::tools
