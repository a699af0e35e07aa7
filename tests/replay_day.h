// What the tests of carbonx-replay run it on: a day of trading as an engine wrote it, and the
// program's output.
//
// Threads: one.
#pragma once

#include <catch2/catch.hpp>
#include <cstdio>
#include <optional>
#include <string>

#include "engine/text/text.h"
#include "tests/engine_host.h"

namespace carbonx::tests {

struct Output {
    std::string text;
    int status = 0;
};

inline Output run(const std::string& command) {
    Output output;
    std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    REQUIRE(pipe != nullptr);
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
        output.text.push_back(static_cast<char>(c));
    }
    output.status = ::pclose(pipe);
    return output;
}

inline std::string replay(const EngineHost& host, const std::string& options = "") {
    return CARBONX_BINARIES "/carbonx-replay " + host.settings.data_directory.string() + " " +
           options;
}

// Two brokers and the house, one counter, a block of serials; three trades, of an order that is
// filled, one that is cancelled and one that stays open; a refusal.
class TradingDay {
public:
    enum class Past : uint8_t {
        none,
        archived,  // so much came before that the first segment is in the archive alone; a snapshot
                   // is made before the first order, and after the second trade
    };

    explicit TradingDay(Past past = Past::none) {
        const bool archived = past == Past::archived;
        if (archived) {
            host.settings.archive_directory = host.directory.path() / "archive";
            host.settings.engine.snapshots_kept = 2;
        }
        host.start();
        operate("list_participant name=CARBONX participant_class=house open_orders_max=9");
        operate("list_account name=CARBONX participant=#1");
        for (const char* broker : {"BROKER1", "BROKER2"}) {
            const std::string name(broker);
            const std::string id = name == "BROKER1" ? "#2" : "#3";
            operate("list_participant name=" + name +
                    " participant_class=hong_kong open_orders_max=9");
            operate("list_account name=" + name + " participant=" + id);
            operate("list_session name=" + name + " participant=" + id + " gateway=gateway");
        }
        operate("list_project registry=verra key=VCS1");
        operate("list_instrument name=V1 project=#1 vintage=2020 round_lot=1 quantity_max=1000");
        operate(
            "list_counter symbol=V1H instrument=#1 currency=hkd tick=0.01 reference=10 "
            "band_bps=2000 collar_bps=500 fee_ppm=1000");
        operate(
            "deposit_credits account=#2 instrument=#1 serial_prefix=VCS-1 serial_first=1001 "
            "serial_last=1500");
        operate("deposit_cash account=#3 currency=hkd amount=20000 reference=wire-1");
        // Each is a frame, of which 256 fill a segment.
        for (int i = 0; archived && i < 300; ++i)
            operate("deposit_cash account=#3 currency=hkd amount=1");
        operate("set_phase phase=pre_open trading_day=20260302");
        operate("set_phase phase=continuous");
        ask("session_up session=#1");
        ask("session_up session=#2");
        if (archived) host.snapshot();
        EngineHost::advance_ms(250);
        order("1", "sell", "100", "10.00", "S1");  // 0.1
        order("1", "sell", "100", "10.05", "S2");  // 1.1
        EngineHost::advance_ms(250);
        order("2", "buy", "150", "10.05", "B1");  // 2.1: fills 0.1, and 50 of 1.1
        if (archived) host.snapshot();
        EngineHost::advance_ms(250);
        order("2", "buy", "10", "99.00", "B2");  // O4
        order("2", "buy", "20", "10.05", "B3");  // 2.2: 20 of 1.1
        order("2", "buy", "5", "9.50", "B4");    // stays
        ask("cancel_order session=#1 order_id=1.1 client_id=C1");
        state_hash = host.engine().exchange().state_hash();
        host.kill();
    }

    EngineHost host;
    uint64_t state_hash = 0;

private:
    template <class Push>
    void send(const std::string& line, Push&& push) {
        Command command;
        std::string error;
        CAPTURE(line, error);
        REQUIRE(parse_command(line, Names(), command, error));
        REQUIRE(push(command.head));
        host.settle();
    }
    void operate(const std::string& line) {
        send(line, [&](CommandHead& head) { return host.operate(head); });
    }
    void ask(const std::string& line) {
        if (!ring_) {
            memory_ = host.gateway_ring();
            ring_.emplace(memory_);
        }
        ring_->heartbeat(EngineHost::monotonic());
        send(line, [&](CommandHead& head) { return ring_->try_push(head); });
    }
    void order(const std::string& broker, const std::string& side, const std::string& quantity,
               const std::string& price, const std::string& client_id) {
        const std::string account = broker == "1" ? "#2" : "#3";
        ask("new_order session=#" + broker + " counter=#1 account=" + account + " side=" + side +
            " type=limit time_in_force=day quantity=" + quantity + " price=" + price +
            " client_id=" + client_id);
    }

    Memory memory_;
    std::optional<RingProducer> ring_;
};

}  // namespace carbonx::tests
