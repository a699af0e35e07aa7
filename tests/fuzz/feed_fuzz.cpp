// Fuzzing of the feed's edges: a subscriber that hears noise on its lines and from a snapshot
// server, and the servers, which hear noise from a subscriber.
//
// Input: records of a kind, a length and so many bytes. Kinds: p, a packet on a line; r, a packet
// that was really sent, by number and count; t, time goes by, and what is missing is asked for;
// q, a request datagram; u, bytes of a client at the snapshot server; s, bytes of a snapshot server
// to a subscriber.
#include <boost/asio/write.hpp>

#include "marketdata/receiver/receiver.h"
#include "tests/fuzz/feed_venue.h"

namespace carbonx::marketdata::fuzz {
namespace {

// Levels and orders, linked as they should be.
void check_image(const Image& image) {
    for (const auto& [locate, counter] : image.counters()) {
        for (const BookSide& side : counter.sides) {
            const BookLevel* better = nullptr;
            for (const BookLevel& level : side) {
                const bool buys = &side == &counter.sides[0];
                CARBONX_CHECK(better == nullptr ||
                              (buys ? level.price < better->price : level.price > better->price));
                better = &level;
                uint64_t quantity = 0, count = 0;
                const Orders& orders = image.orders();
                for (auto* order = orders.first(level); order; order = orders.behind(*order)) {
                    CARBONX_CHECK(orders.find(order->reference) == order);
                    CARBONX_CHECK(order->locate == locate && order->price == level.price);
                    CARBONX_CHECK(order->quantity > 0);
                    quantity += order->quantity;
                    ++count;
                }
                CARBONX_CHECK(count > 0 && count == level.order_count);
                CARBONX_CHECK(quantity == level.quantity);
            }
        }
    }
    CARBONX_CHECK(image.trades().size() <= Image::trades_kept);
}

// A subscriber without its sockets: what StreamReceiver and Receiver do with what they hear.
class Subscriber {
public:
    void packet(View bytes) {
        const ArbiterCounters before = arbiter_.counters();
        const auto news = arbiter_.take(bytes, now_ns_);
        const ArbiterCounters& after = arbiter_.counters();
        CARBONX_CHECK(after.packets == before.packets + 1);
        CARBONX_CHECK(after.malformed + after.other_session + (news ? 1 : 0) ==
                      before.malformed + before.other_session + 1);
        if (news) {
            const auto header = wire::as<wire::PacketHeader>(bytes.data());
            const bool is_over = header.count.value() == wire::count_end_of_session;
            const uint64_t count = is_over ? 0 : header.count.value();
            known_ = std::max(known_, header.sequence.value() + count);
        }
        check();
    }

    void time_goes_by(uint64_t ns) {
        now_ns_ += ns;
        for (int i = 0; i < 8; ++i) {
            const auto request = take_request();
            if (!request) break;
            if (const auto answer = ask(view(*request))) packet(answer->view());
        }
    }

    // Bytes of a snapshot server, which is asked by the first of them.
    void snapshot(View bytes) {
        if (!loader().running()) {
            if (arbiter_.session().view().empty()) return;
            aside_.clear();
            loader().start(arbiter_.session(), now_ns_);
            loader().poll(now_ns_);
            server_.close();
            boost::system::error_code error;
            acceptor().accept(server_, error);
            if (error) return loader().stop();  // no port is free for the moment
            server_.set_option(asio::socket_base::linger(true, 0));
        }
        boost::system::error_code error;
        asio::write(server_, asio::buffer(bytes.data(), bytes.size()), error);
        load();
    }

    // With answers to all that it asks, it has everything in the end.
    void end() {
        if (loader().running()) {
            server_.close();
            load();
            CARBONX_CHECK(!loader().running());
        }
        if (arbiter_.session().view().empty()) return;
        constexpr uint64_t asked_max = 2000;
        if (arbiter_.missing() > asked_max) skip_to(known_ - asked_max);
        while (!arbiter_.caught_up()) {
            now_ns_ += Arbiter::retry_ns;
            const auto request = take_request();
            CARBONX_CHECK(request.has_value());
            const uint64_t before = arbiter_.next_sequence();
            Packet answer(request->session, request->sequence.value(), 0);
            const Bytes empty_message(sizeof(wire::BlockHeader));
            for (uint64_t i = 0; i < request->count.value() && answer.append(empty_message); ++i) {
            }
            packet(answer.view());
            CARBONX_CHECK(arbiter_.next_sequence() > before);
        }
        CARBONX_CHECK(arbiter_.next_sequence() == known_);
        check_image(image_);
    }

private:
    // Accepts whom the loader sends.
    static tcp::acceptor& acceptor() {
        static asio::io_context context;
        static tcp::acceptor made = [] {
            tcp::acceptor listening(context, {asio::ip::address_v4::loopback(), 0});
            listening.non_blocking(true);
            return listening;
        }();
        return made;
    }
    SnapshotLoader& loader() { return *loader_; }

    void load() {
        for (int i = 0; i < 16 && loader().running(); ++i) {
            switch (loader().poll(now_ns_)) {
                case SnapshotLoader::Progress::waiting:
                    return;
                case SnapshotLoader::Progress::loading:
                    break;
                case SnapshotLoader::Progress::failed:
                    CARBONX_CHECK(!loader().failure().empty());
                    break;
                case SnapshotLoader::Progress::complete:
                    check_image(aside_);
                    if (loader().next_sequence() <= arbiter_.next_sequence()) break;
                    image_ = std::exchange(aside_, Image());
                    skip_to(loader().next_sequence());
            }
        }
    }

    void skip_to(uint64_t sequence) {
        expected_ = std::max(expected_, sequence);
        known_ = std::max(known_, sequence);
        arbiter_.skip_to(sequence, now_ns_);
        check();
    }

    std::optional<wire::Request> take_request() {
        const auto request = arbiter_.request(now_ns_);
        if (!request) return request;
        CARBONX_CHECK(request->session == arbiter_.session());
        CARBONX_CHECK(request->sequence.value() >= arbiter_.next_sequence());
        CARBONX_CHECK(request->count.value() > 0);
        CARBONX_CHECK(request->sequence.value() + request->count.value() <= known_);
        return request;
    }

    void check() const {
        CARBONX_CHECK(arbiter_.next_sequence() == expected_);
        CARBONX_CHECK(arbiter_.packets_held() <= bounds.packets);
        CARBONX_CHECK(arbiter_.bytes_held() <= bounds.bytes);
        CARBONX_CHECK(arbiter_.missing() <= known_ - expected_);
        CARBONX_CHECK((arbiter_.gap_ns() != 0) == (arbiter_.missing() > 0));
        const bool is_whole = !arbiter_.session().view().empty() && expected_ == known_;
        CARBONX_CHECK(arbiter_.caught_up() == is_whole);
        CARBONX_CHECK(!is_whole || arbiter_.packets_held() == 0);
    }

    void session_begins(const wire::SessionName& session) {
        CARBONX_CHECK(session > session_);
        session_ = session;
        expected_ = known_ = 1;
        image_.clear();
        loader().stop();
    }
    void message(uint64_t sequence, View message) {
        CARBONX_CHECK(sequence == expected_);
        ++expected_;
        image_.apply(message);
    }

    static constexpr Arbiter::Bounds bounds{4, 1024};
    uint64_t now_ns_ = second_ns;
    uint64_t expected_ = 1;  // the next message to come
    uint64_t known_ = 1;     // behind the last of which it has heard
    wire::SessionName session_;
    Image image_;
    Image aside_;
    Arbiter arbiter_{{[this](const wire::SessionName& session) { session_begins(session); },
                      [this](uint64_t sequence, View bytes) { message(sequence, bytes); }},
                     bounds};
    std::unique_ptr<SnapshotLoader> loader_ =
        std::make_unique<SnapshotLoader>(acceptor().local_endpoint(), "DEMO", "demo-books",
                                         [this](View bytes) { aside_.apply(bytes); });
    asio::io_context context_;
    tcp::socket server_{context_};
};

class Run {
public:
    void take(char kind, View bytes) {
        switch (kind % 6) {
            case 'p' % 6:
                return subscriber_.packet(bytes);
            case 'q' % 6:
                ask(bytes);
                return;
            case 'r' % 6:
                return really_sent(bytes);
            case 's' % 6:
                return subscriber_.snapshot(bytes);
            case 't' % 6:
                return subscriber_.time_goes_by(bytes.empty() ? 0 : bytes[0] * second_ns / 100);
            case 'u' % 6:
                if (!client_) client_.emplace();
                return client_->send(bytes);
        }
    }
    void end() {
        subscriber_.end();
        if (client_) client_->end();
    }

private:
    void really_sent(View bytes) {
        if (bytes.size() < 3) return;
        const uint64_t number = wire::as<wire::U16>(bytes.data()).value();
        const wire::Request request{venue().stream().session(), 1 + number % venue().blocks.size(),
                                    bytes[2] + 1U};
        subscriber_.packet(ask(view(request))->view());
    }

    Subscriber subscriber_;
    std::optional<Client> client_;
};

}  // namespace
}  // namespace carbonx::marketdata::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
    using namespace carbonx::marketdata::fuzz;
    Run run;
    for (View rest{data, size}; rest.size() >= 2;) {
        const std::size_t length = std::min<std::size_t>(rest[1], rest.size() - 2);
        // A copy, so that the address sanitizer sees what is read beyond it.
        const Bytes bytes(rest.begin() + 2, rest.begin() + 2 + static_cast<std::ptrdiff_t>(length));
        run.take(static_cast<char>(rest[0]), bytes);
        rest = rest.subspan(2 + length);
    }
    run.end();
    return 0;
}
