// A certification from its first step to its last: plays them, prints each, counts.
//
// Threads: one.
// Always: a step is passed only when its whole conversation was as expected; one that is not tried
// is never counted as passed.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "tools/certify_steps.h"

namespace carbonx::tools {

struct CertifyTotals {
    int passed = 0;
    int failed = 0;
    int not_tried = 0;
};

// In the order in which they are played; step 3.2 is the second of the third.
std::vector<Chapter> certify_chapters(const CertifySettings& settings);

// A line for each step: its number and its text.
void list_steps(const std::vector<Chapter>& chapters, std::ostream& out);

// Plays what is chosen, by number: 3 a chapter, 3.2 a step; none: all. Ends early when a session
// cannot be brought to where a step begins. Throws std::runtime_error when nobody listens.
CertifyTotals certify(const CertifySettings& settings, const std::vector<std::string>& chosen,
                      std::ostream& out);

}  // namespace carbonx::tools
