// The trades of the last trading days, firm by firm, and how brokers ask for them:
// TradeCaptureReportRequest AD, its answer AQ, and a TradeCaptureReport AE for each trade.
//
// Only the places of the trades in the event log are kept; what they were is read there again.
//
// Threads: the gateway thread only.
// Always: a firm is told its own side of its own trades, whichever session they came by. What is
// asked for is found without going through the trades. Memory: 24 bytes for each side of each trade
// of days_kept trading days and one more, so that an answer goes on while a day begins.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
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

// Numbered from 0 as they are added; the oldest are forgotten.
template <class T>
class Series {
public:
    uint64_t first() const { return first_; }
    uint64_t end() const { return first_ + values_.size(); }
    const T& operator[](uint64_t number) const { return values_[number - first_]; }
    void add(const T& value) { values_.push_back(value); }
    // Requires: there is one.
    void forget_first() {
        values_.pop_front();
        ++first_;
    }

private:
    std::deque<T> values_;
    uint64_t first_ = 0;
};

class TradeHistory {
public:
    static constexpr std::size_t days_kept = 5;  // the present one among them

    // The answer to one AD, as far as it was given: numbers in one series of one firm.
    struct Answer {
        std::string request_id;
        ParticipantId firm{};
        CounterId counter{};  // only its trades; 0: all
        uint64_t next = 0;
        uint64_t end = 0;
        uint64_t count = 0;

        bool is_told() const { return next == end; }
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
    // AE, the next one. False: the log does not have it just now, or what was left is older than
    // what is kept, and all is told. Requires: not all are told.
    bool next(MessageWriter& message, Answer& answer, EventReader& events) const;

private:
    // One side of a trade.
    struct Place {
        uint64_t sequence = 0;
        uint32_t trading_day = 0;
        CounterId counter{};
        Side side{};
    };
    static_assert(sizeof(Place) == 16);
    struct Firm {
        Series<Place> places;                              // in the order of the log
        std::map<CounterId, Series<uint64_t>> of_counter;  // numbers of places
    };
    struct Days {  // both included
        uint32_t first = 0;
        uint32_t last = 0;
    };
    // A trade as its side is told of it.
    struct Told {
        Trade trade;
        AccountId account{};
        std::vector<SerialRange> ranges;
    };

    Days days_of(const MessageView& request) const;
    void begin_day(uint32_t trading_day);
    void add(ParticipantId firm, const EventHead& delivery, Side side);
    static const Place& place_of(const Firm& firm, CounterId counter, uint64_t number);
    static std::optional<Told> read(const Place& place, EventReader& events);

    const Directory& directory_;
    const Orders& orders_;
    const Reports& reports_;
    std::vector<Firm> firms_;    // by ParticipantId
    std::deque<uint32_t> days_;  // that have begun, the last days_kept + 1 of them
    uint64_t trade_ = 0;         // the last one whose sides are not known yet
};

}  // namespace carbonx::gateway
