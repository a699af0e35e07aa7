// A broken invariant stops the process at once, in release builds too: no order is better than a
// wrong one.
#pragma once

#include <string_view>

namespace carbonx {

// Prints the message to standard error and, where there is one, to the log, and aborts.
[[noreturn]] void stop(std::string_view message);
// What stop() tells its message to before it aborts: the log (logging.h); nullptr for nothing.
void on_stop(void (*tell)(std::string_view message));
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

#define CARBONX_CHECK(condition)                                     \
    do {                                                             \
        if (!(condition)) [[unlikely]]                               \
            ::carbonx::check_failed(#condition, __FILE__, __LINE__); \
    } while (false)

}  // namespace carbonx
