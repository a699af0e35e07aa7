// Too many messages in a second.
#include <chrono>
#include <optional>
#include <thread>

#include "tools/certify_steps.h"

namespace carbonx::tools {

namespace {

constexpr int batch = 50;

// Until the bucket has filled again.
void recover() { std::this_thread::sleep_for(std::chrono::milliseconds(1'200)); }

bool is_throttled(const Heard& message) { return message[58].starts_with("throttled: "); }

// So many orders at once that the exchange refuses; nothing of them stays.
void burst(Certification& run, int count) {
    const std::string price = "44=" + price_text(run.counter.high * 2);
    std::string bytes;
    for (int i = 0; i < count; ++i) {
        const std::string body = run.broker.order_body(run.broker.next_id(), price);
        bytes += run.broker.text_of({.type = "D", .body = body});
        ++run.broker.next_out;
    }
    run.broker.raw(bytes);
}

// Reads the answers of a burst; the ClOrdID of the last that was throttled, empty for none.
std::string throttled_of(Desk& desk, int count) {
    std::string id;
    for (int i = 0; i < count; ++i) {
        const Heard answer = desk.expect("8", "150=8|39=8|58=*");
        if (!is_throttled(answer)) continue;
        require_fields(answer, "8", "103=99|37=NONE");
        id = answer[11];
    }
    return id;
}

// Sends until the venue has enough; the ClOrdID of an order that it refused for that.
std::string flood(Certification& run) {
    const int most = 20 * run.settings.messages_a_second;
    for (int sent = 0; sent < most; sent += batch) {
        burst(run, batch);
        const std::string id = throttled_of(run.broker, batch);
        if (!id.empty()) return id;
    }
    throw StepFailed("nothing was throttled of " + std::to_string(most) +
                     " orders, as fast as they were answered");
}

void orders_throttled(Certification& run) {
    const std::string resting = run.resting_order(run.broker, "");
    const std::string id = flood(run);
    run.broker.cancel(resting);
    run.broker.expect("8", "150=4|39=4|41=" + resting);
    recover();
    // The ClOrdID of what was throttled was not used.
    run.broker.say({.type = "D", .body = run.broker.order_body(id, "")});
    run.broker.expect("8", "150=0|11=" + id);
}

// What comes behind a burst beside its own answers, which are all there then; those of the exchange
// come later than what the gateway refuses.
Heard among_burst(Desk& desk) {
    std::optional<Heard> found;
    for (int answers = 0; answers < batch || !found;) {
        Heard answer = desk.hear();
        if (answer[35] == "8" && answer[150] == "8") {
            ++answers;
        } else if (answer[893] != "N") {  // a list in fragments counts once
            found = std::move(answer);
        }
    }
    return *found;
}

constexpr int tries = 10;  // for a moment in which the bucket is empty

// Says this behind a burst until it is throttled itself.
void is_throttled_too(Certification& run, const std::string& type,
                      const std::function<std::string(int)>& body, const std::string& answer,
                      const std::string& fields) {
    flood(run);
    for (int i = 0; i < tries; ++i) {
        burst(run, batch);
        run.broker.say({.type = type, .body = body(i)});
        const Heard heard = among_burst(run.broker);
        if (!is_throttled(heard)) continue;
        require_fields(heard, answer, fields);
        return recover();
    }
    recover();
    throw StepFailed(type + " was not throttled behind orders that were");
}

Step throttled(const std::string& what, const std::string& type, const std::string& body,
               const std::string& answer, const std::string& fields) {
    return {what, [=](Certification& run) {
                is_throttled_too(
                    run, type, [&](int) { return body; }, answer, fields);
            }};
}

void status_throttled(Certification& run) {
    const std::string id = run.resting_order(run.broker, "");
    is_throttled_too(
        run, "H", [&](int) { return "11=" + id + "|54=1|790=s|"; }, "8", "150=I|39=8|103=99|790=s");
}

void replace_throttled(Certification& run) {
    std::vector<std::string> ids;  // one for each try
    for (int i = 0; i < tries; ++i) ids.push_back(run.resting_order(run.broker, ""));
    const auto body = [&](int i) {
        const std::string& id = ids.at(static_cast<std::size_t>(i));
        return run.broker.order_body(run.broker.next_id(), "1=-|38=20|41=" + id);
    };
    is_throttled_too(run, "G", body, "9", "434=2|102=99|39=0|41=*");
    run.broker.cancel(ids.back());
    run.broker.expect("8", "150=4|38=10");
}

void logged_out(Certification& run) {
    const int most = 40 * run.settings.messages_a_second;
    const int at_once = run.settings.messages_a_second;
    for (int sent = 0; sent < most; sent += at_once) {
        burst(run, at_once);
        for (int i = 0; i < at_once; ++i) {
            const Heard answer = run.broker.hear();
            if (answer[35] != "5") continue;
            require(is_throttled(answer), "another reason: " + answer.shown());
            recover();
            run.broker.drop();
            run.broker.log_on();
            run.resting_order(run.broker, "");
            return;
        }
    }
    throw StepFailed("not logged out after " + std::to_string(most) + " orders");
}

}  // namespace

Chapter throttle_chapter(const CertifySettings& settings) {
    Chapter chapter{"Throttle", {}};
    std::vector<Step>& steps = chapter.steps;
    if (settings.messages_a_second == 0) {
        steps.push_back({"throttled", {}, "this venue has no limit: --rate"});
        return chapter;
    }
    steps = {
        {"throttled: orders beyond the rate are refused, 103=99; a cancel still passes, the "
         "ClOrdID is free, and a second later orders are taken",
         orders_throttled},
        {"throttled: a replace, 102=99, and the order stays as it was", replace_throttled},
        {"throttled: order status, 150=I, 103=99", status_throttled},
        throttled("throttled: mass status, 150=I, 103=99", "AF", "584=m|585=7|", "8",
                  "150=I|39=8|103=99|584=m"),
        throttled("throttled: security list, j with 380=0", "x", "320=t|559=4|", "j",
                  "372=x|380=0"),
        throttled("throttled: market phase, j with 380=0", "g", "335=t|263=0|", "j", "372=g|380=0"),
        {"throttled: who goes on and on is logged out, and may come back", logged_out},
    };
    return chapter;
}

}  // namespace carbonx::tools
