// The snapshot server at its door, stepped by hand over real sockets: who is let in, how it is
// told, and that nobody takes more of it than is his.
#include <sys/resource.h>

#include <fstream>

#include "tests/captured_log.h"
#include "tests/glimpse_venue.h"

namespace carbonx::tests {
namespace {

constexpr const char* today = "2026112301";

struct OpenVenue : GlimpseVenue {
    OpenVenue() {
        market.open();
        market.act(50);
        start();
    }
    // What the server says to this before it closes.
    std::string say(const Bytes& bytes) {
        const auto one = client();
        one->send(bytes);
        finish(*one);
        std::string text = one->types();
        if (text == "J") text += static_cast<char>(one->frames()[0].payload.at(0));
        return text;
    }
    std::string log_in(std::string_view user, std::string_view password,
                       std::string_view session = "", std::string_view sequence = "1") {
        return say(GlimpseClient::login(user, password, session, sequence));
    }
    // Time passes, in small steps.
    void pass(uint64_t ns, GlimpseClient& client, std::string_view heartbeat = "") {
        for (uint64_t passed = 0; passed < ns; passed += second / 4) {
            if (!heartbeat.empty()) client.send(heartbeat.front());
            step(second / 4);
        }
    }
};

// A server whose images do not fit into what the system keeps on its way.
struct LargeVenue : OpenVenue {
    LargeVenue() {
        list_many();
        step();
    }
};

Bytes frame(char type, std::string_view payload = {}) {
    Bytes bytes;
    soup::append_frame(bytes, type,
                       {reinterpret_cast<const unsigned char*>(payload.data()), payload.size()});
    return bytes;
}

}  // namespace

TEST_CASE("snapshot: a wrong user or password is not authorised, and the log has no password") {
    const CapturedLog log;
    OpenVenue venue;
    CHECK(venue.log_in("DEMO", "demo-Books") == "JA");
    CHECK(venue.log_in("DEMO", "demo-book") == "JA");
    CHECK(venue.log_in("DEMO", "") == "JA");
    CHECK(venue.log_in("demo", "demo-books") == "JA");
    CHECK(venue.log_in("", "demo-books") == "JA");
    CHECK(venue.log_in("DEMO", std::string_view("demo-boo\0\0", 10)) == "JA");
    CHECK(venue.counters().wrong_password == 6);
    CHECK(venue.counters().logins == 0);
    CHECK(venue.log_in("DEMO", "demo-books") == "ASZ");
    CHECK(log.text.str().find("127.0.0.1 closed: wrong user or password") != std::string::npos);
    CHECK(log.text.str().find("demo-b") == std::string::npos);
}

TEST_CASE("snapshot: a password that was right does not make another one right, nor for another") {
    OpenVenue venue;
    CHECK(venue.log_in("DEMO", "demo-books") == "ASZ");
    CHECK(venue.log_in("DEMO", "demo-bookS") == "JA");
    CHECK(venue.log_in("OTHER", "demo-books") == "JA");
    CHECK(venue.log_in("DEMO", "demo-books") == "ASZ");
}

TEST_CASE("snapshot: fields of a login may be padded with NULs") {
    GlimpseVenue venue;
    venue.settings.marketdata.recovery.users = {
        {"AB", to_text(hash_password("ab", {2, 1, 1, {}, {}}))}};
    venue.market.open();
    venue.start();
    const auto log_in = [&](std::string_view user, std::string_view password) {
        const auto client = venue.client();
        client->log_in(user, password, std::string_view("2026112301\0", 10),
                       std::string_view("1\0\0", 3));
        venue.finish(*client);
        return client->types();
    };
    CHECK(log_in({"AB\0\0\0\0", 6}, {"ab\0\0\0\0\0\0\0\0", 10}) == "ASZ");
    CHECK(log_in("AB", "ab") == "ASZ");
    CHECK(log_in({"AB\0\0\0B", 6}, "ab") == "J");
    CHECK(log_in("AB", {"ab\0b", 4}) == "J");
}

TEST_CASE("snapshot: without users nobody can log in") {
    GlimpseVenue venue;
    venue.settings.marketdata.recovery.users.clear();
    venue.market.open();
    venue.start();
    const auto client = venue.client();
    client->log_in();
    venue.finish(*client);
    CHECK(client->types() == "J");
    CHECK(client->frames()[0].payload == Bytes{'A'});
}

TEST_CASE("snapshot: the session is the present one or blank, the sequence 0 or 1") {
    OpenVenue venue;
    CHECK(venue.log_in("DEMO", "demo-books", today, "1") == "ASZ");
    CHECK(venue.log_in("DEMO", "demo-books", "", "0") == "ASZ");
    CHECK(venue.log_in("DEMO", "demo-books", "", "1                   ") == "ASZ");
    CHECK(venue.log_in("DEMO", "demo-books", "2026112201", "1") == "JS");
    CHECK(venue.log_in("DEMO", "demo-books", "20261123", "1") == "JS");
    CHECK(venue.log_in("DEMO", "demo-books", "", "2") == "JS");
    CHECK(venue.log_in("DEMO", "demo-books", "", "99999999999999999999") == "JS");
    CHECK(venue.log_in("DEMO", "demo-books", "", "-1") == "JS");
    CHECK(venue.log_in("DEMO", "demo-books", "", "") == "JS");
    CHECK(venue.counters().session_not_available == 6);
    // Who is not authorised is not told which sessions there are.
    CHECK(venue.log_in("DEMO", "wrong", "2026112201", "1") == "JA");
}

TEST_CASE("snapshot: before the first trading day there is no session") {
    GlimpseVenue venue;
    venue.start();
    const auto client = venue.client();
    client->log_in();
    venue.finish(*client);
    CHECK(client->types() == "J");
    CHECK(client->frames()[0].payload == Bytes{'S'});
}

TEST_CASE("snapshot: a login may come byte by byte, behind other frames, with bytes to come") {
    OpenVenue venue;
    const auto client = venue.client();
    Bytes bytes = frame('+', "hello");
    const Bytes login = GlimpseClient::login();
    bytes.insert(bytes.end(), login.begin(), login.end());
    for (const unsigned char byte : bytes) {
        client->send(Bytes{byte});
        venue.step();
    }
    venue.finish(*client);
    CHECK(client->types() == "ASZ");

    Bytes longer = login;
    longer[1] = static_cast<unsigned char>(longer[1] + 5);
    longer.insert(longer.end(), {'1', '5', '0', '0', '0'});
    CHECK(venue.say(longer) == "ASZ");
}

TEST_CASE("snapshot: debug, unsequenced data and heartbeats are nobody's business") {
    OpenVenue venue;
    const auto client = venue.client();
    client->send('R');
    client->send('U', "abc");
    client->send('+');
    client->log_in();
    client->send('U');
    client->send('R');
    client->send('+', std::string(255, 'x'));
    venue.finish(*client);
    CHECK(client->types() == "ASZ");
    CHECK(venue.counters().malformed == 0);
}

TEST_CASE("snapshot: what is no frame of a client is closed without a word, and counted") {
    OpenVenue venue;
    CHECK(venue.say({0, 0}) == "");       // no type
    CHECK(venue.say({1, 1, 'L'}) == "");  // 257 bytes
    CHECK(venue.say({0xFF, 0xFF, '+'}) == "");
    CHECK(venue.say(frame('S', "x")) == "");  // a server's
    CHECK(venue.say(frame('x')) == "");
    CHECK(venue.say(frame('L', std::string(45, ' '))) == "");  // too short
    CHECK(venue.counters().malformed == 6);
    Bytes twice = GlimpseClient::login();
    const Bytes again = twice;
    twice.insert(twice.end(), again.begin(), again.end());
    venue.market.act(1);  // so that the first waits
    const auto client = venue.client();
    client->send(twice);
    venue.serve();
    CHECK(venue.counters().malformed == 7);
    CHECK(venue.counters().logins == 0);
}

TEST_CASE("snapshot: a Login Request comes within five seconds") {
    OpenVenue venue;
    const auto silent = venue.client();
    const auto talking = venue.client();
    const auto good = venue.client();
    venue.step();
    for (int i = 0; i < 49; ++i) {
        talking->send('R');
        venue.step(venue.second / 10);
    }
    silent->receive();
    CHECK_FALSE(silent->closed);
    good->log_in();
    venue.step();
    venue.step(venue.second / 10);
    silent->receive();
    talking->receive();
    CHECK(silent->closed);
    CHECK(talking->closed);
    CHECK(silent->heard.empty());
    CHECK(venue.counters().login_timed_out == 2);
    venue.finish(*good);
    CHECK(good->types() == "ASZ");
}

TEST_CASE("snapshot: who takes nothing of its image for five seconds is closed") {
    LargeVenue venue;
    const auto client = venue.client();
    client->log_in();
    int quarters = 0;
    for (; quarters < 100 && (quarters == 0 || venue.server().client_count() > 0); ++quarters) {
        venue.pass(venue.second / 4, *client, "R");
    }
    CHECK(quarters >= 20);
    CHECK(quarters <= 60);  // the system may take some more, some real time later
    CHECK(venue.counters().slow == 1);
    CHECK(venue.server().images_alive() == 0);
}

TEST_CASE("snapshot: who is silent for fifteen seconds, or not through in a minute, is closed") {
    LargeVenue venue;
    const std::string heartbeat = GENERATE("", "R");
    const auto client = std::make_unique<GlimpseClient>(venue.port(), "127.0.0.1", 4096);
    client->log_in();
    int quarters = 0;
    for (; quarters < 400; ++quarters) {
        venue.pass(venue.second / 4, *client, heartbeat);
        if (venue.server().client_count() == 0) break;
        client->receive(5'000);
    }
    CHECK(venue.counters().silent == (heartbeat.empty() ? 1 : 0));
    CHECK(venue.counters().too_long == (heartbeat.empty() ? 0 : 1));
    CHECK(quarters >= (heartbeat.empty() ? 59 : 239));
    CHECK(quarters <= (heartbeat.empty() ? 61 : 241));
    CHECK(venue.counters().served == 0);
}

TEST_CASE("snapshot: a logout closes, and so does who goes away") {
    LargeVenue venue;
    const auto out = venue.client();
    out->log_in();
    venue.step();
    out->send('O');
    const auto gone = venue.client();
    gone->log_in();
    venue.step();
    gone->close();
    const auto half = venue.client();
    half->send(Bytes{0, 47, 'L', 'D'});
    venue.step();
    half->close();
    venue.step();
    venue.step(10'000'000);
    CHECK(venue.server().client_count() == 0);
    CHECK(venue.counters().logged_out == 1);
    CHECK(venue.counters().lost == 2);
    CHECK(venue.counters().served == 0);
    CHECK(venue.server().images_alive() == 0);
}

TEST_CASE("snapshot: the end of an image reaches who still talks and reads late") {
    OpenVenue venue;
    const auto client = venue.client();
    client->log_in();
    for (int i = 0; i < 4; ++i) {
        client->send('R');
        venue.step(venue.second);
    }
    venue.finish(*client);
    CHECK(client->types() == "ASZ");
    CHECK_FALSE(client->was_reset);

    // It does not close, and has five seconds for it.
    CHECK(venue.server().client_count() == 1);
    venue.step(venue.second);
    venue.step(venue.second);
    CHECK(venue.server().client_count() == 0);
}

TEST_CASE("snapshot: so many connections and no more; who is outside makes room for another") {
    GlimpseVenue venue;
    venue.settings.marketdata.recovery.snapshot_clients_max = 4;
    venue.market.open();
    venue.start();
    std::vector<std::unique_ptr<GlimpseClient>> half_open;
    for (int i = 0; i < 10; ++i) {
        half_open.push_back(venue.client());
        venue.step();
    }
    CHECK(venue.server().client_count() == 4);
    CHECK(venue.counters().over_clients_max == 6);
    half_open[9]->receive();
    CHECK(half_open[9]->closed);
    half_open[0]->receive();
    CHECK_FALSE(half_open[0]->closed);

    const auto other = venue.client("127.0.0.2");
    other->log_in();
    venue.finish(*other);
    CHECK(other->types() == "ASZ");
    half_open[0]->receive();
    CHECK(half_open[0]->closed);
    half_open[1]->receive();
    CHECK_FALSE(half_open[1]->closed);
    CHECK(venue.server().client_count() == 4);
}

TEST_CASE("snapshot: who comes from an address that is not allowed is closed at once") {
    GlimpseVenue venue;
    venue.settings.marketdata.recovery.allowed_addresses = {"127.0.0.1", "10.0.0.0/8"};
    venue.market.open();
    venue.start();
    const auto stranger = venue.client("127.0.0.2");
    stranger->log_in();
    venue.finish(*stranger);
    CHECK(stranger->heard.empty());
    CHECK(venue.counters().address_not_allowed == 1);
    const auto client = venue.client();
    client->log_in();
    venue.finish(*client);
    CHECK(client->types() == "ASZ");
}

TEST_CASE("snapshot: out of descriptors it pauses accepting, and goes on") {
    OpenVenue venue;
    const auto client = venue.client();  // waits to be accepted
    client->log_in();
    const int next = ::dup(0);
    ::close(next);
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const rlimit none{static_cast<rlim_t>(next), before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    for (int i = 0; i < 100; ++i) venue.servers->poll(venue.now_ns += 5'000'000);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(venue.counters().accept_failed >= 4);
    CHECK(venue.counters().accept_failed <= 6);
    venue.step(100'000'000);
    venue.finish(*client);
    CHECK(client->types() == "ASZ");
}

TEST_CASE("snapshot: a flood of one client takes no more than its turn") {
    OpenVenue venue;
    const auto flooding = venue.client();
    Bytes heartbeats;
    for (int i = 0; i < 20'000; ++i) heartbeats.insert(heartbeats.end(), {0, 1, 'R'});
    flooding->send(heartbeats);
    venue.now_ns += 1'000'000;
    std::size_t polls = 0;
    while (const std::size_t work = venue.servers->poll(venue.now_ns)) {
        CHECK(work <= marketdata::SnapshotServer::handlers_per_poll);
        ++polls;
    }
    CHECK(polls >= 60'000 / 258 / marketdata::SnapshotServer::handlers_per_poll);
    CHECK(venue.counters().malformed == 0);
}

TEST_CASE("snapshot: too many wrong passwords of one address are closed, another has its turn") {
    GlimpseVenue venue;
    venue.settings.marketdata.recovery.snapshot_clients_max = 200;
    venue.settings.marketdata.recovery.users = {
        {"DEMO", to_text(hash_password("demo-books", {4096, 8, 1, {}, {}}))}};
    venue.market.open();
    venue.start();
    std::vector<std::unique_ptr<GlimpseClient>> guessing;
    for (std::size_t i = 0; i < PasswordQueue::waiting_max + 20; ++i) {
        guessing.push_back(venue.client("127.0.0.2"));
        guessing.back()->log_in("DEMO", "guess" + std::to_string(i));
    }
    std::vector<std::unique_ptr<GlimpseClient>> good;
    good.push_back(venue.client());
    good.front()->log_in();
    venue.serve_until(good, [&] { return venue.counters().served == 1; });
    good.front()->receive();
    CHECK(good.front()->types() == "ASZ");
    CHECK(venue.counters().passwords_waiting_max > 10);
    CHECK(venue.servers->users().hashed() < 20);
    guessing.clear();  // what nobody waits for is not hashed
}

TEST_CASE("snapshot: whatever comes, it is answered as the protocol says or closed") {
    OpenVenue venue;
    std::mt19937_64 random(1);
    for (int i = 0; i < 300; ++i) {
        const auto client = venue.client();
        Bytes bytes = GlimpseClient::login();
        for (uint64_t changes = random() % 4; changes > 0; --changes) {
            bytes[random() % bytes.size()] = static_cast<unsigned char>(random());
        }
        if (random() % 3 == 0) bytes.resize(random() % bytes.size());
        if (random() % 3 == 0) bytes.push_back(static_cast<unsigned char>(random()));
        client->send(bytes);
        venue.step();
        venue.step(6 * venue.second);
        venue.step(10'000'000);
        client->receive();
        CHECK(client->closed);
        const std::string types = client->types();
        CHECK((types.empty() || types == "J" || types == "ASZ"));
    }
    const marketdata::SnapshotCounters& counters = venue.counters();
    CHECK(counters.served > 30);
    CHECK(counters.wrong_password > 30);
    CHECK(counters.malformed > 10);
    CHECK(counters.login_timed_out > 10);
    CHECK(counters.session_not_available > 10);
}

TEST_CASE("snapshot: the specification's frames are those that go over the wire") {
    Bytes made = GlimpseClient::login("DEMO", "demo-books", "", "1");
    soup::append(made,
                 soup::LoginAccepted{soup::padded(wire::SessionName(today)), soup::number(1)});
    wire::EndOfSnapshot end;
    end.sequence = soup::digits(713);
    const Bytes g = frame('S', {reinterpret_cast<const char*>(&end), sizeof end});
    made.insert(made.end(), g.begin(), g.end());
    const Bytes z = frame('Z');
    made.insert(made.end(), z.begin(), z.end());
    std::string expected;
    for (const unsigned char byte : made) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", byte);
        expected += digits;
    }

    std::ifstream readme(CARBONX_SOURCE_DIRECTORY "/marketdata/README.md");
    std::string written;
    for (std::string line; std::getline(readme, line);) {
        if (!line.starts_with("soup ")) continue;
        for (const char c : line.substr(5)) {
            if (c != ' ') written += c;
        }
    }
    CHECK(written == expected);
}

TEST_CASE("snapshot: a port in use is named with its mend") {
    OpenVenue venue;
    auto settings = venue.settings.marketdata;
    settings.channels.front().stream.snapshot.port = venue.port();
    venue.settings.marketdata = settings;
    marketdata::Recovery recovery(venue.settings);
    CHECK_THROWS_WITH(marketdata::RecoveryServers(settings, recovery),
                      Catch::Contains(std::to_string(venue.port())) &&
                          Catch::Contains("already in use") &&
                          Catch::Contains("snapshot of marketdata.channel 1"));
}

}  // namespace carbonx::tests
