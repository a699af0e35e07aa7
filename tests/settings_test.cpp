// The settings file: every key known, every mistake named with its line.

#include <catch2/catch.hpp>
#include <fstream>

#include "engine/api/address.h"
#include "engine/api/password.h"
#include "engine/api/settings.h"
#include "tests/engine_host.h"
#include "tests/secret.h"

using namespace carbonx;
using carbonx::tests::secret_hash;
using carbonx::tests::TestDirectory;

namespace {

const std::filesystem::path demo_file = CARBONX_SOURCE_DIRECTORY "/tools/demo-data/venue.toml";

const std::string venue = R"([venue]
name = "test"
data_directory = "data"
runtime_directory = "/dev/shm/test"
log_directory = "log"
)";  // five lines

class SettingsFile {
public:
    explicit SettingsFile(const std::string& text) : path(directory_.path() / "venue.toml") {
        std::ofstream(path) << text;
    }

private:
    TestDirectory directory_;

public:
    const std::filesystem::path path;
};

// What is wrong with these lines behind [venue], without the file's name.
std::string complaint(const std::string& lines) {
    const SettingsFile file(venue + lines);
    try {
        load_settings(file.path);
    } catch (const std::exception& error) {
        const std::string what = error.what();
        CHECK(what.find('\n') == std::string::npos);
        REQUIRE(what.find(file.path.string()) == 0);
        return what.substr(file.path.string().size() + 1);
    }
    return "";
}

}  // namespace

TEST_CASE("settings: the demo's file is right, and says what is so without it") {
    const Settings demo = load_settings(demo_file);
    const Settings none = load_settings(SettingsFile(venue).path);

    CHECK(demo.engine.durability == none.engine.durability);
    CHECK(demo.engine.segment_bytes == none.engine.segment_bytes);
    CHECK(demo.engine.event_window_slots == none.engine.event_window_slots);
    CHECK(demo.engine.ring_slots == none.engine.ring_slots);
    CHECK(demo.engine.gateways == none.engine.gateways);
    CHECK(demo.engine.source_silence_ms == none.engine.source_silence_ms);
    CHECK(demo.engine.disk_low_mib == none.engine.disk_low_mib);
    CHECK(demo.engine.lock_memory == none.engine.lock_memory);
    CHECK(demo.engine.capacities == none.engine.capacities);
    CHECK(demo.gateway.listen.port == none.gateway.listen.port);
    CHECK(demo.gateway.plaintext_outside_loopback == none.gateway.plaintext_outside_loopback);
    CHECK(!demo.gateway.tls);
    CHECK(demo.gateway.comp_id == none.gateway.comp_id);
    CHECK(demo.gateway.cancel_grace_ms == none.gateway.cancel_grace_ms);
    CHECK(demo.gateway.heartbeat_min_s == none.gateway.heartbeat_min_s);
    CHECK(demo.gateway.heartbeat_max_s == none.gateway.heartbeat_max_s);
    CHECK(demo.gateway.connections_max == none.gateway.connections_max);
    CHECK(demo.gateway.connections_per_address_max == none.gateway.connections_per_address_max);
    CHECK(demo.gateway.logon_timeout_ms == none.gateway.logon_timeout_ms);
    CHECK(demo.gateway.output_queue_kib == none.gateway.output_queue_kib);
    CHECK(demo.marketdata.interface == none.marketdata.interface);
    CHECK(demo.marketdata.ttl == none.marketdata.ttl);
    REQUIRE(demo.marketdata.channels.size() == 1);
    CHECK(demo.marketdata.channels[0] == none.marketdata.channels[0]);
    CHECK(demo.marketdata.channels[0].stream.line_a.port == 26400);
    CHECK(demo.marketdata.carbon == none.marketdata.carbon);
    CHECK(demo.marketdata.recovery.requests_per_second ==
          none.marketdata.recovery.requests_per_second);
    CHECK(demo.marketdata.recovery.snapshot_clients_max ==
          none.marketdata.recovery.snapshot_clients_max);
    REQUIRE(demo.marketdata.recovery.users.size() == 1);
    CHECK(none.marketdata.recovery.users.empty());
    CHECK(demo.utc_offset_minutes == none.utc_offset_minutes);
    CHECK(demo.gateway.schedule == none.gateway.schedule);
    REQUIRE(demo.gateway.sessions.size() == 8);
    CHECK(demo.gateway.sessions[0].comp_id == "BROKER1");
    CHECK(demo.gateway.sessions[4].comp_id == "SPARE");
    CHECK(demo.gateway.sessions[5].comp_id == "SPARE2");
    CHECK(demo.gateway.sessions[6].comp_id == "COPY1");
    CHECK(demo.gateway.sessions[6].role == SessionRole::drop_copy);
    CHECK(demo.gateway.sessions[7].comp_id == "SPARECOPY");
    CHECK(demo.gateway.sessions[7].role == SessionRole::drop_copy);
}

TEST_CASE("settings: each kind of mistake is named with its line and the mend") {
    CHECK(complaint("[engine]\nsegment_size = 64\n")
              .find("7: [engine] segment_size is unknown; known here: "
                    "archive, capacities, disk_low_mib, durability") == 0);
    CHECK(complaint("[engin]\n") ==
          "6: engin is unknown; known here: engine, gateway, marketdata, venue");
    CHECK(complaint("[engine]\n\nsegment_mib = 0\n") ==
          "8: [engine] segment_mib = 0 is out of range: from 1 to 4096");
    CHECK(complaint("[engine]\nsegment_mib = \"64\"\n") ==
          "7: [engine] segment_mib must be a whole number");
    CHECK(complaint("[engine]\nsegment_mib = 6.4\n") ==
          "7: [engine] segment_mib must be a whole number");
    CHECK(complaint("[engine]\nring_slots = 1000\n") ==
          "7: [engine] ring_slots must be a power of two");
    CHECK(complaint("[engine]\nlock_memory = 1\n") ==
          "7: [engine] lock_memory must be true or false");
    CHECK(complaint("[engine]\ndurability = \"disc\"\n") ==
          "7: [engine] durability = \"disc\" is not one of \"disk\", \"memory\"");
    CHECK(complaint("[engine.sequencer]\nidle = \"nap\"\n") ==
          "7: [engine.sequencer] idle = \"nap\" is not one of \"spin\", \"yield\", \"sleep\"");
    CHECK(complaint("[engine]\nsequencer = 1\n") ==
          "7: [engine] sequencer must be a table: [engine.sequencer]");
    CHECK(complaint("[gateway]\nlisten = \"localhost\"\n") ==
          "7: [gateway] listen must be \"address:port\", for example \"127.0.0.1:9880\"");
    CHECK(complaint("[gateway]\nlisten = \"127.0.0.1:99999\"\n")
              .find("7: [gateway] listen must be") == 0);
    CHECK(complaint("[gateway]\nheartbeat_min_s = 61\n") ==
          "7: [gateway] heartbeat_min_s is above heartbeat_max_s");
    CHECK(complaint("[gateway]\n[gateway.session]\ncomp_id = \"A\"\n") ==
          "7: [gateway] session must be tables, each headed [[gateway.session]]");
    CHECK(complaint("[[gateway.session]]\ncomp_id = \"A\"\n") ==
          "7: [gateway.session] comp_id = \"A\" shows nothing at logon: add password_hash or "
          "certificates, or both");
    CHECK(complaint("[[gateway.session]]\ncomp_id = \"A\"\npassword_hash = \"secret\"\n") ==
          "8: [gateway.session] password_hash must be what `carbonx-admin hash-password` prints: "
          "scrypt:cost:block:parallel:salt:hash");
    CHECK(complaint("[[gateway.session]]\ncomp_id = \"A\"\npassword = \"secret\"\n")
              .find("shows nothing at logon") != std::string::npos);
    const std::string session = "[[gateway.session]]\ncomp_id = \"A\"\npassword_hash = \"" +
                                std::string(secret_hash) + "\"\n";
    CHECK(complaint(session) == "");
    CHECK(complaint(session + session) ==
          "10: [gateway.session] comp_id = \"A\" stands in the file twice");
    CHECK(complaint(session + "allowed_addresses = [1]\n") ==
          "9: [gateway.session] allowed_addresses must hold texts in \"quotes\" only");
    CHECK(complaint("[[engine.operators]]\nuid = -1\nname = \"a\"\n") ==
          "7: [engine.operators] uid = -1 is out of range: from 0 to 4294967295");
    CHECK(complaint("[gateway.schedule]\nopen = \"8:00\"\n") ==
          "7: [gateway.schedule] open must be a time of day from \"00:00\" to \"24:00\"");
    CHECK(complaint("[gateway.schedule]\nclose = \"24:01\"\n") ==
          "7: [gateway.schedule] close must be a time of day from \"00:00\" to \"24:00\"");
    CHECK(complaint("[gateway.schedule]\nopen = \"24:00\"\n") ==
          "7: [gateway.schedule] open must be before \"24:00\"");
    CHECK(complaint("[gateway.schedule]\nopen = \"09:00\"\nclose = \"09:00\"\n") ==
          "8: [gateway.schedule] close is when it opens: for always, leave both out");
    CHECK(complaint("[gateway.schedule]\ndays = [\"Monday\"]\n") ==
          "7: [gateway.schedule] days = \"Monday\" is not one of \"Mon\", \"Tue\", \"Wed\", "
          "\"Thu\", \"Fri\", \"Sat\", \"Sun\"");
    CHECK(complaint("[gateway.schedule]\ndays = []\n") ==
          "7: [gateway.schedule] days is empty: it would never open");
    CHECK(complaint("[gateway.schedule]\nreset = \"24:00\"\n") ==
          "7: [gateway.schedule] reset must be before \"24:00\", or \"none\"");
    CHECK(complaint("[gateway]\ncomp_id = \"A\\u00018\"\n") ==
          "7: [gateway] comp_id has a control character: leave it out");
    CHECK(complaint("[engine]\nsegment_mib = \n").find("7: ") == 0);              // not TOML
    CHECK(complaint("[engine]\ngateways = 1\ngateways = 2\n").find("8: ") == 0);  // a key twice
}

TEST_CASE("settings: each stream of the feed has its own groups, each instrument one channel") {
    const auto channel = [](const char* number, const char* group, const char* instruments) {
        return std::string("[[marketdata.channel]]\nnumber = ") + number + "\nline_a = \"" + group +
               ":26400\"\nline_b = \"" + group + ":26400\"\nrerequest = \"127.0.0.1:" + number +
               "\"\n" + "snapshot = \"127.0.0.1:" + number + "\"\ninstruments = [" + instruments +
               "]\n";
    };
    const std::string rest = channel("1", "239.1.1.1", "");
    CHECK(complaint(rest) == "");
    CHECK(complaint(rest + channel("2", "239.1.1.2", "\"G\", \"V4\"")) == "");
    CHECK(complaint(channel("1", "239.1.1.1", "\"G\""))
              .find("[marketdata] channel must also have one "
                    "with no instruments listed") != std::string::npos);
    CHECK(complaint(rest + channel("2", "239.1.1.2", ""))
              .find("instruments is empty in two channels") != std::string::npos);
    CHECK(complaint(rest + channel("1", "239.1.1.2", "\"G\""))
              .find("number stands in the file twice") != std::string::npos);
    CHECK(complaint(rest + channel("2", "239.1.1.2", "\"G\"") + channel("3", "239.1.1.3", "\"G\""))
              .find("instruments has \"G\", which another channel has") != std::string::npos);
    CHECK(complaint(rest + channel("2", "239.1.1.1", "\"G\""))
              .find("line 239.1.1.1:26400 is of two streams: give each its own") !=
          std::string::npos);
    CHECK(complaint(rest + channel("2", "127.0.0.1", "\"G\""))
              .find("line_a must be a multicast group and a port") != std::string::npos);
    CHECK(complaint("[[marketdata.channel]]\nnumber = 1\n").find("line_a is missing") !=
          std::string::npos);
    CHECK(complaint("[[marketdata.recovery.user]]\nname = \"TOOLONG\"\npassword_hash = \"\"\n")
              .find("name") != std::string::npos);
    const auto user = [](const std::string& name) {
        return "[[marketdata.recovery.user]]\nname = \"" + name + "\"\npassword_hash = \"" +
               to_text(hash_password("password", {2, 1, 1, {}, {}})) + "\"\n";
    };
    CHECK(complaint(user("A") + user("B")) == "");
    CHECK(complaint(user("A") + user("A")).find("name = \"A\" stands in the file twice") !=
          std::string::npos);
    CHECK(complaint(user("A ")).find("name must not begin or end with a space") !=
          std::string::npos);
}

TEST_CASE("settings: addresses outside loopback are for TLS, unless plaintext is allowed there") {
    const std::string tls =
        "[gateway.tls]\nlisten = \"0.0.0.0:9881\"\ncertificate_chain = \"venue.pem\"\n"
        "private_key = \"/keys/venue.key\"\n";
    const std::string outside =
        "is outside loopback and without TLS: listen there by [gateway.tls], or say "
        "plaintext_outside_loopback = true";
    for (const char* address : {"0.0.0.0", "192.168.1.1", "::", "fe80::1", "128.0.0.1"}) {
        const std::string listen = "[gateway]\nlisten = \"" + std::string(address) + ":9880\"\n";
        CHECK(complaint(listen) == "7: [gateway] listen " + outside);
        CHECK(complaint(listen + tls) == "7: [gateway] listen " + outside);
        CHECK(complaint(listen + "plaintext_outside_loopback = true\n") == "");
    }
    for (const char* address : {"127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"}) {
        CHECK(complaint("[gateway]\nlisten = \"" + std::string(address) + ":9880\"\n") == "");
    }
    CHECK(complaint("[gateway]\nlisten = \"localhost:9880\"\n") ==
          "7: [gateway] listen must begin with an IP address");

    const SettingsFile file(venue + tls);
    const Settings settings = load_settings(file.path);
    REQUIRE(settings.gateway.tls);
    CHECK(settings.gateway.tls->listen.address == "0.0.0.0");
    CHECK(settings.gateway.tls->listen.port == 9881);
    CHECK(settings.gateway.tls->certificate_chain == file.path.parent_path() / "venue.pem");
    CHECK(settings.gateway.tls->private_key == "/keys/venue.key");
    CHECK(settings.gateway.tls->client_ca.empty());
    CHECK(settings.gateway.listen.address == "127.0.0.1");

    CHECK(complaint("[gateway.tls]\nlisten = \"0.0.0.0:9881\"\n") ==
          "6: [gateway.tls] certificate_chain is missing: add it");
    CHECK(complaint("[gateway.tls]\nlisten = \"venue:9881\"\ncertificate_chain = \"a\"\n"
                    "private_key = \"b\"\n") ==
          "7: [gateway.tls] listen must begin with an IP address");
}

TEST_CASE("settings: a session shows a password, a certificate that is known, or both") {
    const std::string tls =
        "[gateway.tls]\nlisten = \"127.0.0.1:9881\"\ncertificate_chain = \"a\"\n"
        "private_key = \"b\"\n";
    const std::string session = "[[gateway.session]]\ncomp_id = \"A\"\n";
    const std::string hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    std::string printed;  // as openssl does
    for (std::size_t i = 0; i < hex.size(); ++i) {
        if (i > 0 && i % 2 == 0) printed += ':';
        printed += static_cast<char>(std::toupper(hex[i]));
    }
    const std::string both = "certificates = [\"" + hex + "\", \"" + printed + "\"]\n";
    const Settings settings = load_settings(SettingsFile(venue + tls + session + both).path);
    CHECK(settings.gateway.sessions[0].certificates == std::vector<std::string>{hex, hex});
    CHECK(settings.gateway.sessions[0].password_hash.empty());
    CHECK(complaint(tls + session + both + "password_hash = \"" + secret_hash + "\"\n") == "");

    CHECK(complaint(session + both) ==
          "8: [gateway.session] certificates can be shown by TLS only: add [gateway.tls]");
    CHECK(complaint(tls + session + "certificates = []\n").find("11: [gateway.session] comp_id") ==
          0);
    for (const std::string& wrong :
         {hex.substr(2), hex + "ab", std::string(64, 'g'), printed.substr(0, 94),
          std::string(95, 'a'), std::string("sha256")}) {
        CHECK(complaint(tls + session + "certificates = [\"" + wrong + "\"]\n") ==
              "12: [gateway.session] certificates must be what `carbonx-admin certificate FILE` "
              "prints: 64 hex digits");
    }
}

TEST_CASE("settings: allowed addresses are addresses and prefixes") {
    const auto complaint_of = [](const std::string& address) {
        return complaint("[[gateway.session]]\ncomp_id = \"A\"\npassword_hash = \"" +
                         std::string(secret_hash) + "\"\nallowed_addresses = [\"" + address +
                         "\"]\n");
    };
    for (const char* right : {"10.1.2.3", "10.1.0.0/16", "10.1.2.3/32", "0.0.0.0/0", "::1",
                              "2001:db8::/32", "2001:db8::1/128", "::/0"}) {
        CHECK(complaint_of(right) == "");
    }
    for (const char* wrong : {"localhost", "10.1.2", "10.1.2.3.4", "10.1.2.256", "10.1.*.*",
                              ":::", "10.1.2.3 ", "/16"}) {
        CHECK(complaint_of(wrong) ==
              "9: [gateway.session] allowed_addresses = \"" + std::string(wrong) +
                  "\" is no address, such as \"10.1.2.3\", and no prefix, such as \"10.1.0.0/16\"");
    }
    for (const char* wrong : {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "10.0.0.0/-1"}) {
        CHECK(complaint_of(wrong) == "9: [gateway.session] allowed_addresses = \"" +
                                         std::string(wrong) +
                                         "\" must have 0 to 32 bits behind the slash");
    }
    CHECK(complaint_of("::/129").find("must have 0 to 128 bits") != std::string::npos);
    for (const char* wrong : {"10.1.2.3/16", "10.1.128.0/16", "2001:db8::1/32"}) {
        CHECK(complaint_of(wrong) == "9: [gateway.session] allowed_addresses = \"" +
                                         std::string(wrong) +
                                         "\" has ones behind the prefix: make them zero, or leave "
                                         "the slash out");
    }
}

TEST_CASE("settings: an address is within a prefix by its first bits alone") {
    const auto within = [](const char* address, const char* prefix) {
        return is_within(address, parse_address_prefix(prefix));
    };
    CHECK(within("10.1.2.3", "10.1.2.3"));
    CHECK(!within("10.1.2.4", "10.1.2.3"));
    CHECK(within("10.1.255.255", "10.1.0.0/16"));
    CHECK(!within("10.2.0.0", "10.1.0.0/16"));
    CHECK(within("10.1.31.1", "10.1.16.0/20"));
    CHECK(!within("10.1.32.1", "10.1.16.0/20"));
    CHECK(within("200.1.2.3", "0.0.0.0/0"));
    CHECK(!within("::1", "0.0.0.0/0"));
    CHECK(within("::ffff:10.1.2.3", "10.1.0.0/16"));
    CHECK(within("200.1.2.3", "::/0"));
    CHECK(within("2001:db8:ffff::1", "2001:db8::/32"));
    CHECK(!within("2001:db9::1", "2001:db8::/32"));
    CHECK(within("2001:DB8::1", "2001:db8:0::1"));
    CHECK(!within("", "0.0.0.0/0"));
    CHECK(!within("10.1.2.3x", "0.0.0.0/0"));
}

TEST_CASE("settings: a schedule is minutes of the day, and each key is there as it was written") {
    const Settings settings =
        load_settings(SettingsFile(venue +
                                   "[gateway.schedule]\nopen = \"07:30\"\nclose = \"02:05\"\n"
                                   "days = [\"Mon\", \"Sun\"]\nreset = \"04:00\"\n"
                                   "[[engine.operators]]\nuid = 7\nname = \"alice\"\n"
                                   "[[gateway.session]]\ncomp_id = \"A\"\npassword_hash = \"" +
                                   std::string(secret_hash) + "\"\n")
                          .path);
    CHECK(settings.gateway.schedule == ScheduleSettings{450, 125, 0x41, 240});
    CHECK(settings.written.size() == 9);
    CHECK(settings.written.at("engine.operators").find("'alice'") != std::string::npos);
    CHECK(settings.written.at("venue.log_directory") == "'log'");
    CHECK(settings.written.at("gateway.schedule.days") == "[ 'Mon', 'Sun' ]");
}

TEST_CASE("settings: what must be given is asked for, and a missing file is named") {
    const SettingsFile file("[venue]\nname = \"test\"\n");
    CHECK_THROWS_WITH(load_settings(file.path),
                      file.path.string() + ":1: [venue] data_directory is missing: add it");
    CHECK_THROWS_WITH(load_settings("/nowhere/venue.toml"),
                      "/nowhere/venue.toml: no such settings file: name one with --settings");
}

TEST_CASE("settings: paths are relative to the file, or all inside the directory that is given") {
    const SettingsFile file(venue);
    const Settings settings = load_settings(file.path);
    CHECK(settings.data_directory == file.path.parent_path() / "data");
    CHECK(settings.runtime_directory == "/dev/shm/test");

    const TestDirectory one, two;
    const Settings first = load_settings(file.path, one.path());
    CHECK(first.data_directory == one.path() / "data");
    CHECK(first.log_directory == one.path() / "log");
    CHECK(first.runtime_directory.parent_path() == "/dev/shm");
    CHECK(first.runtime_directory == load_settings(file.path, one.path() / ".").runtime_directory);
    CHECK(first.runtime_directory != load_settings(file.path, two.path()).runtime_directory);
}
