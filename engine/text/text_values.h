// One value of a record as text and back: decimals, names, times, serial runs, words for enums.
//
// Threads: any. Always: from_text(value_text(x)) is x for every value of every type here; a value
// without a word or a name is written as its number ("#7" for an id).
#pragma once

#include <charconv>
#include <concepts>
#include <span>
#include <string>
#include <string_view>

#include "engine/api/event.h"
#include "engine/text/names.h"

namespace carbonx {

// What an integer of a record means.
struct Amount {  // ten-thousandths
    int64_t value = 0;
    bool operator==(const Amount&) const = default;
};
struct Time {  // nanoseconds since 1970; before 2001 it is written as a duration
    uint64_t value = 0;
    bool operator==(const Time&) const = default;
};
struct Duration {  // nanoseconds
    uint64_t value = 0;
    bool operator==(const Duration&) const = default;
};
struct Labels {  // bits of Label
    uint32_t value = 0;
    bool operator==(const Labels&) const = default;
};
struct Flags {  // bits of EventFlag
    uint8_t value = 0;
    bool operator==(const Flags&) const = default;
};

// The word of an enum's value, or its number. Defined for every enum of the records.
template <class E>
struct Word {
    E value;
    std::string_view word;
};
std::span<const Word<CommandType>> words(CommandType);
std::span<const Word<EventType>> words(EventType);
std::span<const Word<Source>> words(Source);
std::span<const Word<Side>> words(Side);
std::span<const Word<OrderType>> words(OrderType);
std::span<const Word<TimeInForce>> words(TimeInForce);
std::span<const Word<Phase>> words(Phase);
std::span<const Word<Currency>> words(Currency);
std::span<const Word<ParticipantClass>> words(ParticipantClass);
std::span<const Word<Registry>> words(Registry);
std::span<const Word<CancelReason>> words(CancelReason);
std::span<const Word<AccountContent>> words(AccountContent);
std::span<const Word<Reject>> words(Reject);

template <class T>
concept Worded = requires(T value) {
    words(value);
};
template <class T>
concept Named =
    std::same_as<T, ParticipantId> || std::same_as<T, AccountId> || std::same_as<T, SessionId> ||
    std::same_as<T, ProjectId> || std::same_as<T, InstrumentId> || std::same_as<T, CounterId>;

template <std::integral T>
bool parse_number(std::string_view text, T& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
}

template <Worded E>
std::string enum_text(E value) {
    for (const auto& word : words(value)) {
        if (word.value == value) return std::string(word.word);
    }
    return std::to_string(static_cast<unsigned>(value));
}
template <Worded E>
bool enum_from_text(std::string_view text, E& value) {
    for (const auto& word : words(value)) {
        if (word.word == text) return value = word.value, true;
    }
    std::underlying_type_t<E> number{};
    if (!parse_number(text, number)) return false;
    value = static_cast<E>(number);
    return true;
}
// "buy, sell"
template <Worded E>
std::string enum_words() {
    std::string list;
    for (const auto& word : words(E{})) list.append(list.empty() ? "" : ", ").append(word.word);
    return list;
}

std::string value_text(Amount value, const Names&);
std::string value_text(Time value, const Names&);
std::string value_text(Duration value, const Names&);
std::string value_text(Labels value, const Names&);
std::string value_text(Flags value, const Names&);
std::string value_text(OrderId value, const Names&);
std::string value_text(LotId value, const Names&);
std::string value_text(const SerialRange& value, const Names&);
std::string value_text(bool value, const Names&);
inline std::string value_text(Price value, const Names& names) {
    return value_text(Amount{value.value}, names);
}
inline std::string value_text(Quantity value, const Names&) { return std::to_string(value.value); }
inline std::string value_text(Tonnes value, const Names&) { return std::to_string(value.value); }
template <std::unsigned_integral T>
std::string value_text(T value, const Names&) {
    return std::to_string(value);
}
template <Worded E>
std::string value_text(E value, const Names&) {
    return enum_text(value);
}
template <std::size_t N>
std::string value_text(const Text<N>& value, const Names&) {
    return std::string(value.view());
}
template <Named Id>
std::string value_text(Id id, const Names& names) {
    const std::string_view name = names.name(id);
    return name.empty() || name.starts_with('#') ? "#" + std::to_string(index(id))
                                                 : std::string(name);
}

// Each gives "" and the value, or what was expected instead.
std::string from_text(std::string_view text, const Names&, Amount& value);
std::string from_text(std::string_view text, const Names&, Time& value);
std::string from_text(std::string_view text, const Names&, Duration& value);
std::string from_text(std::string_view text, const Names&, Labels& value);
std::string from_text(std::string_view text, const Names&, Flags& value);
std::string from_text(std::string_view text, const Names&, OrderId& value);
std::string from_text(std::string_view text, const Names&, LotId& value);
std::string from_text(std::string_view text, const Names&, SerialRange& value);
std::string from_text(std::string_view text, const Names&, bool& value);
std::string from_text(std::string_view text, const Names& names, Price& value);

template <std::unsigned_integral T>
std::string from_text(std::string_view text, const Names&, T& value) {
    if (parse_number(text, value)) return "";
    return "a whole number up to " + std::to_string(static_cast<T>(-1));
}
inline std::string from_text(std::string_view text, const Names& names, Quantity& value) {
    return from_text(text, names, value.value);
}
inline std::string from_text(std::string_view text, const Names&, Tonnes& value) {
    return parse_number(text, value.value) ? "" : "a whole number of tonnes";
}
template <Worded E>
std::string from_text(std::string_view text, const Names&, E& value) {
    return enum_from_text(text, value) ? "" : "one of " + enum_words<E>();
}
template <std::size_t N>
std::string from_text(std::string_view text, const Names&, Text<N>& value) {
    if (!Text<N>::fits(text)) return "a text of at most " + std::to_string(N) + " bytes";
    if (text.find('\0') != text.npos) return "a text without a zero byte";
    value = Text<N>(text);
    return "";
}
template <Named Id>
std::string from_text(std::string_view text, const Names& names, Id& value) {
    std::underlying_type_t<Id> number{};
    if (text.starts_with('#') && parse_number(text.substr(1), number)) {
        value = static_cast<Id>(number);
        return "";
    }
    value = names.find<Id>(text);
    return index(value) != 0 ? "" : "a listed name, or # and its number";
}

}  // namespace carbonx
