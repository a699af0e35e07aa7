// Which build this is, and under which rules a journal may have been written for it to replay it.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <string_view>

namespace carbonx {

// The rules that this build follows: one more with each change after which the same commands may
// give other events. Commands are replayed under the rules that were in force (EngineStarted).
constexpr uint32_t rules_version = 3;
constexpr uint32_t rules_oldest = 1;  // that this build still follows

// What each version brought: before it such a command is refused as one that nobody knows.
constexpr uint32_t rules_account_query = 2;
constexpr uint32_t rules_labels = 3;  // and labels that nobody knows are refused

// Version and commit, for people: at most 32 bytes. Without the commit where it was not known.
std::string_view build_text();

}  // namespace carbonx
