// What the feed's fuzz target has of a venue: what it has really sent, its answers to re-requests,
// and its snapshot server's connection to a client that says what the fuzzer says.
#pragma once

#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/api/check.h"
#include "engine/api/password.h"
#include "marketdata/itch_encoder.h"
#include "marketdata/recovery_servers.h"
#include "tests/feed_script.h"

namespace carbonx::marketdata::fuzz {

namespace asio = boost::asio;
using asio::ip::tcp;
using Bytes = std::vector<unsigned char>;
using View = std::span<const unsigned char>;

constexpr uint64_t second_ns = 1'000'000'000;

template <class Message>
View view(const Message& message) {
    return {reinterpret_cast<const unsigned char*>(&message), sizeof message};
}

// A day, its history and its books, as recovery has read them.
struct Venue {
    Venue() {
        spdlog::set_level(spdlog::level::off);
        market.open();
        market.act(300);
        settings.data_directory = settings.runtime_directory = scratch.path();
        recovery.emplace(settings);
        recovery->poll(1);
        image = std::make_shared<SnapshotImage>(make_snapshot_image(stream(), 0));
        EventReader events(scratch.path(), scratch.path(), "fuzz");
        ItchEncoder encoder(settings.utc_offset_minutes);
        while (const EventHead* event = events.next()) {
            const Blocks& made = encoder.encode(*event, events.sequence()).blocks;
            for (View rest{made}; !rest.empty();) {
                const View block = first_block(rest);
                blocks.emplace_back(block.begin(), block.end());
                rest = rest.subspan(block.size());
            }
        }
        PasswordHash quick;
        quick.cost = 2;
        users.emplace(std::vector<SnapshotUserSettings>{
            {"DEMO", to_text(hash_password("demo-books", quick))}});
    }
    RecordedStream& stream() { return *recovery->streams().front(); }

    const tests::ScratchDirectory scratch;
    tests::FeedScript script{scratch.path()};
    tests::RandomMarket market{script, 1};
    Settings settings;
    std::optional<Recovery> recovery;
    std::optional<SnapshotUsers> users;
    std::shared_ptr<const SnapshotImage> image;
    std::vector<Bytes> blocks;  // all messages, as they should be
    RetransmitCounters counters;
};

inline Venue& venue() {
    static Venue made;
    return made;
}

// At most one packet, only of what exists, and no more than was asked for; each request counts.
inline std::optional<Packet> ask(View request) {
    RetransmitCounters& counters = venue().counters;
    counters = {};
    auto packet = answer_from(venue().stream().history(), request, counters);
    CARBONX_CHECK(counters.answered + counters.wrong_size + counters.unknown_session +
                      counters.unknown_range ==
                  1);
    CARBONX_CHECK(packet.has_value() == (counters.answered == 1));
    if (!packet) return packet;
    CARBONX_CHECK(request.size() == sizeof(wire::Request));
    const auto wanted = wire::as<wire::Request>(request.data());
    const wire::PacketHeader header = packet->header();
    const uint64_t first = wanted.sequence.value(), count = header.count.value();
    CARBONX_CHECK(header.session == wanted.session && header.sequence.value() == first);
    CARBONX_CHECK(count >= 1 && count <= wanted.count.value());
    View rest = packet->view().subspan(sizeof header);
    for (uint64_t i = first; i < first + count; ++i) {
        const View block = first_block(rest);
        CARBONX_CHECK(std::ranges::equal(block, venue().blocks.at(i - 1)));
        rest = rest.subspan(block.size());
    }
    CARBONX_CHECK(rest.empty());
    return packet;
}

// One that says what the fuzzer says, and the server's connection behind it.
class Client {
public:
    Client() {
        int ends[2];
        CARBONX_CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
        own_ = ends[0];
        tcp::socket socket(context(), tcp::v4(), ends[1]);
        socket.non_blocking(true);
        connection_ = std::make_shared<SnapshotConnection>(std::move(socket), "fuzz", desk_);
        connection_->start();
    }

    void send(View bytes) {
        const ssize_t sent = ::send(own_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        CARBONX_CHECK(sent >= 0 || is_closed());
        step();
    }

    // It says nothing more, and does not go: the server ends it, once, and keeps nothing.
    void end() {
        for (int i = 0; i < 5; ++i) {
            desk_.now_ns += 20 * second_ns;
            connection_->look();
            step();
        }
        CARBONX_CHECK(is_closed());
        const SnapshotCounters& ends = desk_.counters;
        CARBONX_CHECK(ends.login_timed_out + ends.wrong_password + ends.session_not_available +
                          ends.passwords_waiting_max + ends.malformed + ends.silent + ends.slow +
                          ends.too_long + ends.session_over + ends.logged_out + ends.lost +
                          ends.served ==
                      1);
        CARBONX_CHECK((ends.served == 1) == (last_ == soup::end_of_session));
        ::close(own_);
        CARBONX_CHECK(connection_.use_count() == 1);
    }

private:
    static asio::io_context& context() {
        static asio::io_context made;
        return made;
    }
    bool is_closed() const { return connection_->state() == SnapshotConnection::State::closed; }

    // As the server steps it.
    void step() {
        for (int i = 0; i < 4; ++i) {
            context().restart();
            context().poll();
            using State = SnapshotConnection::State;
            if (connection_->state() == State::catching_up) {
                connection_->answer(venue().stream().session());
            }
            if (connection_->state() == State::waiting) connection_->send(venue().image);
            hear();
        }
    }

    void hear() {
        std::array<unsigned char, 65'536> bytes;
        ssize_t size = 0;
        while ((size = ::recv(own_, bytes.data(), bytes.size(), 0)) > 0) {
            heard_.insert(heard_.end(), bytes.begin(), bytes.begin() + size);
        }
        View rest{heard_};
        soup::Frame frame;
        soup::Taken taken;
        while ((taken = soup::take_frame(rest, frame, wire::packet_bytes_max)) ==
               soup::Taken::frame) {
            hear(frame);
        }
        CARBONX_CHECK(taken == soup::Taken::incomplete);
        heard_.erase(heard_.begin(), heard_.end() - static_cast<std::ptrdiff_t>(rest.size()));
    }
    void hear(const soup::Frame& frame) {
        const bool begins =
            frame.type == soup::login_accepted || frame.type == soup::login_rejected;
        CARBONX_CHECK(begins == (last_ == '\0'));
        CARBONX_CHECK(last_ != soup::login_rejected && last_ != soup::end_of_session);
        CARBONX_CHECK(begins || frame.type == soup::sequenced_data ||
                      frame.type == soup::end_of_session);
        last_ = frame.type;
    }

    int own_ = -1;
    SnapshotDesk desk_{*venue().users, *venue().recovery, second_ns, {}, {}};
    std::shared_ptr<SnapshotConnection> connection_;
    Bytes heard_;
    char last_ = '\0';  // frame that it has heard
};

}  // namespace carbonx::marketdata::fuzz
