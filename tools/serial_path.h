// The path of one serial number through the venue: its deposits, the trades that moved it, where it
// is.
//
// Threads: one. Always: sees every event since the first.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "engine/exchange/exchange.h"
#include "engine/text/names.h"
#include "tools/serial.h"

namespace carbonx::tools {

// Which events move the serial.
class SerialMoves {
public:
    explicit SerialMoves(Serial serial) : serial_(std::move(serial)) {}
    bool moves(const EventHead& event);
    // The run of serials that the last such event moved it in.
    const SerialRange& run() const { return run_; }
    const Serial& serial() const { return serial_; }
    const std::vector<LotId>& lots() const { return lots_; }  // that it has been part of

private:
    bool holds(const SerialRange& run);

    const Serial serial_;
    std::vector<LotId> lots_;
    SerialRange run_;
};

class SerialPath {
public:
    SerialPath(Serial serial, int32_t utc_offset_minutes)
        : moves_(std::move(serial)), utc_offset_minutes_(utc_offset_minutes) {}

    void see(uint64_t sequence, const EventHead& event, const Names& names);
    // All of it, and who has it now. Throws std::runtime_error when it never was here.
    void print(std::ostream& out, const Exchange& exchange, const Names& names) const;

private:
    void tell(const EventHead& event, uint64_t sequence, const std::string& text);

    SerialMoves moves_;
    const int32_t utc_offset_minutes_;
    Trade trade_;                  // the last one
    uint64_t trade_sequence_ = 0;  // 0: none
    std::vector<std::string> lines_;
};

}  // namespace carbonx::tools
