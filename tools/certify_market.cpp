// What is listed, and in which phase and state the market and its counters are.
#include "tools/certify_steps.h"

namespace carbonx::tools {

namespace {

void security_list(Certification& run) {
    run.broker.say({.type = "x", .body = "320=all|559=4|"});
    std::size_t listed = 0;
    bool has_symbol = false;
    while (true) {
        const Heard part = run.broker.expect("y", "320=all|322=*|560=0|146=*");
        listed += part.count(55);
        require(part[146] == std::to_string(part.count(55)), "146 is not the count of 55");
        const std::string symbol = std::string("\x01") + "55=" + run.settings.symbol + "\x01";
        has_symbol = has_symbol || part.bytes().find(symbol) != std::string::npos;
        if (part[893] != "Y") continue;
        require(part[393] == std::to_string(listed), "393 is not the count of all fragments");
        require(has_symbol, run.settings.symbol + " is not in the list");
        return;
    }
}

// What they are, in extension tags.
std::string credits(const std::string& symbol) {
    return "5010=1|5011=" + symbol + "|5012=*|5013=*|5014=*|5016=*|5017=*|5018=*";
}

void one_symbol(Certification& run) {
    run.broker.say({.type = "x", .body = "320=one|559=0|55=" + run.settings.symbol + "|"});
    const Heard list = run.broker.expect(
        "y", "320=one|560=0|393=1|893=Y|146=1|870=*|15=*|561=*|" + credits(run.settings.symbol));
    for (const std::string name :
         {"MinPriceIncrement", "LowLimitPrice", "HighLimitPrice", "ReferencePrice", "CollarBps",
          "FeePpm", "Instrument", "MaxOrderQty"}) {
        require(list.bytes().find("872=" + name + "=") != std::string::npos,
                "no attribute " + name + ": " + list.shown());
    }
}

Step empty_list(const std::string& what, const std::string& body, const std::string& result) {
    return {what + ": 560=" + result, [body, result](Certification& run) {
                run.broker.say({.type = "x", .body = "320=r|" + body});
                run.broker.expect("y", "320=r|560=" + result + "|393=0|893=Y|146=-");
            }};
}

void definition(Certification& run) {
    run.broker.say({.type = "c", .body = "320=d|321=0|55=" + run.settings.symbol + "|"});
    run.broker.expect("d", "320=d|322=*|323=1|15=*|336=*|625=CONTINUOUS|561=*|870=*|" +
                               credits(run.settings.symbol));
}

Step no_definition(const std::string& what, const std::string& body, const std::string& type,
                   const std::string& name) {
    return {what + ": 323=" + type, [body, type, name](Certification& run) {
                run.broker.say({.type = "c", .body = "320=d|" + body});
                run.broker.expect("d", "320=d|323=" + type + "|5010=-|58=" + name + ": *");
            }};
}

void state(Certification& run, const std::string& subscription) {
    run.broker.say(
        {.type = "e", .body = "324=s|263=" + subscription + "|55=" + run.settings.symbol + "|"});
    run.broker.expect(
        "f", "324=s|55=" + run.settings.symbol + "|336=*|625=CONTINUOUS|326=17|325=-|5020=-");
}

Step no_password(const std::string& what, const std::string& fields, const std::string& status) {
    return {what + ": 926=" + status, [fields, status](Certification& run) {
                run.broker.say({.type = "BE", .body = "923=u|" + fields});
                run.broker.expect("BF", "923=u|553=*|926=" + status + "|927=*");
            }};
}

void phase(Certification& run, const std::string& subscription) {
    run.broker.say({.type = "g", .body = "335=p|263=" + subscription + "|"});
    run.broker.expect("h", "335=p|336=*|625=CONTINUOUS|340=2|325=-");
}

}  // namespace

Chapter market_chapter() {
    return {
        "Market",
        {
            {"the security list (x) in fragments, all of it", security_list},
            {"the security list of one symbol, with its attributes", one_symbol},
            empty_list("a symbol that is not listed", "559=0|55=NOSUCH|", "2"),
            empty_list("a currency that nothing has", "559=4|15=XXX|", "2"),
            empty_list("a type of list that is not supported", "559=1|", "1"),
            empty_list("a subscription to the list", "559=4|263=1|", "1"),
            {"the market's phase (g) once: h, 340=2, 625=CONTINUOUS",
             [](Certification& run) { phase(run, "0"); }},
            {"the market's phase by subscription (263=1), and its end (263=2)",
             [](Certification& run) {
                 phase(run, "1");
                 phase(run, "2");
             }},
            {"the definition of a counter (c): d, 323=1, with what its credits are", definition},
            no_definition("a definition of what is not listed", "321=0|55=NOSUCH|", "6",
                          "counter_unknown"),
            no_definition("another question for a definition (321=3)", "321=3|", "5",
                          "unsupported"),
            {"the state of a counter (e) once: f, 326=17",
             [](Certification& run) { state(run, "0"); }},
            {"the state of a counter by subscription (263=1), and its end (263=2)",
             [](Certification& run) {
                 state(run, "1");
                 state(run, "2");
             }},
            {"the state of what is not listed: 326=20",
             [](Certification& run) {
                 run.broker.say({.type = "e", .body = "324=s|263=0|55=NOSUCH|"});
                 run.broker.expect("f", "324=s|55=NOSUCH|326=20|58=counter_unknown: *");
             }},
            no_password("a user request (BE) that is no change of password", "924=4|553=somebody|",
                        "6"),
            no_password("a change of another user's password",
                        "924=3|553=somebody|554=anything|925=anything-else|", "3"),
        }};
}

}  // namespace carbonx::tools
