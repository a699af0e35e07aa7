// A feed made by hand for subscribers that are tested: a market that moves by chance, its packets
// on real lines as the test lets them through, a re-request server, and a snapshot server that does
// what the test says. All stepped, under a fake clock.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>

#include "marketdata/itch_encoder.h"
#include "marketdata/packet.h"
#include "marketdata/receiver/stream_receiver.h"
#include "marketdata/recovery/history.h"
#include "marketdata/soup.h"
#include "tests/feed_script.h"
#include "tests/feed_sockets.h"
#include "tools/subscription.h"

namespace carbonx::tests {

// Takes one client at a time, and answers its login with the bytes that the test gives.
class FakeSnapshots {
public:
    FakeSnapshots() : acceptor_(context_, {boost::asio::ip::make_address("127.0.0.1"), 0}) {
        acceptor_.non_blocking(true);
    }
    uint16_t port() const { return acceptor_.local_endpoint().port(); }
    void shut() { acceptor_.close(); }

    void poll() {
        boost::system::error_code error;
        boost::asio::ip::tcp::socket client(context_);
        if (acceptor_.is_open()) acceptor_.accept(client, error);
        if (client.is_open()) {
            ++clients;
            client_ = std::make_unique<boost::asio::ip::tcp::socket>(std::move(client));
            client_->non_blocking(true);
            inbound_.clear();
            outbound_.clear();
            logged_in_ = false;
        }
        if (!client_) return;
        unsigned char bytes[1000];
        inbound_.insert(inbound_.end(), bytes,
                        bytes + client_->read_some(boost::asio::buffer(bytes), error));
        std::span<const unsigned char> rest = inbound_;
        marketdata::soup::Frame frame;
        while (marketdata::soup::take_frame(rest, frame, 100) == marketdata::soup::Taken::frame) {
            if (frame.type != 'L') continue;
            login = *marketdata::soup::payload_as<marketdata::soup::LoginRequest>(frame);
            if (answer) outbound_ = answer();
            logged_in_ = true;
        }
        inbound_.assign(rest.begin(), rest.end());
        if (!logged_in_) return;
        const std::size_t part = std::min(outbound_.size(), bytes_per_poll);
        const std::size_t sent =
            client_->write_some(boost::asio::buffer(outbound_.data(), part), error);
        outbound_.erase(outbound_.begin(), outbound_.begin() + static_cast<std::ptrdiff_t>(sent));
        if (outbound_.empty() && answer) client_.reset();
    }

    std::function<Bytes()> answer;  // none: it says nothing
    std::size_t bytes_per_poll = 10'000;
    int clients = 0;
    marketdata::soup::LoginRequest login;  // the last one

private:
    boost::asio::io_context context_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::unique_ptr<boost::asio::ip::tcp::socket> client_;
    Bytes inbound_, outbound_;
    bool logged_in_ = false;
};

class FakeFeed {
public:
    using Carry = std::function<void(const marketdata::Packet& packet)>;

    explicit FakeFeed(uint64_t seed)
        : script_(scratch_.path()),
          market(script_, seed),
          events_(scratch_.path(), scratch_.path(), "test"),
          sender_(context_, boost::asio::ip::udp::v4()),
          server_(context_, {boost::asio::ip::make_address("127.0.0.1"), 0}) {
        using namespace boost::asio;
        sender_.set_option(ip::multicast::outbound_interface(ip::make_address_v4("127.0.0.1")));
        subscription_ = tools::subscription(own_lines().channels.front().stream, "127.0.0.1",
                                            "DEMO", "demo-books");
        subscription_.snapshot.port = snapshots.port();
        subscription_.rerequest.port = server_.local_endpoint().port();
        server_.non_blocking(true);
        snapshots.answer = [this] { return image(next()); };
        open();
    }
    void open(uint32_t day = 20261123) {
        market.open(day);
        encode();
    }

    // Makes so much happen, and lets each packet through as told; on both lines if not.
    void act(std::size_t times, const Carry& carry) {
        market.act(times);
        for (const auto& packet : encode()) carry(packet);
    }
    void act(std::size_t times) {
        act(times, [this](const auto& packet) { send_both(packet); });
    }
    void act_unheard(std::size_t times) {
        act(times, [](const auto&) {});
    }
    void end_session(uint32_t day = 20261123) {
        market.close(day);
        for (const auto& packet : encode()) send_both(packet);
        send_both({encoder_.session(), next(), marketdata::wire::count_end_of_session});
    }
    void heartbeat() { send_both({encoder_.session(), next(), 0}); }
    void send(int line, std::span<const unsigned char> packet) {
        const auto& address = line == 0 ? subscription_.line_a : subscription_.line_b;
        sender_.send_to(boost::asio::buffer(packet.data(), packet.size()),
                        {boost::asio::ip::make_address(address.host), address.port});
    }
    void send_both(const marketdata::Packet& packet) {
        send(0, packet.view());
        send(1, packet.view());
    }

    // What the snapshot server sends: an image as of now, which says to go on at the sequence.
    Bytes image(uint64_t sequence) const {
        Bytes bytes = login_accepted(encoder_.session());
        Bytes blocks;
        encoder_.snapshot(blocks);
        for (std::span<const unsigned char> rest = blocks; !rest.empty();) {
            const auto block = marketdata::first_block(rest);
            marketdata::soup::append_frame(bytes, 'S', block.subspan(2));
            rest = rest.subspan(block.size());
        }
        marketdata::wire::EndOfSnapshot end;
        end.sequence = marketdata::soup::digits(sequence);
        marketdata::soup::append_frame(bytes, 'S',
                                       {reinterpret_cast<const unsigned char*>(&end), sizeof end});
        marketdata::soup::append_frame(bytes, 'Z');
        return bytes;
    }
    static Bytes login_accepted(const marketdata::wire::SessionName& session) {
        Bytes bytes;
        marketdata::soup::append(bytes,
                                 marketdata::soup::LoginAccepted{marketdata::soup::padded(session),
                                                                 marketdata::soup::number(1)});
        return bytes;
    }
    marketdata::Packet packet_from(uint64_t sequence) {
        return *history_.read(encoder_.session(), sequence, 1000);
    }
    uint64_t next() const { return history_.next_sequence(); }
    const marketdata::wire::SessionName& session() const { return encoder_.session(); }
    const marketdata::Subscription& subscription() const { return subscription_; }

    void serve() {
        snapshots.poll();
        answer_requests();
    }
    // A millisecond for everyone.
    template <class Subscriber>
    void step(Subscriber& subscriber, uint64_t elapsed_ns = 1'000'000) {
        now_ns += elapsed_ns;
        serve();
        while (subscriber.poll(now_ns) > 0) {
        }
    }
    // Steps until nothing is missing; whether that came.
    template <class Subscriber>
    bool catch_up(Subscriber& subscriber, int steps = 5000) {
        heartbeat();
        for (int i = 0; i < steps; ++i) {
            step(subscriber);
            if (subscriber.arbiter().next_sequence() == next() && subscriber.arbiter().caught_up())
                return true;
        }
        return false;
    }

private:
    const ScratchDirectory scratch_;
    FeedScript script_;

public:
    uint64_t now_ns = 1'000'000'000'000;
    RandomMarket market;
    FakeSnapshots snapshots;
    std::function<bool()> request_is_lost;  // none: none is
    uint64_t requests = 0;

private:
    void answer_requests() {
        marketdata::wire::Request request;
        boost::asio::ip::udp::endpoint asker;
        boost::system::error_code error;
        while (server_.receive_from(boost::asio::buffer(&request, sizeof request), asker, 0,
                                    error) == sizeof request) {
            ++requests;
            if (request_is_lost && request_is_lost()) continue;
            const auto packet = history_.read(request.session, request.sequence.value(),
                                              static_cast<uint16_t>(request.count.value()));
            if (packet) {
                server_.send_to(boost::asio::buffer(packet->bytes.data(), packet->size), asker);
            }
        }
    }
    std::vector<marketdata::Packet> encode() {
        while (const EventHead* event = events_.next()) {
            const auto& encoded = encoder_.encode(*event, events_.sequence());
            if (encoded.session_begins) {
                packetiser_.flush();
                packetiser_.begin(encoder_.session(), 1);
                history_.begin(encoder_.session());
            }
            for (std::span<const unsigned char> rest = encoded.blocks; !rest.empty();) {
                const auto block = marketdata::first_block(rest);
                history_.append(block);
                packetiser_.append(block);
                rest = rest.subspan(block.size());
            }
        }
        packetiser_.flush();
        const auto ready = packetiser_.ready();
        std::vector<marketdata::Packet> packets(ready.begin(), ready.end());
        packetiser_.clear();
        return packets;
    }

    EventReader events_;
    marketdata::ItchEncoder encoder_{480};
    marketdata::Packetiser packetiser_;
    marketdata::History history_{scratch_.path() / "feed"};
    boost::asio::io_context context_;
    boost::asio::ip::udp::socket sender_;
    boost::asio::ip::udp::socket server_;
    marketdata::Subscription subscription_;
};

}  // namespace carbonx::tests
