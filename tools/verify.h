// carbonx-dump --verify: proves that what a venue has written is whole, and the history that was
// noted earlier.
//
// Threads: one, beside the reader's own. Always: changes no file; the venue may be up.
#pragma once

#include <filesystem>
#include <string>

namespace carbonx::tools {

// Reads the journal, the archive (may be empty) and the event log from their begin, and prints one
// line with the last hash. expected: HASH@SEQUENCE as such a line has told, or empty. Throws
// std::runtime_error in one line that says the mend, for any damage.
void verify(const std::filesystem::path& data, const std::filesystem::path& archive,
            const std::string& expected);

}  // namespace carbonx::tools
