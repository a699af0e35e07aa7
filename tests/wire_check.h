// What may be on an ITCH channel and nothing else: the types that README.md lists, of their sizes,
// with values that public decoders have known for long. Written from the specification, not from
// the encoder.
#pragma once

#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace carbonx::tests {

// What is wrong with a message; empty: nothing.
inline std::string itch_flaw(std::span<const unsigned char> message) {
    if (message.empty()) return "it is empty";
    const auto is_one_of = [&](std::size_t at, std::string_view values) {
        return values.find(static_cast<char>(message[at])) != std::string_view::npos;
    };
    const auto number = [&](std::size_t at, std::size_t size) {
        uint64_t value = 0;
        for (std::size_t i = 0; i < size; ++i) value = value << 8 | message[at + i];
        return value;
    };
    struct Kind {
        char type;
        std::size_t size;
        bool has_locate;
    };
    constexpr Kind kinds[] = {{'S', 12, false}, {'R', 39, true}, {'H', 25, true}, {'A', 36, true},
                              {'E', 31, true},  {'X', 23, true}, {'D', 19, true}, {'U', 35, true}};
    const char type = static_cast<char>(message[0]);
    const Kind* kind = nullptr;
    for (const Kind& one : kinds) kind = one.type == type ? &one : kind;
    if (kind == nullptr) return std::string("type ") + type + " is not of the core";
    if (message.size() != kind->size) return std::string(1, type) + " has another size";
    if ((number(1, 2) != 0) != kind->has_locate) return "its locate is wrong";
    if (number(3, 2) != 0) return "it has a tracking number";
    if (number(5, 6) >= 86'400'000'000'000) return "its time is no time of a day";
    bool good = true;
    switch (type) {
        case 'S':
            good = is_one_of(11, "OSQMEC");
            break;
        case 'R':
            good = is_one_of(19, "QGSNAPZV ") && is_one_of(20, "DEQSGHJKCN ") &&
                   is_one_of(25, "YN") && is_one_of(29, "PT") && is_one_of(30, "YN ") &&
                   is_one_of(31, "YNZ ") && is_one_of(32, "12 ") && is_one_of(33, "YN ") &&
                   is_one_of(38, "YN");
            break;
        case 'H':
            good = is_one_of(19, "HPQT") && message[20] == ' ';
            break;
        case 'A':
            good = is_one_of(19, "BS") && number(11, 8) > 0 && number(20, 4) > 0 &&
                   number(32, 4) > 0 && number(32, 4) <= 2'000'000'000;
            break;
        case 'E':
            good = number(19, 4) > 0 && number(23, 8) > 0;
            break;
        case 'X':
            good = number(19, 4) > 0;
            break;
        case 'U':
            good = number(19, 8) > number(11, 8) && number(27, 4) > 0 && number(31, 4) > 0;
            break;
        default:
            break;
    }
    if (!good) return std::string(1, type) + " has a value that decoders do not know";
    // Texts are printable, and nothing but spaces stands behind their end.
    const auto is_text = [&](std::size_t at, std::size_t size) {
        bool ended = false;
        for (std::size_t i = at; i < at + size; ++i) {
            if (message[i] < ' ' || message[i] > '~' || (ended && message[i] != ' ')) return false;
            ended = ended || message[i] == ' ';
        }
        return message[at] != ' ';
    };
    if ((type == 'R' || type == 'H') && !is_text(11, 8)) return "its symbol is no text";
    if (type == 'A' && !is_text(24, 8)) return "its symbol is no text";
    if (type == 'H' && !is_text(21, 4)) return "its reason is no text";
    return "";
}

}  // namespace carbonx::tests
