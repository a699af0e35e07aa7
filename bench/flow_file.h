// A recorded order flow: the file that carbonx-flowgen writes and carbonx-bench runs.
//
// Always: a 128-byte header, then header.count records of 32 bytes, all little endian. The first
// header.prefill records build the first book (adds only, no trade) and are not timed. The header
// also says what a correct engine trades, so that every timing run is a check of correctness too.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace carbonx::bench {

enum class FlowOperation : uint8_t {
    add = 0,     // a limit order, good till cancel; may cross
    cancel = 1,  // of an order that is resting
    modify = 2,  // of an order that is resting: to the tail of its new price, which never crosses
};
enum class FlowSide : uint8_t { buy = 0, sell = 1 };
constexpr uint8_t flow_flag_aggressive = 1;

struct FlowRecord {
    uint64_t id;        // of the order; never 0
    int64_t price;      // ticks, above 0. add: limit; modify: new price; cancel: resting price
    uint32_t quantity;  // add: quantity; modify: new remaining; cancel: remaining
    uint32_t symbol;    // 0 .. instruments - 1
    uint32_t sequence;  // 0, 1, 2, ...
    FlowOperation operation;
    FlowSide side;
    uint8_t time_in_force;  // 0
    uint8_t flags;
};
static_assert(sizeof(FlowRecord) == 32);

struct FlowHeader {
    char magic[8];     // "FLOWGEN1"
    uint32_t version;  // 1
    uint32_t record_bytes;
    uint64_t count;  // of records, prefill included
    uint64_t prefill;
    uint64_t seed;
    uint32_t instruments;
    uint32_t flags;     // 1: scrambled ids
    int64_t price_min;  // over all records
    int64_t price_max;
    uint64_t live_max;  // most orders resting at one time
    uint64_t trades;    // over all records
    uint64_t traded_quantity;
    uint64_t traded_notional;  // sum of price x quantity, modulo 2^64
    uint64_t live_at_end;
    uint64_t live_target;  // for each instrument
    uint64_t reserved[2];

    bool scrambled_ids() const { return (flags & 1) != 0; }
};
static_assert(sizeof(FlowHeader) == 128);

struct Flow {
    FlowHeader header{};
    std::vector<FlowRecord> records;
};

// Throws std::runtime_error with one line: the file and what is wrong with it.
Flow load_flow(const std::filesystem::path& file);
void save_flow(const Flow& flow, const std::filesystem::path& file);

}  // namespace carbonx::bench
