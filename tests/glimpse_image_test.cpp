// The snapshot server's images, stepped by hand over real sockets: what who comes late is told, and
// where it goes on.
#include <time.h>

#include <tuple>

#include "tests/glimpse_venue.h"

namespace carbonx::tests {
namespace {

constexpr const char* today = "2026112301";

// The first so many messages.
std::vector<Bytes> first(const std::vector<Bytes>& messages, uint64_t count) {
    return {messages.begin(), messages.begin() + static_cast<std::ptrdiff_t>(count)};
}

// A client's image, then the stream from G on.
std::vector<Bytes> joined(const GlimpseClient& client, const std::vector<Bytes>& stream) {
    std::vector<Bytes> all = client.messages();
    const auto next = static_cast<std::ptrdiff_t>(client.next_sequence() - 1);
    all.insert(all.end(), stream.begin() + next, stream.end());
    return all;
}

std::string kinds(const std::vector<Bytes>& messages) {
    std::string text;
    for (const Bytes& message : messages) {
        const auto kind = static_cast<char>(message.front());
        if (text.empty() || text.back() != kind) text += kind;
    }
    return text;
}

// Of this thread, so that other processes do not count.
uint64_t processor_us() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<uint64_t>(time.tv_sec) * 1'000'000 +
           static_cast<uint64_t>(time.tv_nsec) / 1'000;
}

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
    CHECK(kinds(client->messages()) == "SRHA");
    std::tuple<uint64_t, bool, int64_t, uint64_t> before;
    for (const Bytes& message : client->messages()) {
        if (message.front() != 'A') continue;
        const auto order = wire::as<wire::AddOrder>(message.data());
        const bool sells = order.side == 'S';
        const auto price = static_cast<int64_t>(order.price.value());
        const std::tuple place(order.header.locate.value(), sells, sells ? price : -price,
                               order.reference.value());
        CHECK(before < place);
        before = place;
    }
    CHECK(frames[frames.size() - 2].payload.front() == 'G');
    CHECK(client->next_sequence() == venue.stream().next_sequence());
    CHECK(books_after(client->messages()) == venue.market.books_text());
    CHECK_FALSE(client->was_reset);
    CHECK(venue.counters().logins == 1);
    CHECK(venue.counters().served == 1);
    CHECK(venue.server().client_count() == 1);  // until the client has closed
    client->close();
    venue.step(10'000'000);
    CHECK(venue.server().client_count() == 0);
}

TEST_CASE("snapshot: the image and the stream from G on are the day, no message lost or twice") {
    GlimpseVenue venue(2);
    venue.market.open();
    venue.start();
    std::size_t told_apart = 0;
    for (int i = 0; i < 60; ++i) {
        venue.market.act(1 + static_cast<std::size_t>(i) % 7 * 5);
        venue.step();
        const auto client = venue.client();
        client->log_in();
        venue.finish(*client);
        const uint64_t next = client->next_sequence();
        venue.market.act(20);
        venue.step();

        const auto stream = messages_of(venue.script, today);
        const std::string image = books_after(client->messages());
        CHECK(image == books_after(first(stream, next - 1)));
        if (image != books_after(first(stream, next - 2)) &&
            image != books_after(first(stream, next))) {
            ++told_apart;  // a G of one less or one more would have shown
        }
        CHECK(books_after(joined(*client, stream)) == venue.market.books_text());
    }
    CHECK(told_apart > 50);
}

TEST_CASE("snapshot: an image is never older than its login") {
    GlimpseVenue venue(3);
    venue.market.open();
    venue.start();
    venue.market.act(100);  // has happened, and recovery has not read it
    const auto client = venue.client();
    client->log_in();
    venue.serve();
    client->receive();
    CHECK(client->heard.empty());
    venue.market.act(100);
    venue.step();
    venue.finish(*client);
    CHECK(client->types() == "ASZ");
    CHECK(books_after(client->messages()) == venue.market.books_text());

    SECTION("and who cannot be answered so within 10 seconds is refused") {
        venue.market.act(1);
        const auto other = venue.client();
        other->log_in();
        for (int i = 0; i < 100; ++i) {
            venue.serve();
            other->receive();
            REQUIRE(other->heard.empty());
            venue.now_ns += venue.second / 10;
        }
        venue.serve();
        other->receive();
        CHECK(other->types() == "J");
        CHECK(other->frames()[0].payload == Bytes{'S'});
        CHECK(venue.counters().session_not_available == 1);
    }
}

TEST_CASE("snapshot: an image is of one moment, however slowly it is taken, while a burst runs") {
    GlimpseVenue venue(4);
    venue.list_many();
    venue.market.open();
    venue.start();
    std::vector<std::unique_ptr<GlimpseClient>> clients;
    for (int i = 0; i < 1000; ++i) {
        venue.market.act(10);
        if (i % 200 == 0) {
            clients.push_back(std::make_unique<GlimpseClient>(venue.port(), "127.0.0.1", 4096));
            clients.back()->log_in();
        }
        venue.step();
        for (const auto& client : clients) client->receive(10'000);
    }
    const auto stream = messages_of(venue.script, today);
    std::string earlier;
    for (const auto& client : clients) {
        venue.finish(*client);
        CHECK(client->types() == "ASZ");
        const std::string image = books_after(client->messages());
        CHECK(image == books_after(first(stream, client->next_sequence() - 1)));
        CHECK(image != earlier);
        earlier = image;
        CHECK(books_after(joined(*client, stream)) == venue.market.books_text());
    }
    CHECK(venue.counters().images == clients.size());
}

TEST_CASE("snapshot: a hundred who join at once share one image and one hash") {
    GlimpseVenue venue(5);
    venue.settings.marketdata.recovery.snapshot_clients_max = 100;
    venue.settings.marketdata.recovery.users = {
        {"DEMO", to_text(hash_password("demo-books", {4096, 8, 1, {}, {}}))}};
    venue.market.open();
    venue.market.act(500);
    venue.start();
    std::vector<std::unique_ptr<GlimpseClient>> clients;
    for (int i = 0; i < 100; ++i) {
        clients.push_back(venue.client());
        clients.back()->log_in();
    }
    // The hash has a thread of its own.
    venue.serve_until(clients, [&] { return venue.counters().served == clients.size(); });
    for (const auto& client : clients) {
        client->receive();
        CHECK(client->heard == clients.front()->heard);
    }
    // On a machine that is very busy some come when the first have gone.
    CHECK(venue.counters().images <= 3);
    CHECK(venue.servers->users().hashed() == 1);
    clients.clear();
    venue.step(10'000'000);

    const auto later = venue.client();
    later->log_in();
    venue.finish(*later);
    CHECK(venue.servers->users().hashed() == 1);  // known again
}

TEST_CASE("snapshot: who comes while an image is still of now is sent the same one") {
    GlimpseVenue venue(6);
    venue.list_many();
    venue.market.open();
    venue.start();
    const auto slow = venue.client();
    slow->log_in();
    venue.step();
    const auto other = venue.client();
    other->log_in();
    venue.finish(*other);
    CHECK(venue.counters().images == 1);
    venue.market.act(1);
    venue.step();
    const auto third = venue.client();
    third->log_in();
    venue.finish(*third);
    CHECK(venue.counters().images == 2);
}

TEST_CASE("snapshot: eight images are alive at most, and who waits for one hears heartbeats") {
    GlimpseVenue venue(7);
    venue.list_many();
    venue.market.open();
    venue.start();
    std::vector<std::unique_ptr<GlimpseClient>> clients;
    for (std::size_t i = 0; i < 8; ++i) {
        venue.market.act(1);
        clients.push_back(venue.client());
        clients.back()->log_in();
        for (int steps = 0; steps < 1'000 && venue.counters().images <= i; ++steps) venue.step();
        REQUIRE(venue.counters().images == i + 1);
    }
    CHECK(venue.server().images_alive() == 8);
    venue.market.act(1);
    const auto waiting = venue.client();
    waiting->log_in();
    for (int i = 0; i < 31; ++i) {
        venue.step(venue.second / 10);
        waiting->receive();
    }
    CHECK(waiting->types() == "AHHH");
    CHECK(venue.server().images_alive() == 8);

    SECTION("until its turn comes") {
        venue.finish(*clients[3]);
        clients[3].reset();
        venue.finish(*waiting);
        CHECK(waiting->types() == "AHHHSZ");
        CHECK(books_after(waiting->messages()) == venue.market.books_text());
    }
    SECTION("or the day is over, which ends its session") {
        venue.market.close();
        venue.market.open(20261124);
        venue.step();
        venue.finish(*clients[3]);
        venue.finish(*waiting);
        CHECK(waiting->types() == "AHHHZ");
        CHECK(venue.counters().session_over == 1);
    }
}

TEST_CASE("snapshot: each stream has a server of its own, the carbon channel too") {
    GlimpseVenue venue(9);
    venue.market.open();
    venue.start();
    REQUIRE(venue.recovery->streams().size() == 2);
    const marketdata::RecordedStream& carbon = *venue.recovery->streams()[1];
    GlimpseClient client(venue.servers->snapshot(1).port());
    client.log_in("DEMO", "demo-books", "20261123CC");
    venue.finish(client);
    CHECK(client.types() == "ASZ");
    CHECK(client.next_sequence() == carbon.next_sequence());
    CHECK(venue.servers->snapshot(1).counters().served == 1);
    CHECK(venue.counters().connections == 0);
}

TEST_CASE("snapshot: at the end of the day it still has the day, then the next") {
    GlimpseVenue venue(8);
    venue.market.open();
    venue.market.act(100);
    venue.market.close();
    venue.start();
    const auto late = venue.client();
    late->log_in();
    venue.finish(*late);
    CHECK(late->messages()[5][11] == 'C');  // the end of messages is one of the system events
    CHECK(late->next_sequence() == messages_of(venue.script, today).size() + 1);

    venue.market.open(20261124);
    venue.step();
    const auto next = venue.client();
    next->log_in();
    venue.finish(*next);
    CHECK(books_after(next->messages()) == venue.market.books_text());
    const auto accepted = wire::as<soup::LoginAccepted>(next->frames()[0].payload.data());
    CHECK(soup::session_name(accepted.session).view() == "2026112401");
}

// How long re-requests wait for an image of as many orders as the exchange has room for.
TEST_CASE("snapshot: what an image of 262,144 orders costs", "[.cost]") {
    ScratchDirectory scratch;
    marketdata::RecordedStream stream(
        {"feed-1", {}, std::make_unique<marketdata::ItchEncoder>(480)}, scratch.path());
    uint64_t sequence = 0;
    const auto take = [&](auto event) {
        event.head.type = event.type;
        stream.take(event.head, ++sequence);
    };
    take(Configured{});
    InstrumentListed instrument;
    instrument.id = InstrumentId{1};
    take(instrument);
    for (uint16_t i = 1; i <= 200; ++i) {
        CounterListed counter;
        counter.head.counter = CounterId{i};
        counter.listing.instrument = InstrumentId{1};
        counter.listing.symbol = Symbol("V" + std::to_string(i));
        take(counter);
    }
    PhaseChanged phase;
    phase.phase = Phase::pre_open;
    phase.trading_day = 20261123;
    take(phase);
    std::mt19937_64 random(1);
    for (uint32_t slot = 0; slot < 262'144; ++slot) {
        Accepted order;
        order.head.flags = flag_resting;
        order.head.counter = static_cast<CounterId>(1 + random() % 200);
        order.head.terms.side = random() % 2 == 0 ? Side::buy : Side::sell;
        order.order_id = order_id(slot, 1);
        order.price = Price{static_cast<int32_t>(100'000 + random() % 200 * 100)};
        order.quantity = Quantity{static_cast<uint32_t>(1 + random() % 500)};
        take(order);
    }
    for (int i = 0; i < 5; ++i) {
        const uint64_t began_us = processor_us();
        const auto image = marketdata::make_snapshot_image(stream, sequence);
        WARN(image.frames.size() << " bytes in " << processor_us() - began_us << " us");
    }
}

}  // namespace carbonx::tests
