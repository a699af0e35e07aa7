// The trades of the last trading days, firm by firm, and how brokers ask for them:
// TradeCaptureReportRequest AD, its answer AQ, and a TradeCaptureReport AE for each trade.
//
// Only the places of the trades in the event log are kept; what they were is read there again.
//
// Threads: the gateway thread only.
// Always: a firm is told its own side of its own trades, whichever session they came by. Memory: 16
// bytes for each side of each trade of `days_kept` trading days.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/log.h"
#include "gateway/directory.h"
#include "gateway/message_view.h"
#include "gateway/message_writer.h"
#include "gateway/orders.h"
#include "gateway/reports.h"

namespace carbonx::gateway {

class TradeHistory {
public:
    static constexpr std::size_t days_kept = 5;

    // One side of a trade.
    struct Place {
        uint64_t sequence = 0;
        uint32_t trading_day = 0;
        CounterId counter{};
        Side side{};
    };
    // The answer to one AD, as far as it was given.
    struct Answer {
        std::string request_id;
        std::vector<Place> places;
        std::size_t told = 0;
    };

    TradeHistory(const Directory& directory, const Orders& orders, const Reports& reports)
        : directory_(directory), orders_(orders), reports_(reports) {}

    // Requires: the directory knows of the event.
    void on_event(uint64_t sequence, const EventHead& event);

    // What AD asks for, of this firm. Throws Refusal.
    Answer select(ParticipantId firm, const MessageView& request) const;
    // AQ, which comes before the trades.
    static void ack(MessageWriter& message, const MessageView& request, const Answer& answer);
    static void refuse(MessageWriter& message, const MessageView& request, const Refusal& refusal);
    // AE, the next one. False: the log does not have it just now. Requires: some are left.
    bool next(MessageWriter& message, Answer& answer, EventReader& events) const;

private:
    struct Days {  // both included
        uint32_t first = 0;
        uint32_t last = 0;
    };

    Days days_of(const MessageView& request) const;
    void begin_day(uint32_t trading_day);
    void add(ParticipantId firm, const EventHead& delivery, Side side);

    const Directory& directory_;
    const Orders& orders_;
    const Reports& reports_;
    std::vector<std::deque<Place>> firms_;  // by ParticipantId, in the order of the log
    std::deque<uint32_t> days_;             // that are kept
    uint32_t forgotten_ = 0;                // the last day that is not; 0: none
    uint64_t trade_ = 0;                    // the last one whose sides are not known yet
};

}  // namespace carbonx::gateway
