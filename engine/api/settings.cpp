#include "engine/api/settings.h"

#include <arpa/inet.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <limits>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>

#include "engine/api/address.h"
#include "engine/api/certificate.h"
#include "engine/api/checksum.h"
#include "engine/api/password.h"

namespace carbonx {
namespace {

// One table of the file: reads its keys, and knows at the end which of them nobody asked for.
class Section {
public:
    Section(const toml::table& table, std::string name, const std::filesystem::path& file)
        : table_(table), name_(std::move(name)), file_(file) {}

    template <class T>
    void integer(const char* key, T& value, T least, T most) {
        const toml::node* node = find(key);
        if (node == nullptr) return;
        const auto number = node->value_exact<int64_t>();
        if (!number) fail(*node, key, "must be a whole number");
        if (*number < int64_t{least} || *number > int64_t{most}) {
            fail(*node, key,
                 "= " + std::to_string(*number) + " is out of range: from " +
                     std::to_string(least) + " to " + std::to_string(most));
        }
        value = static_cast<T>(*number);
    }
    void power_of_two(const char* key, uint32_t& value, uint32_t least, uint32_t most) {
        integer(key, value, least, most);
        if ((value & (value - 1)) != 0) fail(*find(key), key, "must be a power of two");
    }
    void boolean(const char* key, bool& value) {
        const toml::node* node = find(key);
        if (node == nullptr) return;
        const auto found = node->value_exact<bool>();
        if (!found) fail(*node, key, "must be true or false");
        value = *found;
    }
    void text(const char* key, std::string& value, std::size_t least, std::size_t most) {
        const toml::node* node = find(key);
        if (node == nullptr) return;
        const auto found = node->value_exact<std::string>();
        if (!found) fail(*node, key, "must be a text in \"quotes\"");
        if (found->size() < least || found->size() > most) {
            fail(*node, key,
                 "must have " + std::to_string(least) + " to " + std::to_string(most) +
                     " characters");
        }
        // One of them would end a field of FIX, or a line of the log.
        const auto is_control = [](unsigned char c) { return c < ' ' || c == 127; };
        if (std::any_of(found->begin(), found->end(), is_control)) {
            fail(*node, key, "has a control character: leave it out");
        }
        value = *found;
    }
    void texts(const char* key, std::vector<std::string>& values) {
        const toml::node* node = find(key);
        if (node == nullptr) return;
        const toml::array* array = node->as_array();
        if (array == nullptr) fail(*node, key, "must be a list of texts: [\"one\", \"two\"]");
        values.clear();
        for (const toml::node& element : *array) {
            const auto found = element.value_exact<std::string>();
            if (!found || found->empty()) fail(element, key, "must hold texts in \"quotes\" only");
            values.push_back(*found);
        }
    }
    // Whether the value is what it should be: `parse` throws the end of a sentence if not.
    template <class Parse>
    void check(const char* key, const std::string& value, Parse parse) {
        try {
            parse(value);
        } catch (const std::runtime_error& wrong) {
            fail(key, wrong.what());
        }
    }
    // Relative to the file's directory.
    void path(const char* key, std::filesystem::path& value) {
        std::string found;
        text(key, found, 1, 4096);
        if (!found.empty()) value = file_.parent_path() / found;
    }
    void endpoint(const char* key, Endpoint& value) {
        std::string found;
        text(key, found, 1, 300);
        if (found.empty()) return;
        const std::size_t colon = found.rfind(':');
        unsigned port = 0;
        const char* const end = found.data() + found.size();
        const bool valid = colon != std::string::npos && colon > 0 &&
                           std::from_chars(found.data() + colon + 1, end, port) ==
                               std::from_chars_result{end, {}} &&
                           port <= 65535;
        if (!valid)
            fail(*find(key), key, "must be \"address:port\", for example \"127.0.0.1:9880\"");
        value = {found.substr(0, colon), static_cast<uint16_t>(port)};
    }
    // "hh:mm", up to "24:00", as minutes.
    void time_of_day(const char* key, uint32_t& minutes) {
        std::string found;
        text(key, found, 0, 100);
        if (find(key) == nullptr) return;
        const auto digit = [&](std::size_t at) { return static_cast<uint32_t>(found[at] - '0'); };
        bool valid = found.size() == 5 && found[2] == ':';
        for (const std::size_t at : {0U, 1U, 3U, 4U}) valid = valid && digit(at) <= 9;
        if (valid) minutes = (digit(0) * 10 + digit(1)) * 60 + digit(3) * 10 + digit(4);
        if (!valid || digit(3) > 5 || minutes > 1440) {
            fail(*find(key), key, "must be a time of day from \"00:00\" to \"24:00\"");
        }
    }
    template <class T>
    void choice(const char* key, T& value,
                std::initializer_list<std::pair<const char*, T>> choices) {
        std::string found;
        text(key, found, 0, 100);
        if (find(key) == nullptr) return;
        std::string names;
        for (const auto& [choice_name, choice_value] : choices) {
            if (found == choice_name) {
                value = choice_value;
                return;
            }
            names += (names.empty() ? "\"" : ", \"") + std::string(choice_name) + "\"";
        }
        fail(*find(key), key, "= \"" + found + "\" is not one of " + names);
    }

    // A table inside this one; read(section) is not called when it is not there.
    template <class Read>
    void section(const char* key, Read read) {
        const toml::node* node = find(key);
        if (node == nullptr) return;
        const toml::table* table = node->as_table();
        if (table == nullptr) fail(*node, key, "must be a table: [" + full_name(key) + "]");
        read_whole(Section(*table, full_name(key), file_), read);
    }
    // [[tables]] inside this one, in their order.
    template <class Read>
    void sections(const char* key, Read read) {
        const toml::node* node = find(key);
        if (node == nullptr) return;
        const toml::array* array = node->as_array();
        if (array == nullptr || !array->is_homogeneous(toml::node_type::table)) {
            fail(*node, key, "must be tables, each headed [[" + full_name(key) + "]]");
        }
        for (const toml::node& element : *array) {
            read_whole(Section(*element.as_table(), full_name(key), file_), read);
        }
    }

    void require(const char* key) {
        if (find(key) == nullptr) fail(key, "is missing: add it");
    }
    [[noreturn]] void fail(const char* key, const std::string& what) {
        const toml::node* node = find(key);
        fail(node != nullptr ? *node : table_, key, what);
    }
    // Complains of the first key that nobody has read.
    void finish() const {
        for (const auto& [key, node] : table_) {
            if (known_.contains(std::string(key.str()))) continue;
            std::string names;
            for (const std::string& known : known_) names += (names.empty() ? "" : ", ") + known;
            fail(node, std::string(key.str()).c_str(), "is unknown; known here: " + names);
        }
    }

private:
    template <class Read>
    static void read_whole(Section section, Read& read) {
        read(section);
        section.finish();
    }
    std::string full_name(const char* key) const {
        return name_.empty() ? std::string(key) : name_ + "." + key;
    }
    const toml::node* find(const char* key) {
        known_.insert(key);
        return table_.get(key);
    }
    [[noreturn]] void fail(const toml::node& node, const char* key, const std::string& what) const {
        throw std::runtime_error(file_.string() + ":" + std::to_string(node.source().begin.line) +
                                 ": " + (name_.empty() ? "" : "[" + name_ + "] ") + key + " " +
                                 what);
    }

    const toml::table& table_;
    const std::string name_;
    const std::filesystem::path& file_;
    std::set<std::string> known_;
};

void read_thread(Section& section, ThreadSettings& thread) {
    section.integer("core", thread.core, -1, 1023);
    section.choice(
        "idle", thread.idle,
        {{"spin", IdlePolicy::spin}, {"yield", IdlePolicy::yield}, {"sleep", IdlePolicy::sleep}});
}

void read_venue(Section& section, Settings& settings) {
    for (const char* key : {"name", "data_directory", "runtime_directory", "log_directory"}) {
        section.require(key);
    }
    section.text("name", settings.venue, 1, 64);
    section.path("data_directory", settings.data_directory);
    section.path("runtime_directory", settings.runtime_directory);
    section.path("log_directory", settings.log_directory);
    section.integer("utc_offset_minutes", settings.utc_offset_minutes, -720, 840);
}

void read_capacities(Section& section, Capacities& room) {
    constexpr uint32_t most = 1U << 30;
    const auto read = [&](const char* key, uint32_t& value, std::size_t limit) {
        section.integer(key, value, 1U, static_cast<uint32_t>(limit));
    };
    read("participants", room.participants, limits::participants_max);
    read("accounts", room.accounts, limits::accounts_max);
    read("projects", room.projects, limits::instruments_max);
    read("instruments", room.instruments, limits::instruments_max);
    read("counters", room.counters, limits::counters_max);
    read("sessions", room.sessions, limits::sessions_max);
    read("lots", room.lots, most);
    read("positions", room.positions, most);
    read("ranges", room.ranges, most);
    read("orders", room.orders, limits::orders_max);
    read("levels", room.levels, most);
}

void read_engine(Section& section, Settings& settings) {
    EngineSettings& engine = settings.engine;
    section.choice("durability", engine.durability,
                   {{"disk", Durability::disk}, {"memory", Durability::memory}});
    auto segment_mib = static_cast<uint32_t>(engine.segment_bytes >> 20);
    section.integer("segment_mib", segment_mib, 1U, 4096U);
    engine.segment_bytes = uint64_t{segment_mib} << 20;
    section.power_of_two("event_window_slots", engine.event_window_slots, 1U << 10, 1U << 26);
    section.power_of_two("ring_slots", engine.ring_slots, 1U << 6, 1U << 22);
    section.integer("gateways", engine.gateways, 0U,
                    static_cast<uint32_t>(limits::sources_max) - 2);
    section.integer("source_silence_ms", engine.source_silence_ms, 10U, 600'000U);
    section.integer("disk_low_mib", engine.disk_low_mib, 0U, 1U << 30);
    section.boolean("lock_memory", engine.lock_memory);
    section.section("sequencer", [&](Section& thread) { read_thread(thread, engine.sequencer); });
    section.section("journal", [&](Section& thread) { read_thread(thread, engine.journal); });
    section.section("capacities", [&](Section& room) { read_capacities(room, engine.capacities); });
    section.section("snapshots", [&](Section& snapshots) {
        snapshots.integer("minutes", engine.snapshot_minutes, 0U, 10'000U);
        snapshots.integer("commands", engine.snapshot_commands, 1U, 1U << 31);
        snapshots.integer("kept", engine.snapshots_kept, 1U, 1000U);
    });
    section.section("archive", [&](Section& archive) {
        archive.path("directory", settings.archive_directory);
        archive.integer("days", engine.archive_days, 0U, 36'500U);
    });
    section.sections("operators", [&](Section& entry) {
        OperatorSettings& person = engine.operators.emplace_back();
        entry.require("uid");
        entry.require("name");
        entry.integer("uid", person.uid, 0U, std::numeric_limits<uint32_t>::max());
        entry.text("name", person.name, 1, 64);
    });
}

void read_throttle(Section& section, ThrottleSettings& throttle) {
    const auto read = [&](const char* key, uint32_t& value) {
        section.integer(key, value, 0U, 1'000'000U);
    };
    read("session_orders", throttle.session.orders);
    read("session_cancels", throttle.session.cancels);
    read("session_answers", throttle.session.answers);
    read("firm_orders", throttle.firm.orders);
    read("firm_cancels", throttle.firm.cancels);
    read("refused_max", throttle.refused_max);
}

void read_fix_session(Section& section, GatewaySettings& gateway) {
    FixSessionSettings& session = gateway.sessions.emplace_back();
    section.require("comp_id");
    section.text("comp_id", session.comp_id, 1, 24);
    section.text("password_hash", session.password_hash, 1, 256);
    if (!session.password_hash.empty()) {
        section.check("password_hash", session.password_hash, parse_password_hash);
    }
    section.texts("certificates", session.certificates);
    for (std::string& one : session.certificates) {
        section.check("certificates", one,
                      [&](const std::string& text) { one = parse_fingerprint(text); });
    }
    if (session.password_hash.empty() && session.certificates.empty()) {
        section.fail("comp_id", "= \"" + session.comp_id +
                                    "\" shows nothing at logon: add password_hash or "
                                    "certificates, or both");
    }
    if (!session.certificates.empty() && !gateway.tls) {
        section.fail("certificates", "can be shown by TLS only: add [gateway.tls]");
    }
    section.choice(
        "role", session.role,
        {{"order_entry", SessionRole::order_entry}, {"drop_copy", SessionRole::drop_copy}});
    section.boolean("cancel_on_disconnect", session.cancel_on_disconnect);
    section.boolean("reset_on_logon", session.reset_on_logon);
    section.texts("allowed_addresses", session.allowed_addresses);
    for (const std::string& one : session.allowed_addresses) {
        section.check("allowed_addresses", one, parse_address_prefix);
    }
    const auto same = [&](const FixSessionSettings& other) {
        return other.comp_id == session.comp_id;
    };
    if (std::count_if(gateway.sessions.begin(), gateway.sessions.end(), same) > 1) {
        section.fail("comp_id", "= \"" + session.comp_id + "\" stands in the file twice");
    }
}

void read_schedule(Section& section, ScheduleSettings& schedule) {
    section.time_of_day("open", schedule.open_minute);
    section.time_of_day("close", schedule.close_minute);
    if (schedule.open_minute == 1440) section.fail("open", "must be before \"24:00\"");
    if (schedule.open_minute == schedule.close_minute) {
        section.fail("close", "is when it opens: for always, leave both out");
    }
    constexpr std::array names{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    std::vector<std::string> days(names.begin(), names.end());
    section.texts("days", days);
    if (days.empty()) section.fail("days", "is empty: it would never open");
    schedule.days = 0;
    for (const std::string& day : days) {
        const auto* const found = std::find(names.begin(), names.end(), day);
        if (found == names.end()) {
            section.fail("days", "= \"" + day +
                                     "\" is not one of \"Mon\", \"Tue\", \"Wed\", \"Thu\", "
                                     "\"Fri\", \"Sat\", \"Sun\"");
        }
        schedule.days |= static_cast<uint8_t>(1U << (found - names.begin()));
    }
    std::string reset = "none";
    section.text("reset", reset, 0, 100);
    if (reset == "none") return;
    schedule.reset_minute = 0;
    section.time_of_day("reset", *schedule.reset_minute);
    if (schedule.reset_minute == 1440)
        section.fail("reset", "must be before \"24:00\", or \"none\"");
}

void read_tls(Section& section, TlsSettings& tls) {
    for (const char* key : {"listen", "certificate_chain", "private_key"}) section.require(key);
    section.endpoint("listen", tls.listen);
    if (!is_loopback(tls.listen.address)) section.fail("listen", "must begin with an IP address");
    section.path("certificate_chain", tls.certificate_chain);
    section.path("private_key", tls.private_key);
    section.path("client_ca", tls.client_ca);
}

void read_listen(Section& section, GatewaySettings& gateway) {
    section.endpoint("listen", gateway.listen);
    section.boolean("plaintext_outside_loopback", gateway.plaintext_outside_loopback);
    section.section("tls", [&](Section& tls) { read_tls(tls, gateway.tls.emplace()); });
    const auto within = is_loopback(gateway.listen.address);
    if (!within) section.fail("listen", "must begin with an IP address");
    if (*within || gateway.plaintext_outside_loopback) return;
    section.fail("listen",
                 "is outside loopback and without TLS: listen there by [gateway.tls], or say "
                 "plaintext_outside_loopback = true");
}

void read_gateway(Section& section, GatewaySettings& gateway) {
    read_listen(section, gateway);
    section.text("comp_id", gateway.comp_id, 1, 24);
    section.integer("number", gateway.number, 1U, static_cast<uint32_t>(limits::sources_max) - 2);
    section.integer("cancel_grace_ms", gateway.cancel_grace_ms, 0U, 86'400'000U);
    section.integer("heartbeat_min_s", gateway.heartbeat_min_s, 1U, 3600U);
    section.integer("heartbeat_max_s", gateway.heartbeat_max_s, 1U, 3600U);
    if (gateway.heartbeat_min_s > gateway.heartbeat_max_s) {
        section.fail("heartbeat_min_s", "is above heartbeat_max_s");
    }
    section.integer("connections_max", gateway.connections_max, 1U, 1U << 20);
    section.integer("connections_per_address_max", gateway.connections_per_address_max, 1U,
                    1U << 20);
    section.integer("logon_timeout_ms", gateway.logon_timeout_ms, 100U, 600'000U);
    section.integer("output_queue_kib", gateway.output_queue_kib, 256U, 1U << 20);
    section.section("thread", [&](Section& thread) { read_thread(thread, gateway.thread); });
    section.section("schedule", [&](Section& table) { read_schedule(table, gateway.schedule); });
    section.section("throttle", [&](Section& part) { read_throttle(part, gateway.throttle); });
    section.sections("session", [&](Section& entry) { read_fix_session(entry, gateway); });
}

void read_line(Section& section, const char* key, Endpoint& line) {
    section.endpoint(key, line);
    in_addr group{};
    const bool is_group = ::inet_pton(AF_INET, line.address.c_str(), &group) == 1 &&
                          (ntohl(group.s_addr) >> 28) == 0xE && line.port != 0;
    if (is_group) return;
    section.fail(key, "must be a multicast group and a port, for example \"239.192.1.1:26400\"");
}

void read_stream(Section& section, StreamSettings& stream) {
    read_line(section, "line_a", stream.line_a);
    read_line(section, "line_b", stream.line_b);
    section.endpoint("rerequest", stream.rerequest);
    section.endpoint("snapshot", stream.snapshot);
}

void read_channel(Section& section, std::vector<ChannelSettings>& channels) {
    ChannelSettings channel;
    for (const char* key : {"number", "line_a", "line_b", "rerequest", "snapshot"}) {
        section.require(key);
    }
    section.integer("number", channel.number, 1U, 99U);
    read_stream(section, channel.stream);
    section.texts("instruments", channel.instruments);
    for (const ChannelSettings& other : channels) {
        if (other.number == channel.number) section.fail("number", "stands in the file twice");
        if (other.instruments.empty() && channel.instruments.empty()) {
            section.fail("instruments",
                         "is empty in two channels: only one can have all that no other has");
        }
        for (const std::string& name : channel.instruments) {
            if (std::ranges::count(other.instruments, name) > 0) {
                section.fail("instruments", "has \"" + name + "\", which another channel has");
            }
        }
    }
    channels.push_back(std::move(channel));
}

void read_recovery(Section& section, RecoverySettings& recovery) {
    section.section("thread", [&](Section& thread) { read_thread(thread, recovery.thread); });
    section.texts("allowed_addresses", recovery.allowed_addresses);
    for (const std::string& one : recovery.allowed_addresses) {
        section.check("allowed_addresses", one, parse_address_prefix);
    }
    section.integer("requests_per_second", recovery.requests_per_second, 0U, 1'000'000U);
    section.integer("snapshot_clients_max", recovery.snapshot_clients_max, 1U, 10'000U);
    section.sections("user", [&](Section& entry) {
        SnapshotUserSettings& user = recovery.users.emplace_back();
        for (const char* key : {"name", "password_hash"}) entry.require(key);
        entry.text("name", user.name, 1, 6);
        if (user.name.front() == ' ' || user.name.back() == ' ') {
            entry.fail("name", "must not begin or end with a space: a login pads it with spaces");
        }
        if (std::ranges::count(recovery.users, user.name, &SnapshotUserSettings::name) > 1) {
            entry.fail("name", "= \"" + user.name + "\" stands in the file twice");
        }
        entry.text("password_hash", user.password_hash, 1, 256);
        entry.check("password_hash", user.password_hash, parse_password_hash);
    });
}

// Two streams on one group would reach everybody who wants only one of them. A stream's own two
// lines may be one, where there is only one network.
void check_addresses(Section& section, const MarketDataSettings& marketdata) {
    std::vector<StreamSettings> streams{marketdata.carbon};
    for (const ChannelSettings& channel : marketdata.channels) streams.push_back(channel.stream);
    std::map<std::string, std::size_t> users;
    for (std::size_t i = 0; i < streams.size(); ++i) {
        const auto use = [&](const char* what, const Endpoint& at) {
            const std::string text = at.address + ":" + std::to_string(at.port);
            const auto [user, added] = users.try_emplace(what + (" " + text), i);
            if (at.port == 0 || added || user->second == i) return;
            section.fail("channel", std::string("and carbon: ") + what + " " + text +
                                        " is of two streams: give each its own");
        };
        use("line", streams[i].line_a);
        use("line", streams[i].line_b);
        use("rerequest", streams[i].rerequest);
        use("snapshot", streams[i].snapshot);
    }
}

void read_marketdata(Section& section, MarketDataSettings& marketdata) {
    section.text("interface", marketdata.interface, 1, 64);
    section.integer("ttl", marketdata.ttl, uint8_t{0}, uint8_t{255});
    section.section("thread", [&](Section& thread) { read_thread(thread, marketdata.thread); });
    std::vector<ChannelSettings> channels;
    section.sections("channel", [&](Section& entry) { read_channel(entry, channels); });
    if (!channels.empty()) {
        const auto rest = [](const ChannelSettings& one) { return one.instruments.empty(); };
        if (std::ranges::none_of(channels, rest)) {
            section.fail("channel",
                         "must also have one with no instruments listed, for all that "
                         "are in no other");
        }
        marketdata.channels = std::move(channels);
    }
    section.section("carbon", [&](Section& carbon) { read_stream(carbon, marketdata.carbon); });
    check_addresses(section, marketdata);
    section.section("recovery", [&](Section& part) { read_recovery(part, marketdata.recovery); });
}

toml::table parse(const std::filesystem::path& file) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) {
        throw std::runtime_error(file.string() +
                                 ": no such settings file: name one with --settings");
    }
    try {
        return toml::parse_file(file.string());
    } catch (const toml::parse_error& wrong) {
        std::string what(wrong.description());
        std::replace(what.begin(), what.end(), '\n', ' ');
        throw std::runtime_error(file.string() + ":" + std::to_string(wrong.source().begin.line) +
                                 ": " + what);
    }
}

void note_written(const toml::table& table, const std::string& prefix,
                  std::map<std::string, std::string>& written) {
    for (const auto& [key, node] : table) {
        const std::string name = prefix + std::string(key.str());
        if (const toml::table* const inner = node.as_table()) {
            note_written(*inner, name + ".", written);
        } else if (name != "gateway.session") {
            std::ostringstream text;
            text << toml::node_view<const toml::node>(node);
            written[name] = text.str();
        }
    }
}

// Everything inside one directory, but what must be shared memory: that has a name of its own, and
// the same one for all processes that are given the same directory.
void move_into(const std::filesystem::path& directory, Settings& settings) {
    const auto whole = std::filesystem::weakly_canonical(std::filesystem::absolute(directory));
    const std::string text = whole.string();
    char name[9];
    std::snprintf(name, sizeof name, "%08x", crc32c(text.data(), text.size()));
    settings.data_directory = whole / "data";
    settings.log_directory = whole / "log";
    if (!settings.archive_directory.empty()) settings.archive_directory = whole / "archive";
    settings.runtime_directory =
        std::filesystem::path("/dev/shm") / (std::string("carbonx-") + name);
}

}  // namespace

Settings load_settings(const std::filesystem::path& file, const std::filesystem::path& directory) {
    const toml::table table = parse(file);
    Settings settings;
    Section whole(table, "", file);
    whole.require("venue");
    whole.section("venue", [&](Section& section) { read_venue(section, settings); });
    whole.section("engine", [&](Section& section) { read_engine(section, settings); });
    whole.section("gateway", [&](Section& section) { read_gateway(section, settings.gateway); });
    whole.section("marketdata",
                  [&](Section& section) { read_marketdata(section, settings.marketdata); });
    whole.finish();
    note_written(table, "", settings.written);
    if (!directory.empty()) move_into(directory, settings);
    return settings;
}

}  // namespace carbonx
