// What a certification consists of: chapters of steps, each a conversation of its own through two
// sessions of two firms, in a counter in which nobody else trades.
//
// Threads: one.
// Always: a step begins with both sessions logged on and nothing open; it fails by throwing
// StepFailed. One that the two sessions cannot bring about says why instead of a conversation.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/certify_desk.h"

namespace carbonx::tools {

struct CertifySettings {
    DeskSettings broker;  // host, port and the venue's CompID are for both
    DeskSettings other;   // of another firm
    DeskSettings copy;    // a drop copy of the broker's firm; no CompID: not tried
    std::string symbol = "TEST001H";
    int cancel_grace_ms = 1000;    // the venue's cancel_grace_ms
    int open_orders_max = 100;     // of the other firm; 0: not tried
    int messages_a_second = 1000;  // the venue's session_orders; 0: no limit, not tried
};

// The counter as the venue lists it; prices in ten-thousandths.
struct CertifyCounter {
    std::string currency;
    int64_t tick = 0;
    int64_t low = 0;
    int64_t high = 0;
    int64_t reference = 0;
    std::string instrument;
};

// What a step speaks through.
struct Certification {
    const CertifySettings& settings;
    Desk broker;
    Desk other;
    Desk copy;  // logged on only where a step does it
    CertifyCounter counter;

    // The reference price and so many ticks, as the venue writes it.
    std::string price(int ticks) const;
    // With these fields, resting, accepted.
    std::string resting_order(Desk& desk, const std::string& fields);
};

// Both numberings from 1. Who was logged on a moment ago may have to wait until the venue has
// noticed that he is gone.
void begin_session(Desk& desk);

struct Step {
    std::string text;
    std::function<void(Certification&)> run;
    std::string not_tried = "";  // why; then there is no run
};

struct Chapter {
    std::string name;
    std::vector<Step> steps;
};

Chapter logon_chapter();
Chapter message_chapter();
Chapter order_chapter();
Chapter refusal_chapter(const CertifySettings& settings);
Chapter unsupported_chapter();
Chapter disconnect_chapter();
Chapter copy_chapter(const CertifySettings& settings);
Chapter resend_chapter();
Chapter market_chapter();
Chapter account_chapter();
Chapter throttle_chapter(const CertifySettings& settings);

// At least two decimals, and as many as it takes; and back.
std::string price_text(int64_t ten_thousandths);
int64_t decimal_units(std::string_view text);

}  // namespace carbonx::tools
