// What an exchange holds at a point of a replay, for a person: a book, an account.
//
// Threads: one; each reads the exchange and changes nothing.
#pragma once

#include <ostream>
#include <string>

#include "engine/exchange/exchange.h"

namespace carbonx::tools {

// The point itself: command, time, phase and trading day.
void show_point(std::ostream& out, const Exchange& exchange, uint64_t command,
                int32_t utc_offset_minutes);
// The book of a counter by its symbol, or of each that has orders by "all": every order, best price
// first, in order of priority. Throws std::runtime_error for an unknown symbol.
void show_book(std::ostream& out, const Exchange& exchange, const std::string& symbol);
// Cash, credits with their serials, and open orders. Throws std::runtime_error for an unknown name.
void show_account(std::ostream& out, const Exchange& exchange, const std::string& name);

}  // namespace carbonx::tools
