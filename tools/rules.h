// The rule of engine/README.md behind an event: why it was so, for a person.
//
// Threads: any; pure functions. Always: a rule's number stands in engine/README.md.
#pragma once

#include <span>
#include <string_view>

#include "engine/api/event.h"

namespace carbonx::tools {

struct Rule {
    std::string_view number;  // "M1"
    std::string_view name;
    std::string_view text;
};

// The rules that made this event what it is, in the order in which they apply; none for an event
// that only tells a change of which it was asked. A refusal's rule is its own: reject.h.
std::span<const Rule> rules_of(const EventHead& event);
// The reason of a refusal; Reject::none for another event.
Reject reason_of(const EventHead& event);

}  // namespace carbonx::tools
