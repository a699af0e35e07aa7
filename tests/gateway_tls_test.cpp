// TLS's files, read again while the gateway runs.
#include <fstream>

#include "tests/broker.h"
#include "tests/certificates.h"

using namespace carbonx;
using namespace carbonx::tests;

namespace {

using Lines = std::vector<std::string>;

struct TlsVenue : GatewayVenue {
    Certificate certificate{venue.settings.data_directory, "venue"};

    TlsVenue() {
        venue.settings.gateway.tls =
            TlsSettings{{"127.0.0.1", 0}, certificate.file, certificate.key_file, {}};
        kill_gateway();
        start_gateway();
    }
};

}  // namespace

TEST_CASE("reload: the files of TLS are read again, and a changed one is told") {
    TlsVenue venue;
    const Settings fresh = venue.venue.settings;
    CHECK(venue.gateway->reload(fresh) == Lines{"nothing has changed"});
    const Certificate renewed(fresh.data_directory, "venue");  // in the same files
    CHECK(venue.gateway->reload(fresh) == Lines{"the venue's certificate changed"});
    CHECK(venue.gateway->reload(fresh) == Lines{"nothing has changed"});
}

TEST_CASE("reload: a broken file of TLS refuses all of it") {
    TlsVenue venue;
    Settings fresh = venue.venue.settings;
    fresh.gateway.heartbeat_min_s = 30;
    std::ofstream(venue.certificate.key_file) << "broken";
    CHECK_THROWS_WITH(venue.gateway->reload(fresh),
                      "[gateway.tls] private_key: " + venue.certificate.key_file.string() +
                          " is no private key in PEM without a passphrase");
    Broker broker(venue, "BROKER1");
    broker.log_on();  // with the old bounds
}

TEST_CASE("reload: whether TLS is listened for, and where, needs a restart") {
    GatewayVenue without;
    Settings fresh = without.venue.settings;
    const Certificate certificate(fresh.data_directory, "venue");
    fresh.gateway.tls = TlsSettings{{"127.0.0.1", 0}, certificate.file, certificate.key_file, {}};
    fresh.written["gateway.tls.listen"] = "'127.0.0.1:9881'";
    fresh.written["gateway.tls.certificate_chain"] = "'venue.pem'";
    for (int i = 0; i < 2; ++i) {
        CHECK(without.gateway->reload(fresh) ==
              Lines{"gateway.tls.certificate_chain needs a restart",
                    "gateway.tls.listen needs a restart"});
    }

    TlsVenue with;
    fresh = with.venue.settings;
    fresh.written["gateway.tls.client_ca"] = "'ca.pem'";
    fresh.written["gateway.plaintext_outside_loopback"] = "true";
    CHECK(with.gateway->reload(fresh) == Lines{"gateway.plaintext_outside_loopback needs a restart",
                                               "gateway.tls.client_ca changed"});
    fresh = with.venue.settings;
    fresh.gateway.tls.reset();
    fresh.written["gateway.tls.listen"] = "'127.0.0.1:9881'";
    const Lines told = with.gateway->reload(fresh);
    CHECK(std::find(told.begin(), told.end(), "gateway.tls.listen needs a restart") != told.end());
}

TEST_CASE("reload: a session's certificates hold from its next logon on") {
    GatewayVenue venue;
    Settings fresh = venue.venue.settings;
    fresh.gateway.sessions[0].certificates = {std::string(64, 'a')};
    CHECK(venue.gateway->reload(fresh) == Lines{"session BROKER1 changed"});
    Broker broker(venue, "BROKER1");
    broker.send_logon();
    CHECK(broker.is_closed());

    // Without a password, what was right does not help either; with it again, it does.
    fresh.gateway.sessions[0].password_hash.clear();
    CHECK(venue.gateway->reload(fresh) == Lines{"session BROKER1 changed"});
    Broker second(venue, "BROKER1");
    second.send_logon();
    CHECK(second.is_closed());
    CHECK(venue.gateway->reload(venue.venue.settings) == Lines{"session BROKER1 changed"});
    Broker third(venue, "BROKER1");
    third.log_on();

    fresh.gateway.sessions[0].certificates.clear();
    CHECK_THROWS_WITH(venue.gateway->reload(fresh),
                      "session BROKER1 shows nothing at logon: add password_hash or certificates");
}
