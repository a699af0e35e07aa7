#include "marketdata/recovery/retransmit.h"

#include <boost/asio/buffer.hpp>
#include <stdexcept>

namespace carbonx::marketdata {

namespace asio = boost::asio;
using asio::ip::udp;

RetransmitServer::RetransmitServer(asio::io_context& context, const Endpoint& address,
                                   const std::string& key, const RecoverySettings& settings,
                                   History& history)
    : socket_(context),
      history_(history),
      allowed_(settings.allowed_addresses),
      limit_(settings.requests_per_second) {
    try {
        const udp::endpoint local(asio::ip::make_address(address.address), address.port);
        socket_.open(local.protocol());
        socket_.bind(local);
        socket_.non_blocking(true);
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error("cannot take re-requests on UDP " + address.address + ":" +
                                 std::to_string(address.port) + ": " + error.code().message() +
                                 ": stop what uses it, or change " + key + " in the settings");
    }
}

std::size_t RetransmitServer::poll(uint64_t now_ns) {
    std::size_t taken = 0;
    for (; taken < requests_per_poll; ++taken) {
        std::array<unsigned char, sizeof(wire::Request) + 1> bytes;  // one more shows a longer one
        udp::endpoint asker;
        boost::system::error_code error;
        const std::size_t size = socket_.receive_from(asio::buffer(bytes), asker, 0, error);
        if (error == asio::error::would_block) break;
        // A port that an earlier answer did not reach is reported here; the asker is gone.
        if (!error) answer({bytes.data(), size}, asker, now_ns);
    }
    return taken;
}

std::optional<Packet> answer_from(History& history, std::span<const unsigned char> request,
                                  RetransmitCounters& counters) {
    if (request.size() != sizeof(wire::Request)) {
        ++counters.wrong_size;
        return std::nullopt;
    }
    const auto wanted = wire::as<wire::Request>(request.data());
    if (wanted.session != history.session()) {
        ++counters.unknown_session;
        return std::nullopt;
    }
    auto packet = history.read(wanted.session, wanted.sequence.value(),
                               static_cast<uint16_t>(wanted.count.value()));
    ++(packet ? counters.answered : counters.unknown_range);
    return packet;
}

void RetransmitServer::answer(std::span<const unsigned char> request, const udp::endpoint& asker,
                              uint64_t now_ns) {
    if (!allowed_.include(asker.address())) {
        ++counters_.address_not_allowed;
        return;
    }
    if (!limit_.take(asker.address(), now_ns)) {
        ++counters_.over_rate;
        return;
    }
    const auto packet = answer_from(history_, request, counters_);
    if (!packet) return;
    boost::system::error_code error;
    socket_.send_to(asio::buffer(packet->bytes.data(), packet->size), asker, 0, error);
    if (error) ++counters_.send_failed;
}

}  // namespace carbonx::marketdata
