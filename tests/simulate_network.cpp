#include "tests/simulate_network.h"

#include <algorithm>
#include <optional>

#include "gateway/framing.h"

namespace carbonx::tests {

using gateway::Frame;
using gateway::LogonResult;
using gateway::SessionIndex;
using gateway::Sessions;
using gateway::TimePoint;

namespace {

constexpr std::size_t body_bytes_max = 8 * 1024;

// What gateway::Transport does with a socket, done with a wire.
class Connection final : public gateway::Channel {
public:
    Connection(std::shared_ptr<Wire> wire, Sessions& sessions, std::size_t output_bytes_max)
        : wire_(std::move(wire)), sessions_(sessions), output_bytes_max_(output_bytes_max) {}
    // As a kill.
    ~Connection() override {
        if (session_) sessions_.abandon(*session_);
        wire_->broken = true;
    }

    bool is_closed() const { return closed_; }

    std::size_t step() {
        std::size_t count = 0;
        std::string& input = wire_->to_gateway.arrived;
        while (!closed_ && !closing_) {
            const Frame frame = gateway::next_frame(input, body_bytes_max);
            input.erase(0, frame.skipped);
            if (frame.kind != Frame::Kind::message) break;
            const std::string message = input.substr(0, frame.size);
            input.erase(0, frame.size);
            ++count;
            if (session_) {
                sessions_.receive(*session_, message);
            } else {
                log_on(message);
            }
        }
        const bool gone =
            wire_->broken || (wire_->to_gateway.closed && wire_->to_gateway.sent.empty());
        if (gone || overflowed_) drop();
        return count;
    }

    void flush() {
        Wire::Direction& out = wire_->to_broker;
        const std::size_t room = Wire::sent_max - std::min(out.sent.size(), Wire::sent_max);
        const std::size_t taken = std::min(room, output_.size());
        out.sent.append(output_, 0, taken);
        output_.erase(0, taken);
        if (closing_ && output_.empty()) {
            out.closed = true;
            closed_ = true;
        }
    }

    void send(std::string_view bytes) override {
        output_ += bytes;
        if (output_.size() > output_bytes_max_) overflowed_ = true;
    }
    void close() override {
        session_.reset();
        closing_ = true;
    }
    std::size_t queued_bytes() const override { return output_.size(); }
    bool is_behind() const override { return 2 * output_.size() > output_bytes_max_; }

private:
    void log_on(const std::string& message) {
        SessionIndex session = 0;
        const LogonResult result = sessions_.connect(message, {"127.0.0.1"}, *this, session);
        if (result == LogonResult::accepted) {
            session_ = session;
        } else if (result != LogonResult::refused) {
            drop();
        }
    }
    void drop() {
        if (closed_) return;
        closed_ = true;
        wire_->broken = true;
        if (!session_) return;
        const SessionIndex session = *session_;
        session_.reset();
        sessions_.disconnected(session);
    }

    const std::shared_ptr<Wire> wire_;
    Sessions& sessions_;
    const std::size_t output_bytes_max_;
    std::optional<SessionIndex> session_;
    std::string output_;
    bool closing_ = false, closed_ = false, overflowed_ = false;
};

}  // namespace

class SimulatedNetwork::Listener final : public gateway::Network {
public:
    Listener(SimulatedNetwork& network, std::size_t output_bytes_max, Sessions& sessions)
        : network_(network), output_bytes_max_(output_bytes_max), sessions_(sessions) {
        network_.listener_ = this;
    }
    ~Listener() override { network_.listener_ = nullptr; }

    void accept(std::shared_ptr<Wire> wire) {
        connections_.push_back(
            std::make_unique<Connection>(std::move(wire), sessions_, output_bytes_max_));
    }
    std::size_t poll(TimePoint now) override {
        flush();
        std::size_t work = 0;
        for (std::size_t i = 0; i < connections_.size(); ++i) work += connections_[i]->step();
        work += sessions_.poll(now);
        flush();
        std::erase_if(connections_, [](const auto& one) { return one->is_closed(); });
        return work;
    }
    void flush() override {
        if (!sessions_.write_stores()) return;
        for (const auto& connection : connections_) connection->flush();
    }
    uint16_t port() const override { return 0; }

private:
    SimulatedNetwork& network_;
    const std::size_t output_bytes_max_;
    Sessions& sessions_;
    std::vector<std::unique_ptr<Connection>> connections_;
};

gateway::MakeNetwork SimulatedNetwork::listen() {
    return [this](const GatewaySettings& settings, Sessions& sessions) {
        return std::make_unique<Listener>(*this, std::size_t{settings.output_queue_kib} * 1024,
                                          sessions);
    };
}

std::shared_ptr<Wire> SimulatedNetwork::connect() {
    if (listener_ == nullptr) return nullptr;
    auto wire = std::make_shared<Wire>();
    wires_.push_back(wire);
    listener_->accept(wire);
    return wire;
}

std::size_t SimulatedNetwork::deliver(bool all) {
    std::size_t moved = 0;
    for (const auto& wire : wires_) {
        for (Wire::Direction* way : {&wire->to_gateway, &wire->to_broker}) {
            if (way->sent.empty()) continue;
            const std::size_t size =
                all || chance_.percent(50) ? way->sent.size() : chance_.below(way->sent.size() + 1);
            way->arrived.append(way->sent, 0, size);
            way->sent.erase(0, size);
            moved += size;
        }
    }
    std::erase_if(wires_, [](const auto& wire) { return wire.use_count() == 1; });
    return moved;
}

bool SimulatedNetwork::is_silent() const {
    return std::all_of(wires_.begin(), wires_.end(), [](const auto& wire) {
        return wire->broken || (wire->to_gateway.sent.empty() && wire->to_gateway.arrived.empty() &&
                                wire->to_broker.sent.empty() && wire->to_broker.arrived.empty());
    });
}

}  // namespace carbonx::tests
