#include "tools/feed_recording.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

namespace carbonx::tools {
namespace {

namespace wire = marketdata::wire;

constexpr std::size_t write_bytes = 1 << 16;

File create(const std::filesystem::path& path) {
    try {
        return {path, O_WRONLY | O_CREAT | O_EXCL};
    } catch (const std::system_error& error) {
        const bool exists = error.code().value() == EEXIST;
        throw std::runtime_error(
            "cannot record into " + path.string() + ": " + error.code().message() +
            (exists ? ": name another file, or remove it" : ": may this user write there?"));
    }
}

template <class T>
Bytes bytes_of(const T& value) {
    return {reinterpret_cast<const unsigned char*>(&value), sizeof value};
}

// The file's and each record's headers are in this machine's order, as the magic number tells.
struct PcapHeader {
    uint32_t magic = 0xa1b23c4d;  // nanoseconds
    uint16_t version_major = 2;
    uint16_t version_minor = 4;
    uint32_t zone = 0;
    uint32_t accuracy = 0;
    uint32_t bytes_max = 65535;
    uint32_t link = 101;  // raw IP
};
struct PcapRecord {
    uint32_t seconds = 0;
    uint32_t nanoseconds = 0;
    uint32_t kept = 0;
    uint32_t size = 0;
};
struct IpHeader {
    unsigned char version_and_length = 0x45;
    unsigned char service = 0;
    wire::U16 size;
    wire::U16 id;
    wire::U16 fragment;
    unsigned char hops = 1;
    unsigned char protocol = IPPROTO_UDP;
    wire::U16 checksum;
    in_addr from{};
    in_addr to{};
};
struct UdpHeader {
    wire::U16 from;
    wire::U16 to;
    wire::U16 size;
    wire::U16 checksum;
};
// What the datagram's checksum covers besides it.
struct PseudoHeader {
    in_addr from{};
    in_addr to{};
    wire::U16 protocol = IPPROTO_UDP;
    wire::U16 size;
};
static_assert(sizeof(PcapHeader) == 24 && sizeof(PcapRecord) == 16);
static_assert(sizeof(IpHeader) == 20 && sizeof(UdpHeader) == 8 && sizeof(PseudoHeader) == 12);

// RFC 1071. Requires: every part but the last is of an even size.
uint16_t checksum(std::initializer_list<Bytes> parts) {
    uint32_t sum = 0;
    for (const Bytes part : parts) {
        for (std::size_t i = 0; i < part.size(); ++i) sum += i % 2 == 0 ? part[i] << 8U : part[i];
    }
    while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
    return static_cast<uint16_t>(~sum);
}

in_addr address(const Endpoint& at) {
    in_addr value{};
    if (::inet_pton(AF_INET, at.address.c_str(), &value) != 1) {
        throw std::runtime_error(at.address + " is no IPv4 address: it cannot be recorded");
    }
    return value;
}

}  // namespace

RecordFile::RecordFile(const std::filesystem::path& path, const char* records, Bytes head)
    : file_(create(path)), records_(records), waiting_(head.begin(), head.end()) {}

RecordFile::~RecordFile() {
    try {
        flush();
    } catch (const std::exception&) {
        // Whoever cares has called flush(), and been told.
    }
}

void RecordFile::append(std::initializer_list<Bytes> parts) {
    for (const Bytes part : parts) waiting_.insert(waiting_.end(), part.begin(), part.end());
    ends_.push_back(waiting_.size());
    if (waiting_.size() >= write_bytes) flush();
}

void RecordFile::flush() {
    if (waiting_.empty()) return;
    try {
        file_.write({}, waiting_.data(), waiting_.size(), size_);
    } catch (const std::system_error& error) {
        cut(error.code().message());
    }
    size_ += waiting_.size();
    written_ += ends_.size();
    waiting_.clear();
    ends_.clear();
}

void RecordFile::cut(const std::string& why) {
    const uint64_t reached = std::filesystem::file_size(file_.path());
    const auto whole = std::ranges::partition_point(
        ends_, [&](std::size_t end) { return size_ + end <= reached; });
    size_ += whole == ends_.begin() ? 0 : *std::prev(whole);
    written_ += static_cast<uint64_t>(whole - ends_.begin());
    waiting_.clear();
    ends_.clear();
    file_.truncate({}, size_);
    throw std::runtime_error("the recording into " + file_.path().string() +
                             " has stopped: " + why + ": the file is whole as far as it goes, " +
                             std::to_string(written_) + " " + records_);
}

void MessageRecording::begin(const wire::SessionName& session) {
    flush();
    auto path = path_;
    if (!first_) {
        path.replace_filename(path_.stem().string() + "-" + std::string(session.view()) +
                              path_.extension().string());
    }
    first_ = false;
    file_.emplace(path, "messages");
}

void MessageRecording::add(Bytes message) {
    const wire::BlockHeader header{message.size()};
    file_->append({bytes_of(header), message});
}

void MessageRecording::end() {
    if (!file_) return;
    add({});
    flush();
    file_.reset();
}

void MessageRecording::flush() {
    if (file_) file_->flush();
}

PacketRecording::PacketRecording(const std::filesystem::path& path)
    : file_(path, "packets", bytes_of(PcapHeader{})) {}

void PacketRecording::add(uint64_t utc_ns, const Endpoint& from, const Endpoint& to,
                          Bytes payload) {
    UdpHeader udp{from.port, to.port, sizeof udp + payload.size(), {}};
    IpHeader ip;
    ip.size = sizeof ip + sizeof udp + payload.size();
    ip.from = address(from);
    ip.to = address(to);
    ip.checksum = checksum({bytes_of(ip)});
    const PseudoHeader pseudo{ip.from, ip.to, IPPROTO_UDP, udp.size.value()};
    const uint16_t sum = checksum({bytes_of(pseudo), bytes_of(udp), payload});
    udp.checksum = sum == 0 ? 0xFFFF : sum;  // 0 would mean that there is none
    const auto size = static_cast<uint32_t>(ip.size.value());
    const PcapRecord record{static_cast<uint32_t>(utc_ns / 1'000'000'000),
                            static_cast<uint32_t>(utc_ns % 1'000'000'000), size, size};
    file_.append({bytes_of(record), bytes_of(ip), bytes_of(udp), payload});
}

}  // namespace carbonx::tools
