// The venue's settings: one TOML file for all three processes. Every key is explained in
// tools/demo-data/venue.toml; an unknown key, a wrong type or a value out of range is an error that
// names the file and the line. Every process takes `--settings FILE` and `--directory DIR`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/command.h"
#include "engine/api/process.h"

namespace carbonx {

struct Endpoint {  // "address:port"
    std::string address;
    uint16_t port = 0;

    bool operator==(const Endpoint&) const = default;
};

enum class Durability : uint8_t { disk, memory };

struct ThreadSettings {
    int core = -1;  // -1: not pinned
    IdlePolicy idle = IdlePolicy::sleep;
};

struct OperatorSettings {
    uint32_t uid = 0;  // as the Unix socket's peer credentials tell it
    std::string name;
};

struct EngineSettings {
    Durability durability = Durability::disk;
    ThreadSettings sequencer;
    ThreadSettings journal;
    uint64_t segment_bytes = uint64_t{64} << 20;  // of one journal file; whole MiB in the file
    uint32_t event_window_slots = 1U << 20;
    uint32_t ring_slots = 1U << 16;
    uint32_t gateways = 1;              // how many rings to offer
    uint32_t source_silence_ms = 2000;  // after which a gateway counts as dead
    uint32_t disk_low_mib = 1024;       // free space below which a warning is logged
    bool lock_memory = false;
    uint32_t snapshot_minutes = 10;           // between two snapshots of the whole state; 0: none
    uint32_t snapshot_commands = 10'000'000;  // slots after which one is made before that
    uint32_t snapshots_kept = 3;
    uint32_t archive_days = 0;  // after which an archived segment is removed; 0: never
    std::vector<OperatorSettings> operators;
    Capacities capacities;
};

enum class SessionRole : uint8_t {
    order_entry,
    drop_copy,  // hears what all sessions of its firm are told, and says nothing
};

struct FixSessionSettings {
    std::string comp_id;  // the broker's SenderCompID
    // What it shows at logon: one of them at least; both where both are given.
    std::string password_hash;              // see password.h
    std::vector<std::string> certificates;  // fingerprints, any of them: see certificate.h
    SessionRole role = SessionRole::order_entry;
    bool cancel_on_disconnect = true;            // unless its logon says otherwise
    bool reset_on_logon = true;                  // whether 141=Y is accepted
    std::vector<std::string> allowed_addresses;  // see address.h; empty: any

    bool operator==(const FixSessionSettings&) const = default;
};

// When brokers may be logged on, and when their numbers begin anew: minutes of the day at the venue
// (utc_offset_minutes).
struct ScheduleSettings {
    uint32_t open_minute = 0;      // of a day in `days`
    uint32_t close_minute = 1440;  // of that day, or of the next one when it is not above the open
    uint8_t days = 0x7F;           // on which it opens, Monday is bit 0
    std::optional<uint32_t> reset_minute;  // each day; none: never

    bool operator==(const ScheduleSettings&) const = default;
};

// Messages a second; 0: no limit.
struct MessageRates {
    uint32_t orders = 0;   // new orders, replaces, and all else that is no cancel
    uint32_t cancels = 0;  // cancels and mass cancels
    uint32_t answers = 0;  // that holdings, cash and trade history are answered by; sessions only

    bool operator==(const MessageRates&) const = default;
};

struct ThrottleSettings {
    MessageRates session{1'000, 2'000, 5'000};
    MessageRates firm{5'000, 10'000, 0};
    uint32_t refused_max = 1'000;  // within a second, before the session is logged out; 0: never

    bool operator==(const ThrottleSettings&) const = default;
};

// Files are PEM. Without one for clients their certificates may be of any issuer, themselves
// included: the fingerprints in the sessions' settings say whose they are.
struct TlsSettings {
    Endpoint listen;
    std::filesystem::path certificate_chain;  // the venue's certificate first
    std::filesystem::path private_key;
    std::filesystem::path client_ca;  // empty: none
};

struct GatewaySettings {
    Endpoint listen{"127.0.0.1", 9880};  // without TLS
    bool plaintext_outside_loopback = false;
    std::optional<TlsSettings> tls;
    std::string comp_id = "CARBONX";
    ThreadSettings thread;
    uint32_t number = 1;              // of this gateway, 1..gateways: which ring is its own
    uint32_t cancel_grace_ms = 1000;  // between a disconnect and the cancel of its orders
    uint32_t heartbeat_min_s = 5;
    uint32_t heartbeat_max_s = 60;
    uint32_t connections_max = 2048;
    uint32_t connections_per_address_max = 256;
    uint32_t logon_timeout_ms = 5000;
    uint32_t output_queue_kib = 4096;  // of one connection; above half, more waits in the store
    ScheduleSettings schedule;
    ThrottleSettings throttle;
    std::vector<FixSessionSettings> sessions;
};

// Where one stream of the public feed is to be had.
struct StreamSettings {
    Endpoint line_a;  // UDP multicast
    Endpoint line_b;
    Endpoint rerequest;  // UDP
    Endpoint snapshot;   // TCP

    bool operator==(const StreamSettings&) const = default;
};

// One of the streams that the books are split over.
struct ChannelSettings {
    uint32_t number = 1;  // 1 to 99, the end of its sessions' names
    StreamSettings stream;
    // Names of instruments, or their beginnings; none: all that no other channel has.
    std::vector<std::string> instruments;

    bool operator==(const ChannelSettings&) const = default;
};

struct SnapshotUserSettings {
    std::string name;  // 1 to 6 characters
    std::string password_hash;
};

// How subscribers get what they have missed.
struct RecoverySettings {
    ThreadSettings thread;
    std::vector<std::string> allowed_addresses;  // prefixes; none: any
    uint32_t requests_per_second = 2'000;        // of one address, with a second's burst; 0: any
    uint32_t snapshot_clients_max = 64;          // of one stream
    std::vector<SnapshotUserSettings> users;
};

struct MarketDataSettings {
    std::string interface = "127.0.0.1";  // address of the interface to send on
    uint8_t ttl = 1;
    ThreadSettings thread;
    std::vector<ChannelSettings> channels{{1,
                                           {{"239.192.1.1", 26400},
                                            {"239.192.1.2", 26400},
                                            {"127.0.0.1", 26410},
                                            {"127.0.0.1", 26420}},
                                           {}}};
    StreamSettings carbon{
        {"239.192.1.3", 26401}, {"239.192.1.4", 26401}, {"127.0.0.1", 26411}, {"127.0.0.1", 26421}};
    RecoverySettings recovery;
};

struct Settings {
    std::string venue;                        // its name
    std::filesystem::path data_directory;     // journal, event log, sessions: on a disk
    std::filesystem::path runtime_directory;  // rings, event window, sockets: in shared memory
    std::filesystem::path log_directory;
    std::filesystem::path archive_directory;  // of full journal segments; empty: none is archived
    int32_t utc_offset_minutes = 480;         // local midnight: the zero of ITCH timestamps
    EngineSettings engine;
    GatewaySettings gateway;
    MarketDataSettings marketdata;
    // Each key of the file as "table.key" with its text, for the gateway to see what was changed;
    // without the FIX sessions, which are compared one by one.
    std::map<std::string, std::string> written;
};

// Throws std::runtime_error with one line: file, line, key and mend. Paths in the file are relative
// to the file's directory. With a directory, the venue lives there instead: data and log inside it,
// and its own directory in shared memory.
Settings load_settings(const std::filesystem::path& file,
                       const std::filesystem::path& directory = {});

// Well-known names inside the runtime directory.
inline std::filesystem::path ring_file(const Settings& settings, uint32_t gateway) {
    return settings.runtime_directory / ("gateway-" + std::to_string(gateway) + ".ring");
}
inline std::filesystem::path operator_socket(const Settings& settings) {
    return settings.runtime_directory / "operators.socket";
}
inline std::filesystem::path gateway_socket(const Settings& settings) {
    return settings.runtime_directory /
           ("gateway-" + std::to_string(settings.gateway.number) + ".socket");
}

}  // namespace carbonx
