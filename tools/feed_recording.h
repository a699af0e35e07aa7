// The public feed as files that other programs read: the messages as BinaryFILE, in which public
// ITCH samples come, and the packets as pcap.
//
// Threads: one.
// Always: a file ends with a whole record. One that cannot be written, such as on a full disk, is
// cut back to its last whole record, and the error says what it has. No file is written over.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/api/disk.h"
#include "engine/api/settings.h"
#include "marketdata/wire.h"

namespace carbonx::tools {

using Bytes = std::span<const unsigned char>;

// A new file of records, one after the other.
class RecordFile {
public:
    // A record is called so in errors: "messages"; before the first one stands the head. Throws
    // std::runtime_error, as all below.
    RecordFile(const std::filesystem::path& path, const char* records, Bytes head = {});
    ~RecordFile();  // tries to write the rest
    RecordFile(const RecordFile&) = delete;
    RecordFile& operator=(const RecordFile&) = delete;

    void append(std::initializer_list<Bytes> parts);
    // What was appended is in the file.
    void flush();

private:
    [[noreturn]] void cut(const std::string& why);

    File file_;
    const char* const records_;
    uint64_t size_ = 0;     // of the file
    uint64_t written_ = 0;  // records in it
    std::vector<unsigned char> waiting_;
    std::vector<std::size_t> ends_;  // of the records that wait
};

// BinaryFILE: each message behind its length (u16, big-endian), in sequence from the session's
// first; a length of 0 ends a session that is over. Each session is a file: the first one has the
// name given, later ones have the session's name behind it, as day-2026112401.itch.
class MessageRecording {
public:
    explicit MessageRecording(std::filesystem::path path) : path_(std::move(path)) {}

    void begin(const marketdata::wire::SessionName& session);
    // Requires: the session's next one.
    void add(Bytes message);
    void end();  // of the session
    bool is_open() const { return file_.has_value(); }
    void flush();

private:
    const std::filesystem::path path_;
    bool first_ = true;
    std::optional<RecordFile> file_;
};

// pcap with times in nanoseconds; each record is an IPv4 packet with a UDP datagram.
class PacketRecording {
public:
    explicit PacketRecording(const std::filesystem::path& path);

    // A datagram that was heard at that time since 1970. Requires: both addresses are IPv4.
    void add(uint64_t utc_ns, const Endpoint& from, const Endpoint& to, Bytes payload);
    void flush() { file_.flush(); }

private:
    RecordFile file_;
};

}  // namespace carbonx::tools
