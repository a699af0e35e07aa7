// Records of one kind, as many as come, each at a place: 0, 1, 2, ...
//
// Threads: the gateway thread only.
// Always: a record stays where it is in memory. One more costs at most one new block of 1,024, and
// never a copy of those that are there.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/api/check.h"

namespace carbonx::gateway {

template <class T>
class Records {
public:
    uint32_t size() const { return size_; }

    // Requires: place < size().
    T& operator[](uint32_t place) {
        return (*blocks_[place / block_records])[place % block_records];
    }
    const T& operator[](uint32_t place) const {
        return (*blocks_[place / block_records])[place % block_records];
    }

    // Gives its place.
    uint32_t add(const T& record) {
        CARBONX_CHECK(size_ < UINT32_MAX);
        if (size_ == blocks_.size() * block_records) blocks_.push_back(std::make_unique<Block>());
        const uint32_t place = size_++;
        (*this)[place] = record;
        return place;
    }

    // Forgets those from this place on, and keeps their memory for others. Requires: size <=
    // size().
    void shrink(uint32_t size) { size_ = size; }

private:
    static constexpr uint32_t block_records = 1024;
    using Block = std::array<T, block_records>;

    std::vector<std::unique_ptr<Block>> blocks_;
    uint32_t size_ = 0;
};

}  // namespace carbonx::gateway
