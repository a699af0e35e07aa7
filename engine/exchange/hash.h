// Sixty-four bits of everything that was added, in order: for comparing states, not against malice.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

namespace carbonx {

class Hash {
public:
    template <class T>
    void add(T value) requires(std::is_integral_v<T> || std::is_enum_v<T>) {
        uint64_t x = static_cast<uint64_t>(value) + 0x9e3779b97f4a7c15 + state_;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
        x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
        state_ = x ^ (x >> 31);
    }
    void add(std::string_view text) {
        add(text.size());
        for (const char c : text) add(static_cast<unsigned char>(c));
    }
    uint64_t value() const { return state_; }

private:
    uint64_t state_ = 0;
};

}  // namespace carbonx
