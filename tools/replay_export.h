// Turns the events of a replay into the rows of its export: trades, orders, the ledger's postings,
// the movements of serials, listings.
//
// Threads: one. Always: sees every event since the first; the postings of each event sum to zero
// for each asset.
#pragma once

#include <memory>

#include "engine/exchange/exchange.h"
#include "engine/text/names.h"
#include "tools/export_table.h"
#include "tools/order_mirror.h"

namespace carbonx::tools {

class ReplayExport {
public:
    explicit ReplayExport(std::unique_ptr<RowSink> sink) : sink_(std::move(sink)) {}

    // Requires: names and mirror have all events before this one, the exchange those of its
    // command.
    void see(uint64_t sequence, const EventHead& event, const Names& names,
             const OrderMirror& mirror, const Exchange& exchange);
    // The orders that are still open, and the files made whole.
    void finish(const Names& names, const OrderMirror& mirror);

private:
    struct Place;  // where a row comes from

    void trade(const Place& at, const Trade& trade);
    void delivery(const Place& at, const Delivery& delivery);
    void deposit(const Place& at, const CreditsDeposited& deposited);
    void withdrawal(const Place& at, const CreditsWithdrawn& withdrawn);
    void cash_moved(const Place& at, const CashMoved& moved);
    void refused(const Place& at, const Rejected& rejected);
    void ended(const Place& at, const OrderMirror::Order& order, Quantity leaves,
               const std::string& state, const std::string& reason, std::string_view rule);
    void list(const Place& at);
    void order_row(const Names& names, const OrderMirror::Order& order, Quantity leaves,
                   const std::string& state, const std::string& reason, std::string_view rule,
                   uint64_t end_event, uint64_t end_ns);

    // account 0: the world outside, an empty cell.
    void post_cash(const Place& at, const char* kind, AccountId account, Currency currency,
                   int64_t amount, const std::string& reference = "");
    void post_credits(const Place& at, const char* kind, AccountId account, LotId lot,
                      int64_t tonnes, const std::string& reference = "");
    void move_serials(const Place& at, const char* kind, uint64_t match_number,
                      const SerialRange& run, AccountId from, AccountId to);

    const std::unique_ptr<RowSink> sink_;
    uint64_t trade_sequence_ = 0;  // of the last trade
};

}  // namespace carbonx::tools
