// What these rules know and do not support: refused by name, one by one, and never passed over.
#include "tools/certify_steps.h"

namespace carbonx::tools {

namespace {

Step order(const std::string& what, const std::string& fields) {
    return {what + ": unsupported, 103=11", [fields](Certification& run) {
                const std::string id = run.broker.order(fields);
                run.broker.expect("8", "150=8|39=8|11=" + id + "|103=11|58=unsupported: *");
                // Refused by the gateway, so its ClOrdID was not used.
                run.broker.say({.type = "D", .body = run.broker.order_body(id, "")});
                run.broker.expect("8", "150=0|11=" + id);
            }};
}

Step replace(const std::string& what, const std::string& fields) {
    return {what + " by a replace: unsupported, 102=2", [fields](Certification& run) {
                const std::string id = run.resting_order(run.broker, "");
                run.broker.replace(id, fields);
                run.broker.expect("9", "434=2|39=0|102=2|58=unsupported: *");
            }};
}

Step mass_cancel(const std::string& what, const std::string& fields) {
    return {what + " of a mass cancel: unsupported, 531=0, 532=0", [fields](Certification& run) {
                const std::string id = run.resting_order(run.broker, "");
                run.broker.say(
                    {.type = "q",
                     .body = "11=" + run.broker.next_id() + "|60=" + fix_now() + "|" + fields});
                run.broker.expect("r", "531=0|532=0|58=unsupported: *");
                run.broker.cancel(id);  // untouched
                run.broker.expect("8", "150=4|41=" + id);
            }};
}

Step mass_status(const std::string& what, const std::string& fields) {
    return {what + " of a mass status: unsupported, 39=8, 103=11", [fields](Certification& run) {
                run.broker.say({.type = "AF", .body = "584=m|" + fields});
                run.broker.expect("8", "150=I|39=8|584=m|103=11|58=unsupported: *");
            }};
}

}  // namespace

Chapter unsupported_chapter() {
    Chapter chapter{"Not supported yet", {}};
    std::vector<Step>& steps = chapter.steps;
    for (const std::string type :
         {"3", "4", "6", "7", "8", "9", "D", "E", "G", "I", "J", "K", "L", "M", "P"}) {
        steps.push_back(order("OrdType 40=" + type, "40=" + type));
    }
    for (const std::string side :
         {"3", "4", "5", "6", "7", "8", "9", "A", "B", "C", "D", "E", "F", "G"}) {
        steps.push_back(order("Side 54=" + side, "54=" + side));
    }
    for (const std::string time : {"2", "5", "6", "7"}) {
        steps.push_back(order("TimeInForce 59=" + time, "59=" + time));
    }
    for (const std::string instruction : {"1", "5", "G", "M", "6 G"}) {
        steps.push_back(order("ExecInst 18=" + instruction, "18=" + instruction));
    }
    const std::vector<std::pair<std::string, std::string>> tags = {
        {"StopPx", "99=100.00"},
        {"MinQty", "110=10"},
        {"MaxFloor", "111=10"},
        {"ExpireTime", "126=20991231-00:00:00"},
        {"ExpireDate", "432=20991231"},
        {"SecondaryClOrdID", "526=x"},
        {"ClOrdLinkID", "583=x"},
        {"TargetStrategy", "847=1"},
        {"SecurityIDSource", "48=X|22=4"},
    };
    for (const auto& [name, field] : tags) steps.push_back(order(name + " " + field, field));
    steps.insert(steps.end(),
                 {replace("another OrdType", "40=1|44=-"), replace("another TimeInForce", "59=1"),
                  replace("post-only", "18=6"), replace("MinQty", "110=10"),
                  mass_cancel("a type (530=3)", "530=3|"), mass_cancel("a side", "530=7|54=1|"),
                  mass_cancel("an account", "530=7|1=X|"), mass_status("a type (585=2)", "585=2|"),
                  mass_status("a side", "585=7|54=1|"), mass_status("an account", "585=7|1=X|")});
    return chapter;
}

}  // namespace carbonx::tools
