// A market, its recovery and its snapshot server, stepped by hand under a fake clock, and clients
// of plain sockets: what the snapshot server's tests need.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <memory>

#include "marketdata/receiver/image.h"
#include "marketdata/recovery/recovery_servers.h"
#include "tests/feed_script.h"
#include "tests/feed_sockets.h"
#include "tests/feed_stream.h"

namespace carbonx::tests {

namespace soup = marketdata::soup;
namespace wire = marketdata::wire;

// "demo-books" at no cost, so that it is hashed at once.
inline std::string quick_hash(std::string_view password = "demo-books") {
    return to_text(hash_password(password, {2, 1, 1, {}, {}}));
}

// One that connects, and says what a test wants it to.
class GlimpseClient {
public:
    explicit GlimpseClient(uint16_t port, const char* from = "127.0.0.1", int receive_buffer = 0)
        : socket_(context_) {
        using namespace boost::asio;
        socket_.open(ip::tcp::v4());
        if (receive_buffer > 0)
            socket_.set_option(socket_base::receive_buffer_size(receive_buffer));
        socket_.bind({ip::make_address(from), 0});
        socket_.connect({ip::make_address("127.0.0.1"), port});
        socket_.non_blocking(true);
    }

    void send(const Bytes& bytes) {
        boost::system::error_code error;  // the server may have closed
        boost::asio::write(socket_, boost::asio::buffer(bytes), error);
    }
    void send(char type, std::string_view payload = {}) {
        Bytes bytes;
        soup::append_frame(
            bytes, type, {reinterpret_cast<const unsigned char*>(payload.data()), payload.size()});
        send(bytes);
    }
    void log_in(std::string_view user = "DEMO", std::string_view password = "demo-books",
                std::string_view session = "", std::string_view sequence = "1") {
        send(login(user, password, session, sequence));
    }
    static Bytes login(std::string_view user = "DEMO", std::string_view password = "demo-books",
                       std::string_view session = "", std::string_view sequence = "1") {
        soup::LoginRequest request{wire::Alpha<6>(user),
                                   wire::Alpha<10>(password),
                                   soup::padded(wire::SessionName(session)),
                                   {}};
        request.sequence.fill(' ');
        std::copy(sequence.begin(), sequence.end(), request.sequence.end() - sequence.size());
        Bytes bytes;
        soup::append(bytes, request);
        return bytes;
    }

    // Takes what has come, up to so many bytes.
    void receive(std::size_t most = SIZE_MAX) {
        while (most > 0 && !closed) {
            Bytes more(std::min<std::size_t>(most, 65536));
            boost::system::error_code error;
            more.resize(socket_.read_some(boost::asio::buffer(more), error));
            if (error == boost::asio::error::would_block) return;
            closed = error.failed();
            was_reset = closed && error != boost::asio::error::eof;
            most -= more.size();
            heard.insert(heard.end(), more.begin(), more.end());
        }
    }
    void close() { socket_.close(); }

    struct Frame {
        char type = 0;
        Bytes payload;
    };
    std::vector<Frame> frames() const {
        std::vector<Frame> all;
        std::span<const unsigned char> rest{heard};
        soup::Frame frame;
        while (soup::take_frame(rest, frame, 0xFFFF) == soup::Taken::frame) {
            all.push_back({frame.type, {frame.payload.begin(), frame.payload.end()}});
        }
        return all;
    }
    // The frames' types, repeats of Sequenced Data left out: "ASZ".
    std::string types() const {
        std::string text;
        for (const Frame& frame : frames()) {
            if (frame.type != 'S' || text.empty() || text.back() != 'S') text += frame.type;
        }
        return text;
    }
    // The image's messages, G apart.
    std::vector<Bytes> messages() const {
        std::vector<Bytes> all;
        for (const Frame& frame : frames()) {
            if (frame.type == 'S' && frame.payload.front() != 'G') all.push_back(frame.payload);
        }
        return all;
    }
    // The number in G; 0 without one.
    uint64_t next_sequence() const {
        for (const Frame& frame : frames()) {
            if (frame.type != 'S' || frame.payload.front() != 'G') continue;
            REQUIRE(frame.payload.size() == sizeof(wire::EndOfSnapshot));
            const auto end = wire::as<wire::EndOfSnapshot>(frame.payload.data());
            return soup::parse_number({end.sequence.data(), end.sequence.size()}).value();
        }
        return 0;
    }

    Bytes heard;  // all that has come
    bool closed = false;
    bool was_reset = false;

private:
    boost::asio::io_context context_;
    boost::asio::ip::tcp::socket socket_;
};

struct GlimpseVenue {
    static constexpr uint64_t second = 1'000'000'000;

    explicit GlimpseVenue(uint64_t seed = 1) : script(scratch.path()), market(script, seed) {
        settings.data_directory = settings.runtime_directory = scratch.path();
        settings.marketdata = own_lines();
        settings.marketdata.recovery.users = {{"DEMO", quick_hash()}};
    }
    void start() {
        recovery = std::make_unique<marketdata::Recovery>(settings);
        servers = std::make_unique<marketdata::RecoveryServers>(settings.marketdata, *recovery);
        step();
    }
    // So many more counters that an image is larger than what the system keeps on its way.
    void list_many() {
        for (int i = 0; i < 20'000; ++i) script.list_counter("X" + std::to_string(i));
    }
    uint16_t port() const { return server().port(); }
    const marketdata::SnapshotServer& server() const { return servers->snapshot(0); }
    const marketdata::SnapshotCounters& counters() const { return server().counters(); }
    const marketdata::RecordedStream& stream() const { return *recovery->streams().front(); }

    // Time passes, then everything is done that can be.
    void step(uint64_t elapsed_ns = 1'000'000) {
        now_ns += elapsed_ns;
        while (recovery->poll(now_ns) > 0) {
        }
        serve();
    }
    void serve() {
        for (int polls = 0, idle = 0; idle < 3; ++polls) {
            REQUIRE(polls < 100'000);
            idle = servers->poll(now_ns) > 0 ? 0 : idle + 1;
        }
    }
    // Until this is so, by what passwords' own thread does too; as much time passes as it takes.
    template <class Condition>
    void serve_until(const std::vector<std::unique_ptr<GlimpseClient>>& clients, Condition is_so) {
        const uint64_t began_ns = monotonic_ns();
        const uint64_t before_ns = now_ns;
        while (!is_so()) {
            REQUIRE(monotonic_ns() - began_ns < 60 * second);
            now_ns = before_ns + (monotonic_ns() - began_ns);
            serve();
            for (const auto& client : clients) client->receive();
        }
    }
    // The client takes what comes until the server closes.
    void finish(GlimpseClient& client) {
        const uint64_t began_ns = now_ns;
        for (int i = 0; i < 1'000 && !client.closed; ++i) {
            step();
            client.receive();
        }
        REQUIRE(client.closed);
        CHECK(now_ns - began_ns < second);
    }
    std::unique_ptr<GlimpseClient> client(const char* from = "127.0.0.1") {
        return std::make_unique<GlimpseClient>(port(), from);
    }

    ScratchDirectory scratch;
    Settings settings;
    FeedScript script;
    RandomMarket market;
    std::unique_ptr<marketdata::Recovery> recovery;
    std::unique_ptr<marketdata::RecoveryServers> servers;
    uint64_t now_ns = 1'000'000'000'000;
};

// The books after these messages.
inline std::string books_after(const std::vector<Bytes>& messages) {
    marketdata::Image image;
    for (const Bytes& message : messages) image.apply(message);
    CHECK(image.contradictions() == 0);
    return marketdata::books_text(image);
}

}  // namespace carbonx::tests
