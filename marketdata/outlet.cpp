#include "marketdata/outlet.h"

#include "marketdata/multicast.h"
#include "marketdata/retransmit.h"

namespace carbonx::marketdata {
namespace {

class Sockets final : public Outlet {
public:
    Sockets(const MarketDataSettings& settings, History& history)
        : multicast_(context_, settings), retransmit_(context_, settings.rerequest, history) {}

    void send(std::span<const Packet> packets) override { multicast_.send(packets); }
    std::size_t answer() override { return retransmit_.poll(); }
    uint16_t rerequest_port() const override { return retransmit_.port(); }
    OutletCounters counters() const override {
        return {multicast_.counters().packets, multicast_.counters().failed,
                retransmit_.counters().answered};
    }

private:
    boost::asio::io_context context_;
    Multicast multicast_;
    RetransmitServer retransmit_;
};

}  // namespace

std::unique_ptr<Outlet> open_sockets(const MarketDataSettings& settings, History& history) {
    return std::make_unique<Sockets>(settings, history);
}

}  // namespace carbonx::marketdata
