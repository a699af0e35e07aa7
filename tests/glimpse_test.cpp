// The snapshot server, stepped by hand over real sockets: what who comes late is told.
#include "tests/glimpse_venue.h"

namespace carbonx::tests {
namespace {

constexpr const char* today = "2026112301";

}  // namespace

TEST_CASE("snapshot: a login is answered by an image, where it stands, and the end") {
    GlimpseVenue venue;
    venue.market.open();
    venue.market.act(500);
    venue.start();
    const auto client = venue.client();
    client->log_in();
    venue.finish(*client);

    CHECK(client->types() == "ASZ");
    const auto frames = client->frames();
    const auto accepted = wire::as<soup::LoginAccepted>(frames[0].payload.data());
    CHECK(soup::session_name(accepted.session) == wire::SessionName(today));
    CHECK(std::string_view(accepted.sequence.data(), 20) == "                   1");
    CHECK(client->next_sequence() == venue.stream().next_sequence());
    CHECK(books_after(client->messages()) == venue.market.books_text());
    CHECK_FALSE(client->was_reset);
    CHECK(venue.counters().served == 1);
}

}  // namespace carbonx::tests
