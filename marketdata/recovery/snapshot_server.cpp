#include "marketdata/recovery/snapshot_server.h"

#include <algorithm>
#include <map>
#include <stdexcept>

namespace carbonx::marketdata {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using State = SnapshotConnection::State;

constexpr uint64_t look_step_ns = 10'000'000;  // between looks at everyone's deadlines

}  // namespace

SnapshotServer::SnapshotServer(const Endpoint& address, const std::string& key,
                               const RecoverySettings& settings, const Recovery& recovery,
                               const RecordedStream& stream, SnapshotUsers& users)
    : stream_(stream),
      allowed_(settings.allowed_addresses),
      clients_max_(settings.snapshot_clients_max),
      desk_{users, recovery, 0, {}, {}},
      acceptor_(io_) {
    try {
        const tcp::endpoint local(boost::asio::ip::make_address(address.address), address.port);
        acceptor_.open(local.protocol());
        acceptor_.set_option(tcp::acceptor::reuse_address(true));
        acceptor_.bind(local);
        acceptor_.listen();
        acceptor_.non_blocking(true);
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error("cannot offer snapshots on TCP " + address.address + ":" +
                                 std::to_string(address.port) + ": " + error.code().message() +
                                 ": stop what uses it, or change " + key + " in the settings");
    }
}

std::size_t SnapshotServer::poll(uint64_t now_ns) {
    desk_.now_ns = now_ns;
    start_accept();
    std::size_t work = 0;
    io_.restart();  // it stops where it has nothing to wait for
    while (work < handlers_per_poll && io_.poll_one() > 0) ++work;
    work += answer_logins();
    work += send_images();
    if (now_ns >= look_at_ns_) look();
    return work;
}

void SnapshotServer::start_accept() {
    if (is_accepting_ || desk_.now_ns < accept_at_ns_) return;
    is_accepting_ = true;
    acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
        is_accepting_ = false;
        if (!error) return accepted(std::move(socket));
        // Out of descriptors or memory, or the client has gone already.
        ++desk_.counters.accept_failed;
        desk_.say_closed("a connection that came", error.message());
        accept_at_ns_ = desk_.now_ns + accept_retry_ns;
    });
}

void SnapshotServer::accepted(tcp::socket socket) {
    start_accept();
    error_code error;
    const tcp::endpoint peer = socket.remote_endpoint(error);
    if (error) return;  // gone already; the socket closes itself
    ++desk_.counters.connections;
    const std::string address = peer.address().to_string();
    if (!allowed_.include(peer.address())) {
        ++desk_.counters.address_not_allowed;
        return desk_.say_closed(address, "it is not in recovery.allowed_addresses");
    }
    if (clients_.size() >= clients_max_ && !make_room(address)) {
        ++desk_.counters.over_clients_max;
        return desk_.say_closed(address, "there are recovery.snapshot_clients_max already");
    }
    socket.non_blocking(true, error);
    if (!error) socket.set_option(tcp::no_delay(true), error);
    // Bounded, and it shows soon who takes nothing.
    const boost::asio::socket_base::send_buffer_size size(send_buffer_bytes);
    if (!error) socket.set_option(size, error);
    if (error) return;
    clients_.push_back(std::make_shared<SnapshotConnection>(std::move(socket), address, desk_));
    clients_.back()->start();
}

// Of those who are not let in, the first of the address that has most of them goes: who holds all
// connections from one address shuts no other out.
bool SnapshotServer::make_room(const std::string& address) {
    std::erase_if(clients_, [](const Client& client) { return client->state() == State::closed; });
    if (clients_.size() < clients_max_) return true;
    std::map<std::string, std::size_t> outside;
    for (const Client& client : clients_) {
        if (!client->is_let_in()) ++outside[client->address()];
    }
    const auto most = std::max_element(outside.begin(), outside.end(),
                                       [](auto& a, auto& b) { return a.second < b.second; });
    if (most == outside.end() || most->second < 2 || most->first == address) return false;
    const auto goes = std::find_if(clients_.begin(), clients_.end(), [&](const Client& client) {
        return !client->is_let_in() && client->address() == most->first;
    });
    ++desk_.counters.over_clients_max;
    desk_.say_closed((*goes)->address(), "it has most of all connections, and another came");
    (*goes)->drop();
    clients_.erase(goes);
    return true;
}

std::size_t SnapshotServer::answer_logins() {
    const uint64_t position = desk_.recovery.position();
    std::size_t answered = 0;
    for (const Client& client : clients_) {
        if (client->state() != State::catching_up || position < client->wanted_position()) continue;
        client->answer(stream_.session());
        ++answered;
    }
    return answered;
}

std::size_t SnapshotServer::send_images() {
    std::shared_ptr<const SnapshotImage> image = newest_image();
    std::size_t sent = 0;
    for (const Client& client : clients_) {
        if (client->state() != State::waiting) continue;
        if (!image || image->position < client->wanted_position()) {
            if (desk_.now_ns < image_at_ns_ || images_alive() >= images_max) continue;
            const uint64_t began_ns = monotonic_ns();
            image = std::make_shared<const SnapshotImage>(
                make_snapshot_image(stream_, desk_.recovery.position()));
            image_at_ns_ = desk_.now_ns + image_pause * (monotonic_ns() - began_ns);
            std::erase_if(images_, [](const auto& older) { return older.expired(); });
            images_.push_back(image);
            ++desk_.counters.images;
            desk_.counters.image_bytes += image->frames.size();
        }
        client->send(image);
        ++sent;
    }
    return sent;
}

std::shared_ptr<const SnapshotImage> SnapshotServer::newest_image() const {
    return images_.empty() ? nullptr : images_.back().lock();
}

std::size_t SnapshotServer::images_alive() const {
    return static_cast<std::size_t>(std::count_if(
        images_.begin(), images_.end(), [](const auto& image) { return !image.expired(); }));
}

void SnapshotServer::look() {
    look_at_ns_ = desk_.now_ns + look_step_ns;
    for (const Client& client : clients_) client->look();
    std::erase_if(clients_, [](const Client& client) { return client->state() == State::closed; });
}

}  // namespace carbonx::marketdata
