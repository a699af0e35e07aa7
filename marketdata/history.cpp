#include "marketdata/history.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace carbonx::marketdata {
namespace {

constexpr std::size_t tail_bytes_max = std::size_t{1} << 20;  // while a long day is rebuilt

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

int open_empty(const std::filesystem::path& file) {
    const int opened = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (opened < 0) fail("cannot make " + file.string());
    return opened;
}

}  // namespace

History::History(const std::filesystem::path& file) : file_(open_empty(file)) {}

History::~History() { ::close(file_); }

void History::begin(const wire::SessionName& session) {
    if (::ftruncate(file_, 0) != 0) fail("cannot empty the feed's history");
    session_ = session;
    next_ = 1;
    size_ = 0;
    offsets_.clear();
    tail_.clear();
}

void History::append(std::span<const unsigned char> block) {
    if ((next_ - 1) % stride == 0) offsets_.push_back(size_);
    tail_.insert(tail_.end(), block.begin(), block.end());
    size_ += block.size();
    ++next_;
    if (tail_.size() >= tail_bytes_max) flush();
}

void History::flush() {
    const uint64_t begin = size_ - tail_.size();
    std::size_t written = 0;
    while (written < tail_.size()) {
        const auto result = ::pwrite(file_, tail_.data() + written, tail_.size() - written,
                                     static_cast<off_t>(begin + written));
        if (result < 0 && errno == EINTR) continue;
        if (result < 0) fail("cannot write the feed's history");
        written += static_cast<std::size_t>(result);
    }
    tail_.clear();
}

std::optional<Packet> History::read(const wire::SessionName& session, uint64_t sequence,
                                    uint16_t count) {
    if (session != session_ || sequence == 0 || sequence >= next_ || count == 0)
        return std::nullopt;
    flush();
    // One read holds the messages before it since the last index entry, and a packet's worth of it.
    constexpr std::size_t block_bytes_max = sizeof(wire::BlockHeader) + wire::message_bytes_max;
    std::array<unsigned char, stride * block_bytes_max + wire::packet_bytes_max> bytes;
    const auto got = ::pread(file_, bytes.data(), bytes.size(),
                             static_cast<off_t>(offsets_[(sequence - 1) / stride]));
    if (got < 0) fail("cannot read the feed's history");
    std::span<const unsigned char> blocks{bytes.data(), static_cast<std::size_t>(got)};
    for (uint64_t skipped = (sequence - 1) % stride; skipped > 0; --skipped) {
        blocks = blocks.subspan(first_block(blocks).size());
    }
    Packet packet(session_, sequence, 0);
    const uint64_t end = std::min(next_, sequence + count);
    for (uint64_t i = sequence; i < end && packet.append(first_block(blocks)); ++i) {
        blocks = blocks.subspan(first_block(blocks).size());
    }
    return packet;
}

}  // namespace carbonx::marketdata
