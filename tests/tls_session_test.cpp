// FIX by TLS: who is let in by what certificate, and that all that holds for plaintext holds.
#include "gateway/tls.h"

#include <fstream>

#include "tests/tls_client.h"

using namespace carbonx;
using namespace carbonx::gateway;
using namespace carbonx::gateway::test;
using tests::Certificate;

namespace {

using Received = std::vector<Handler::Received>;

// A venue with TLS, and certificates of two brokers.
struct TlsVenue {
    TemporaryDirectory files;
    Certificate venue_certificate{files.path, "venue"};
    Certificate one{files.path, "one"};
    Certificate two{files.path, "two"};
    Venue venue;

    explicit TlsVenue(TransportSettings settings = {}, const Certificate* ca = nullptr)
        : venue(with_tls(settings, ca)) {}

    TlsSettings tls_settings(const Certificate& certificate) const {
        return {{}, certificate.file, certificate.key_file, {}};
    }
    TransportSettings with_tls(TransportSettings settings, const Certificate* ca) const {
        TlsSettings tls = tls_settings(venue_certificate);
        if (ca != nullptr) tls.client_ca = ca->file;
        settings.tls = std::make_shared<TlsContext>(tls);
        return settings;
    }
    // The session that `certificate` alone is enough for.
    void set_certificate(std::size_t session, const Certificate& certificate) {
        venue.session_settings[session].password_hash.clear();
        venue.session_settings[session].certificates = {certificate.fingerprint};
    }
};

std::string logon_without_password(int number, const std::string& from = "BROKER1") {
    return fix(header("A", number, from) + "98=0|108=30|");
}

std::string certificate_of_venue(const TlsClient& client) {
    X509* const certificate = ::SSL_get1_peer_certificate(client.ssl());
    unsigned char* der = nullptr;
    const int size = ::i2d_X509(certificate, &der);
    const std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    ::OPENSSL_free(der);
    ::X509_free(certificate);
    return fingerprint_of(bytes);
}

}  // namespace

TEST_CASE("tls: a session logs on by its certificate, trades and gets a resend, by 1.2 and 1.3") {
    const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    TlsVenue tls;
    Venue& venue = tls.venue;
    tls.set_certificate(0, tls.one);
    venue.start();
    TlsClient client(venue, {&tls.one, version});
    REQUIRE(client.shake_hands());
    CHECK(::SSL_version(client.ssl()) == version);
    CHECK(certificate_of_venue(client) == tls.venue_certificate.fingerprint);
    CHECK(::SSL_get_current_compression(client.ssl()) == nullptr);
    client.send(logon_without_password(1) + new_order(2, "a"));
    CHECK(value(client.receive(), "35") == "A");
    CHECK(venue.received(Received{{0, "a", 2, false, false}}));
    REQUIRE(venue.report("1", 8));
    CHECK(value(client.receive(), "17") == "1");
    CHECK(::SSL_SESSION_is_resumable(::SSL_get_session(client.ssl())) == 0);
    client.disconnect();

    REQUIRE(venue.wait([&] { return !venue.sessions->is_connected(0); }));
    TlsClient again(venue, {&tls.one, version});
    REQUIRE(again.shake_hands());
    again.send(logon_without_password(3) + fix(header("2", 4) + "7=2|16=2|"));
    CHECK(value(again.receive(), "35") == "A");
    const std::string resent = again.receive();
    CHECK(value(resent, "17") == "1");
    CHECK(value(resent, "43") == "Y");
    again.send(fix(header("5", 5)));
    CHECK(value(again.receive(), "35") == "5");
    CHECK(again.is_closed());
    CHECK(again.has_goodbye());
}

TEST_CASE("tls: 1.1 is refused") {
    TlsVenue tls;
    tls.venue.start();
    TlsClient client(tls.venue, {nullptr, TLS1_1_VERSION});
    CHECK(!client.shake_hands());
    CHECK(client.is_closed());
    CHECK(tls.venue.counters().handshake_failed == 1);
}

TEST_CASE("tls: another certificate than the session's, or none, is closed without a word") {
    const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    TlsVenue tls;
    Venue& venue = tls.venue;
    tls.set_certificate(0, tls.one);
    tls.set_certificate(1, tls.two);
    venue.start();
    const auto is_let_in = [&](const Certificate* certificate, const std::string& logon) {
        TlsClient client(venue, {certificate, version});
        REQUIRE(client.shake_hands());
        client.send(logon);
        const std::string reply = client.receive();
        if (reply.empty()) CHECK((client.is_closed() && client.has_goodbye()));
        return value(reply, "35") == "A";
    };
    CHECK(!is_let_in(nullptr, logon_without_password(1)));
    CHECK(!is_let_in(&tls.two, logon_without_password(1)));
    CHECK(!is_let_in(&tls.two, logon(1)));  // a password does not help
    CHECK(!is_let_in(&tls.one, logon_without_password(1, "BROKER2")));
    CHECK(venue.counters().wrong_certificate == 4);
    CHECK(!is_let_in(&tls.one, logon_without_password(1, "NOBODY")));
    CHECK(venue.counters().unknown_session == 1);
    CHECK(venue.sessions->next_sender_number(0) == 1);

    Client plain(venue);
    plain.send(logon_without_password(1));
    CHECK(plain.is_closed());
    CHECK(plain.hears_nothing());
    CHECK(venue.counters().wrong_certificate == 5);

    CHECK(is_let_in(&tls.two, logon_without_password(1, "BROKER2")));
    CHECK(is_let_in(&tls.one, logon(1, "BROKER1", "whatever")));
}

TEST_CASE("tls: where a session has a password and certificates it must show both") {
    TlsVenue tls;
    Venue& venue = tls.venue;
    venue.session_settings[0].certificates = {tls.two.fingerprint, tls.one.fingerprint};
    venue.start();
    const auto is_let_in = [&](const Certificate* certificate, const std::string& logon) {
        TlsClient client(venue, {certificate});
        REQUIRE(client.shake_hands());
        client.send(logon);
        return value(client.receive(), "35") == "A";
    };
    CHECK(!is_let_in(&tls.one, logon(1, "BROKER1", "wrong")));
    CHECK(!is_let_in(&tls.one, logon_without_password(1)));
    CHECK(venue.counters().wrong_password == 2);
    CHECK(!is_let_in(nullptr, logon(1)));
    CHECK(!is_let_in(&tls.venue_certificate, logon(1)));
    CHECK(venue.counters().wrong_certificate == 2);
    CHECK(is_let_in(&tls.one, logon(1)));
    REQUIRE(venue.wait([&] { return !venue.sessions->is_connected(0); }));
    CHECK(is_let_in(&tls.two, logon(2)));

    // A session with a password alone takes no notice of certificates.
    CHECK(is_let_in(nullptr, logon(1, "BROKER2")));
    REQUIRE(venue.wait([&] { return !venue.sessions->is_connected(1); }));
    CHECK(is_let_in(&tls.one, logon(2, "BROKER2")));
    CHECK(!is_let_in(&tls.one, logon(3, "BROKER2", "wrong")));
}

TEST_CASE("tls: a certificate out of its time ends the handshake") {
    TlsVenue tls;
    const Certificate expired(tls.files.path, "expired", nullptr, -10, -1);
    const Certificate early(tls.files.path, "early", nullptr, 1, 10);
    tls.venue.session_settings[0].certificates = {expired.fingerprint, early.fingerprint};
    tls.venue.start();
    for (const Certificate* certificate : {&expired, &early}) {
        TlsClient client(tls.venue, {certificate, TLS1_2_VERSION});
        CHECK(!client.shake_hands());
        CHECK(client.is_closed());
    }
    CHECK(tls.venue.counters().handshake_failed == 2);
}

TEST_CASE("tls: with a CA for brokers, certificates of others end the handshake") {
    TemporaryDirectory files;
    const Certificate ca(files.path, "ca"), other_ca(files.path, "other_ca");
    TlsVenue tls({}, &ca);
    const Certificate known(files.path, "known", &ca);
    const Certificate fake(files.path, "fake", &other_ca);
    tls.venue.session_settings[0].certificates = {known.fingerprint, fake.fingerprint,
                                                  tls.one.fingerprint};
    tls.venue.start();
    for (const Certificate* certificate : {&fake, &std::as_const(tls.one)}) {
        TlsClient client(tls.venue, {certificate, TLS1_2_VERSION});
        CHECK(!client.shake_hands());
    }
    CHECK(tls.venue.counters().handshake_failed == 2);
    TlsClient client(tls.venue, {&known});
    REQUIRE(client.shake_hands());
    client.send(logon(1));
    CHECK(value(client.receive(), "35") == "A");
    TlsClient without(tls.venue);  // for sessions with a password
    REQUIRE(without.shake_hands());
    without.send(logon(1, "BROKER2"));
    CHECK(value(without.receive(), "35") == "A");
}

TEST_CASE("tls: plaintext to its port is closed and not answered") {
    TlsVenue tls;
    tls.venue.start();
    TlsClient client(tls.venue);
    const int size = static_cast<int>(logon(1).size());
    ::BIO_write(::SSL_get_wbio(client.ssl()), logon(1).data(), size);
    REQUIRE(client.is_closed());
    CHECK(client.bytes_received() == 0);
    CHECK(tls.venue.counters().not_tls == 1);
    CHECK(tls.venue.counters().handshake_failed == 0);
}

TEST_CASE("tls: half a handshake holds up nobody and is closed at the deadline") {
    TlsVenue tls;
    Venue& venue = tls.venue;
    venue.start();
    Client trading(venue);
    trading.send(logon(1));
    REQUIRE(value(trading.receive(), "35") == "A");
    TlsClient silent(venue), half(venue), no_logon(venue);
    half.begin_handshake(100);
    REQUIRE(no_logon.shake_hands());
    venue.now += 4s;
    trading.send(new_order(2, "a"));
    CHECK(venue.received(Received{{0, "a", 2, false, false}}));
    CHECK(half.stays_open());
    CHECK(venue.counters().logon_timed_out == 0);
    venue.now += 2s;
    CHECK(silent.is_closed());
    CHECK(half.is_closed());
    CHECK(no_logon.is_closed());
    CHECK(venue.counters().logon_timed_out == 3);
    CHECK(venue.wait([&] { return venue.transport->connection_count() == 1; }));
    trading.send(new_order(3, "b"));
    CHECK(venue.wait([&] { return venue.handler.messages.size() == 2; }));
}

TEST_CASE("tls: handshake, logon and orders that come one byte at a time are whole all the same") {
    const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    TlsVenue tls;
    tls.set_certificate(0, tls.one);
    tls.venue.start();
    TlsClient client(tls.venue, {&tls.one, version, 1});
    REQUIRE(client.shake_hands());
    client.send(logon_without_password(1) + new_order(2, "a"));
    CHECK(value(client.receive(), "35") == "A");
    CHECK(tls.venue.received(Received{{0, "a", 2, false, false}}));
}

TEST_CASE("tls: a handshake has its turn when the one before has been paid for") {
    TlsVenue tls;
    Venue& venue = tls.venue;
    venue.start();
    std::vector<std::unique_ptr<TlsClient>> storm;
    for (int i = 0; i < 8; ++i) storm.push_back(std::make_unique<TlsClient>(venue));
    venue.wait([] { return false; }, 20ms);  // all are waited for
    for (const auto& client : storm) client->begin_handshake();
    const auto answered = [&] {
        int count = 0;
        for (const auto& client : storm) {
            char byte = 0;
            const int socket = client->socket();
            count += ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1 ? 1 : 0;
        }
        return count;
    };
    venue.wait([] { return false; }, 20ms);  // for this clock no time at all
    CHECK(answered() == 1);
    CHECK(venue.wait([&] {
        venue.now += 1ms;
        return answered() == 8;
    }));
}

TEST_CASE("tls: a renegotiation is refused") {
    TlsVenue tls;
    tls.venue.start();
    TlsClient client(tls.venue, {nullptr, TLS1_2_VERSION});
    REQUIRE(client.shake_hands());
    client.send(logon(1));
    REQUIRE(value(client.receive(), "35") == "A");
    REQUIRE(::SSL_renegotiate(client.ssl()) == 1);
    CHECK(!client.shake_hands());
}

TEST_CASE("tls: a message that is too large, and a second logon, end as without TLS") {
    TlsVenue tls;
    tls.venue.start();
    TlsClient first(tls.venue), second(tls.venue);
    REQUIRE(first.shake_hands());
    REQUIRE(second.shake_hands());
    first.send(logon(1));
    REQUIRE(value(first.receive(), "35") == "A");
    second.send(logon(2));
    CHECK(second.is_closed());
    CHECK(tls.venue.counters().already_connected == 1);
    first.send(
        "8=FIX.4.4\x01"
        "9=8193\x01");
    CHECK(first.is_closed());
    CHECK(tls.venue.counters().message_too_large == 1);
}

TEST_CASE("tls: connections count for the caps from before their handshake") {
    TransportSettings settings;
    settings.connections_per_address_max = 2;
    TlsVenue tls(settings);
    tls.venue.start();
    TlsClient first(tls.venue);
    Client second(tls.venue);
    TlsClient third(tls.venue);
    CHECK(third.is_closed());
    CHECK(first.stays_open());
    CHECK(tls.venue.counters().over_connections_per_address_max == 1);
}

TEST_CASE("tls: a client that does not read is disconnected, one that reads gets all in order") {
    TransportSettings settings;
    settings.output_bytes_max = 256 * 1024;
    settings.send_buffer_bytes = 16 * 1024;
    TlsVenue tls(settings);
    Venue& venue = tls.venue;
    venue.start();
    TlsClient client(venue, {nullptr, 0, 65536, 16 * 1024});
    REQUIRE(client.shake_hands());
    client.send(logon(1));
    REQUIRE(value(client.receive(), "35") == "A");
    const std::string text(1000, 'x');
    for (uint64_t key = 1; key <= 1000; ++key) {
        REQUIRE(venue.report(std::to_string(key), key, text));
        venue.transport->poll(venue.now);
    }
    CHECK(venue.sessions->is_logged_on(0));
    REQUIRE(venue.wait([&] {
        venue.now += 100ms;
        return venue.counters().slow_consumer == 1;
    }));
    client.disconnect();

    TlsClient again(venue, {nullptr, 0, 65536, 16 * 1024});
    REQUIRE(again.shake_hands());
    again.send(logon(2));
    REQUIRE(value(again.receive(), "35") == "A");
    again.send(fix(header("2", 3) + "7=2|16=0|"));
    for (int number = 1; number <= 1000; ++number) {
        const std::string message = again.receive();
        REQUIRE(value(message, "17") == std::to_string(number));
        REQUIRE(text_of(message) == text);
    }
    CHECK(venue.counters().slow_consumer == 1);
}

TEST_CASE("tls: what is said together leaves in one record") {
    TlsVenue tls;
    Venue& venue = tls.venue;
    venue.start();
    TlsClient client(venue, {nullptr, TLS1_3_VERSION});
    REQUIRE(client.shake_hands());
    client.send(logon(1));
    REQUIRE(value(client.receive(), "35") == "A");
    const std::size_t before = client.bytes_received();
    std::size_t said = 0;
    for (uint64_t key = 1; key <= 20; ++key) REQUIRE(venue.report(std::to_string(key), key));
    for (int i = 0; i < 20; ++i) said += client.receive().size();
    CHECK(client.bytes_received() - before == said + 22);  // head, type and tag of one record
}

TEST_CASE("tls: a new certificate is for those who connect from then on") {
    TlsVenue tls;
    Venue& venue = tls.venue;
    venue.start();
    TlsClient before(venue), during(venue);
    REQUIRE(before.shake_hands());
    before.send(logon(1));
    REQUIRE(value(before.receive(), "35") == "A");
    const Certificate renewed(tls.files.path, "renewed");
    CHECK(venue.transport->change_tls(std::make_shared<TlsContext>(tls.tls_settings(renewed))));
    CHECK(!venue.transport->change_tls(std::make_shared<TlsContext>(tls.tls_settings(renewed))));

    TlsClient after(venue);
    REQUIRE(after.shake_hands());
    CHECK(certificate_of_venue(after) == renewed.fingerprint);
    REQUIRE(during.shake_hands());
    CHECK(certificate_of_venue(during) == tls.venue_certificate.fingerprint);
    before.send(fix(header("1", 2) + "112=still here|"));
    REQUIRE(venue.report("1", 8));
    CHECK(value(before.receive(), "17") == "1");
}

TEST_CASE("tls: files that cannot be used are named with the mend") {
    TlsVenue tls;
    const auto complaint = [&](auto change) -> std::string {
        TlsSettings settings = tls.tls_settings(tls.venue_certificate);
        change(settings);
        try {
            TlsContext context(settings);
        } catch (const std::runtime_error& error) {
            std::string what = error.what();
            const std::string path = tls.files.path.string() + "/";
            for (std::size_t at; (at = what.find(path)) != what.npos;) what.erase(at, path.size());
            return what;
        }
        return "";
    };
    const auto file = [&](const char* name) { return tls.files.path / name; };
    std::ofstream(file("empty"));
    std::ofstream(file("garbage")) << "hello\n";
    const std::filesystem::path key = tls.venue_certificate.key_file;
    CHECK(complaint([](TlsSettings&) {}) == "");
    CHECK(complaint([&](TlsSettings& s) { s.certificate_chain = file("none"); }) ==
          "[gateway.tls] certificate_chain: none cannot be read: No such file or directory");
    CHECK(complaint([&](TlsSettings& s) { s.certificate_chain = file("empty"); }) ==
          "[gateway.tls] certificate_chain: empty cannot be read: it is empty");
    CHECK(complaint([&](TlsSettings& s) {
              s.certificate_chain = file("garbage");
          }).find("[gateway.tls] certificate_chain: garbage is no chain of certificates in PEM") ==
          0);
    CHECK(complaint([&](TlsSettings& s) { s.private_key = tls.one.key_file; }) ==
          "[gateway.tls] private_key: one.key is not the certificate's");
    CHECK(complaint([&](TlsSettings& s) { s.client_ca = key; }) ==
          "[gateway.tls] client_ca: venue.key has no certificate in PEM");
    ::chmod(key.c_str(), 0644);
    CHECK(complaint([](TlsSettings&) {}) ==
          "[gateway.tls] private_key: venue.key is open to every user of the machine: chmod o= it");
    ::chmod(key.c_str(), 0640);
    CHECK(complaint([](TlsSettings&) {}) == "");
    tls.venue_certificate.write_key(file("locked"), "a passphrase");
    CHECK(complaint([&](TlsSettings& s) { s.private_key = file("locked"); }) ==
          "[gateway.tls] private_key: locked is no private key in PEM without a passphrase");
}

TEST_CASE("tls: settings that let anyone in, or nobody, are refused at start") {
    Venue venue;
    venue.session_settings[0].password_hash.clear();
    CHECK_THROWS_WITH(venue.start(),
                      "session BROKER1 shows nothing at logon: add password_hash or certificates");
    venue.session_settings[0].certificates = {std::string(64, 'a')};
    venue.session_settings[0].allowed_addresses = {"localhost"};
    CHECK_THROWS_WITH(venue.start(), Catch::Contains("session BROKER1: allowed_addresses"));
}

TEST_CASE("fix: an address within a prefix of the list is let in") {
    Venue venue;
    venue.session_settings[0].allowed_addresses = {"10.0.0.0/8", "127.1.0.0/16"};
    venue.session_settings[1].allowed_addresses = {"10.0.0.0/8", "127.0.0.0/16"};
    venue.start();
    Client outside(venue);
    outside.send(logon(1));
    CHECK(outside.is_closed());
    CHECK(venue.counters().address_not_allowed == 1);
    Client inside(venue);
    inside.send(logon(1, "BROKER2"));
    CHECK(value(inside.receive(), "35") == "A");
}
