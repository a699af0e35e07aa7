// The exchange's state as a row of values: hashed, written and read by one listing of them.
//
// Each class of the exchange lists what matters of it once, in `state(visit)`; a visitor hashes the
// values (StateHash), writes them (StateWriter) or reads them into a new exchange (StateReader). So
// what is saved is what is hashed, and exchanges of equal state behave alike for ever. The form is
// in engine/README.md.
//
// Threads: one. Always: values are of fixed width, little-endian, without padding; what follows
// from other values is not among them but made anew. A reader bounds every index and count before
// it is used: bytes that no exchange has written are refused, or give a state that can be used.
#pragma once

#include <bit>
#include <cstring>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "engine/api/types.h"
#include "engine/exchange/hash.h"
#include "engine/exchange/table.h"

namespace carbonx {

// Of the form that StateWriter writes, and the oldest that StateReader reads: 2 brought the
// instruments' labels, which nobody could add to a state of 1; the journal is replayed instead.
constexpr uint32_t state_version = 2;
constexpr uint32_t state_oldest = 2;

static_assert(std::endian::native == std::endian::little, "values are written as they lie");

// A value as the unsigned number that stands for it.
template <class T>
constexpr auto state_bits(const T& value) {
    if constexpr (std::is_same_v<T, OrderTerms>) {
        return static_cast<uint8_t>(
            static_cast<uint32_t>(value.side) | static_cast<uint32_t>(value.type) << 1 |
            static_cast<uint32_t>(value.time_in_force) << 3 | (value.post_only ? 64U : 0U));
    } else if constexpr (requires { value.value; }) {
        return state_bits(value.value);
    } else if constexpr (std::is_enum_v<T>) {
        return state_bits(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (std::is_same_v<T, bool>) {
        return static_cast<uint8_t>(value);
    } else {
        return static_cast<std::make_unsigned_t<T>>(value);
    }
}

// The value that this number stands for; false when there is none.
template <class T>
bool from_state_bits(decltype(state_bits(T{})) bits, T& value) {
    if constexpr (std::is_same_v<T, OrderTerms>) {
        value.side = static_cast<Side>(bits & 1);
        value.type = static_cast<OrderType>(bits >> 1 & 3);
        value.time_in_force = static_cast<TimeInForce>(bits >> 3 & 7);
        value.post_only = (bits & 64) != 0;
        return bits < 128;
    } else if constexpr (requires { value.value; }) {
        return from_state_bits(bits, value.value);
    } else if constexpr (std::is_same_v<T, bool>) {
        value = bits != 0;
        return bits <= 1;
    } else {
        value = static_cast<T>(bits);
        return true;
    }
}

class StateHash {
public:
    static constexpr bool reads = false;

    template <class T>
    void operator()(const T& value) {
        hash_.add(state_bits(value));
    }
    template <std::size_t N>
    void operator()(const Text<N>& text) {
        for (std::size_t i = 0; i < N; i += 8) {
            uint64_t word = 0;
            std::memcpy(&word, text.bytes.data() + i, std::min<std::size_t>(8, N - i));
            hash_.add(word);
        }
    }
    void require(bool, const char*) const {}
    uint64_t value() const { return hash_.value(); }

private:
    Hash hash_;
};

class StateWriter {
public:
    static constexpr bool reads = false;
    // Takes the next bytes of the state; may throw.
    using Sink = std::function<void(const void* bytes, std::size_t size)>;

    explicit StateWriter(Sink sink) : sink_(std::move(sink)), buffer_(new char[room]) {}

    template <class T>
    void operator()(const T& value) {
        const auto bits = state_bits(value);
        put(&bits, sizeof bits);
    }
    template <std::size_t N>
    void operator()(const Text<N>& text) {
        put(text.bytes.data(), N);
    }
    void require(bool, const char*) const {}
    // Hands over what is still here. Requires: called behind the last value.
    void finish() {
        sink_(buffer_.get(), used_);
        used_ = 0;
    }

private:
    static constexpr std::size_t room = std::size_t{1} << 16;

    void put(const void* bytes, std::size_t size) {
        if (room - used_ < size) finish();
        std::memcpy(buffer_.get() + used_, bytes, size);
        used_ += size;
    }

    Sink sink_;
    std::unique_ptr<char[]> buffer_;
    std::size_t used_ = 0;
};

class StateReader {
public:
    static constexpr bool reads = true;
    // Gives up to this many next bytes, fewer only at the end of what there is; may throw.
    using Supply = std::function<std::size_t(void* bytes, std::size_t size)>;

    // Reads ahead: nothing that others need stands behind the state.
    explicit StateReader(Supply supply) : supply_(std::move(supply)), buffer_(new char[room]) {}

    template <class T>
    void operator()(T& value) {
        decltype(state_bits(value)) bits{};
        get(&bits, sizeof bits);
        require(from_state_bits(bits, value), "a value that its field cannot have");
    }
    template <std::size_t N>
    void operator()(Text<N>& text) {
        get(text.bytes.data(), N);
    }
    void require(bool good, const char* wrong) const {
        if (!good) [[unlikely]]
            refuse(wrong);
    }
    // Throws std::runtime_error with one line.
    [[noreturn]] void refuse(const std::string& wrong) const {
        throw std::runtime_error("the saved state is damaged, before its byte " +
                                 std::to_string(supplied_ - filled_ + used_) + ": " + wrong);
    }
    // Of the form that is being read; known once its head has been.
    uint32_t version() const { return version_; }
    void set_version(uint32_t version) { version_ = version; }

private:
    static constexpr std::size_t room = std::size_t{1} << 16;

    void get(void* bytes, std::size_t size) {
        if (filled_ - used_ < size) fill(size);
        std::memcpy(bytes, buffer_.get() + used_, size);
        used_ += size;
    }
    void fill(std::size_t size) {
        std::memmove(buffer_.get(), buffer_.get() + used_, filled_ - used_);
        filled_ -= used_;
        used_ = 0;
        const std::size_t more = supply_(buffer_.get() + filled_, room - filled_);
        filled_ += more;
        supplied_ += more;
        require(filled_ >= size, "it ends here");
    }

    Supply supply_;
    std::unique_ptr<char[]> buffer_;
    std::size_t used_ = 0;
    std::size_t filled_ = 0;
    uint64_t supplied_ = 0;
    uint32_t version_ = state_version;
};

// The entries of a table whose entry 0 stands for none: how many, then each(entry).
template <class Visit, class T, class Each>
void state_table(Visit& visit, Table<T>& table, Each&& each) {
    auto count = static_cast<uint32_t>(table.size() - 1);
    visit(count);
    visit.require(count < table.capacity(), "more entries than there is room for");
    for (std::size_t i = 1; i <= count; ++i) {
        if constexpr (Visit::reads) table.add();
        each(table[i]);
    }
}

// At the end of the file that defines Class::state.
#define CARBONX_STATE(Class, ...)                            \
    template void Class::state(StateHash&, ##__VA_ARGS__);   \
    template void Class::state(StateWriter&, ##__VA_ARGS__); \
    template void Class::state(StateReader&, ##__VA_ARGS__)

}  // namespace carbonx
