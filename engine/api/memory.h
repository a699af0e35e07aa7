// Memory that is in place before trading starts: mapped, populated, never paged out if the system
// allows.
//
// Threads: made and dropped by one; shared as its user decides.
// Always: every page has been touched, so that the engine thread never faults on it; but for
// memory that was asked for with Populate::on_use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <utility>

namespace carbonx {

// When pages come to be: before trading, or as they are used (and then only those), as suits a
// second exchange beside the engine's, and tools.
enum class Populate : bool { now, on_use };

class Memory {
public:
    Memory() = default;
    // Private to this process, zeroed, in huge pages where it is large and the system gives them.
    static Memory anonymous(std::size_t bytes, Populate populate = Populate::now);
    // A file shared between processes, made or resized to these bytes, with its old content. Throws
    // std::system_error.
    static Memory create(const std::filesystem::path& file, std::size_t bytes);
    // A file that exists, whole. Throws std::system_error.
    static Memory open(const std::filesystem::path& file);

    Memory(Memory&& other) noexcept { *this = std::move(other); }
    Memory& operator=(Memory&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(inode_, other.inode_);
        return *this;
    }
    ~Memory();

    std::byte* data() const { return data_; }
    std::size_t size() const { return size_; }
    // Whether this is (still) the file of that name: another may have taken its place.
    bool is(const std::filesystem::path& file) const;

private:
    std::byte* data_ = nullptr;
    std::size_t size_ = 0;
    uint64_t inode_ = 0;
};

}  // namespace carbonx
