// The snapshot server of one stream: GLIMPSE over SoupBinTCP, for who comes late.
//
// Threads: one, recovery's; it never waits, and the stream never waits for it.
// Always: an image is never older than the login that it answers: it holds all that had happened
// when the Login Request came. Those who wait at a time share one; what images cost in time and in
// memory is bounded, and so are the connections. Running out of descriptors only pauses accepting.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <vector>

#include "engine/api/settings.h"
#include "marketdata/recovery/allowed_addresses.h"
#include "marketdata/recovery/snapshot_connection.h"

namespace carbonx::marketdata {

class SnapshotServer {
public:
    // Port 0: any free one. The key is where the settings have the address. Throws
    // std::runtime_error that names the mend when it cannot be had. Requires: all outlive it; the
    // stream is one of recovery's.
    SnapshotServer(const Endpoint& address, const std::string& key,
                   const RecoverySettings& settings, const Recovery& recovery,
                   const RecordedStream& stream, SnapshotUsers& users);

    // Serves those who have come; the monotonic clock. Returns the work done.
    std::size_t poll(uint64_t now_ns);

    uint16_t port() const { return acceptor_.local_endpoint().port(); }
    std::size_t client_count() const { return clients_.size(); }
    std::size_t images_alive() const;
    const SnapshotCounters& counters() const { return desk_.counters; }

    static constexpr std::size_t handlers_per_poll = 16;  // each reads a frame or writes a part
    static constexpr std::size_t images_max = 8;          // that somebody is still being sent
    static constexpr uint64_t image_pause = 3;            // times what the last one took to make
    static constexpr uint64_t accept_retry_ns = 100'000'000;
    static constexpr int send_buffer_bytes = 64 * 1024;

private:
    using Tcp = boost::asio::ip::tcp;
    using Client = std::shared_ptr<SnapshotConnection>;

    void start_accept();
    void accepted(Tcp::socket socket);
    bool make_room(const std::string& address);
    std::size_t answer_logins();
    std::size_t send_images();
    std::shared_ptr<const SnapshotImage> newest_image() const;
    void look();

    // Constant after construction.
    const RecordedStream& stream_;
    const AllowedAddresses allowed_;
    const std::size_t clients_max_;

    SnapshotDesk desk_;
    boost::asio::io_context io_;
    Tcp::acceptor acceptor_;
    bool is_accepting_ = false;
    uint64_t accept_at_ns_ = 0;
    std::vector<Client> clients_;
    std::vector<std::weak_ptr<const SnapshotImage>> images_;  // the newest is the last
    uint64_t image_at_ns_ = 0;                                // when one may be made again
    uint64_t look_at_ns_ = 0;
};

}  // namespace carbonx::marketdata
