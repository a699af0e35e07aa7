// The real exchange and the reference, side by side: every command goes to both, and they must give
// the same events, byte for byte, and hold the same books, cash and serials.
//
// Threads: one.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/exchange/exchange.h"
#include "engine/text/names.h"
#include "tests/reference.h"

namespace carbonx::tests {

class Twins {
public:
    explicit Twins(const Capacities& capacities);

    // Stamps the command's place in its source's ring and applies it to both; the events stay until
    // the next call. Throws std::runtime_error with both texts where they differ.
    const std::vector<Event>& apply(CommandHead& command);
    // The same with a command that has been sequenced already, as a journal holds it.
    const std::vector<Event>& follow(const CommandHead& command);
    // Compares the books and accounts that the last command changed. Throws std::runtime_error with
    // the difference.
    void compare_touched() const;
    // Compares all books, balances and serials; slow. Throws std::runtime_error with the
    // difference.
    void compare_state() const;

    const Reference& reference() const { return reference_; }
    const Exchange& exchange() const { return exchange_; }
    const Names& names() const { return names_; }
    // The sequence of the last event.
    uint64_t sequence() const { return sequence_; }

private:
    static constexpr uint32_t window = 1U << 17;
    void compare_book(CounterId counter, Side side) const;
    void compare_account(AccountId account) const;
    AccountId owner(OrderId order) const;
    template <Currency C>
    void compare_cash(AccountId account) const;
    void compare_credits(AccountId account, InstrumentId instrument) const;

    Memory memory_;
    EventWriter writer_;
    Exchange exchange_;
    Reference reference_;
    Names names_;
    std::vector<Event> events_;
    std::unordered_map<OrderId, AccountId> owners_;
    uint64_t consumed_[limits::sources_max] = {};
    uint64_t sequence_ = 0;
    uint64_t next_ = 1;  // sequence of the next command
};

}  // namespace carbonx::tests
