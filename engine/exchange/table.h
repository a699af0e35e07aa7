// An array of fixed capacity, in memory that is in place before trading starts, unless it is asked
// for as it is used.
//
// Threads: one. Always: size <= capacity; elements never move.
#pragma once

#include <memory>
#include <new>
#include <type_traits>

#include "engine/api/check.h"
#include "engine/api/memory.h"

namespace carbonx {

template <class T>
class Table {
    static_assert(std::is_trivially_destructible_v<T>);

public:
    explicit Table(std::size_t capacity, Populate populate = Populate::now)
        : memory_(Memory::anonymous(capacity * sizeof(T), populate)),
          items_(reinterpret_cast<T*>(memory_.data())),
          capacity_(capacity) {}

    std::size_t size() const { return size_; }
    std::size_t capacity() const { return capacity_; }
    bool full() const { return size_ == capacity_; }

    // Requires: not full.
    T& add() {
        CARBONX_CHECK(!full());
        return *new (&items_[size_++]) T{};
    }
    // Makes elements in place up to this size. Requires: size <= capacity.
    void grow(std::size_t size) {
        while (size_ < size) add();
    }
    // All elements at once, of memory as it came: zeros, not touched. Requires: empty.
    void use_zeros() requires(std::is_trivially_copyable_v<T>) {
        CARBONX_CHECK(size_ == 0);
        size_ = capacity_;
    }

    T& operator[](std::size_t i) { return items_[i]; }
    const T& operator[](std::size_t i) const { return items_[i]; }
    T* data() { return items_; }
    const T* begin() const { return items_; }
    const T* end() const { return items_ + size_; }
    T* begin() { return items_; }
    T* end() { return items_ + size_; }

private:
    Memory memory_;
    T* items_;
    std::size_t capacity_;
    std::size_t size_ = 0;
};

}  // namespace carbonx
