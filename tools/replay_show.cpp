// What an exchange holds at a point of a replay: see replay_show.h.
#include "tools/replay_show.h"

#include <cstdio>
#include <stdexcept>

#include "engine/text/text_values.h"
#include "tools/figures.h"

namespace carbonx::tools {
namespace {

std::string terms_text(const OrderTerms& terms) {
    std::string text = enum_text(terms.time_in_force);
    if (terms.type == OrderType::market) text = "market " + text;
    if (terms.post_only) text += " post-only";
    return text;
}

std::string day_text(uint32_t day) {
    if (day == 0) return "no trading day yet";
    char text[40];
    std::snprintf(text, sizeof text, "trading day %04u-%02u-%02u", day / 10'000, day / 100 % 100,
                  day % 100);
    return text;
}

// `columns` right-aligned but the first.
void row(std::ostream& out, std::string_view first, std::initializer_list<std::string> columns) {
    char text[64];
    std::snprintf(text, sizeof text, "  %-8.*s", static_cast<int>(first.size()), first.data());
    out << text;
    for (const std::string& column : columns) {
        std::snprintf(text, sizeof text, " %20s", column.c_str());
        out << text;
    }
    out << '\n';
}

std::string session_name(const Exchange& exchange, SessionId session) {
    return std::string(exchange.participants()[session].name.view());
}

void show_orders(std::ostream& out, const Exchange& exchange, CounterId counter, Side side) {
    for (const OrderView& order : exchange.orders(counter, side)) {
        row(out, side == Side::buy ? "buy" : "sell",
            {money_figure(order.price.value), count_figure(order.leaves.value),
             value_text(order.id, Names()),
             std::string(exchange.participants()[order.account].name.view()),
             session_name(exchange, order.session) + ":" + std::string(order.client_id.view()),
             terms_text(order.terms)});
    }
}

void show_counter(std::ostream& out, const Exchange& exchange, CounterId id) {
    const Counter& counter = exchange.instruments()[id];
    out << "book of " << counter.symbol.view() << " in " << currency_name(counter.currency)
        << ": reference price " << money_figure(counter.reference.value) << ", band "
        << money_figure(counter.band_low.value) << " to " << money_figure(counter.band_high.value)
        << ", last price "
        << (counter.last.value == 0 ? "none today" : money_figure(counter.last.value))
        << (counter.halted ? ", halted" : "") << '\n';
    row(out, "side", {"price", "open quantity", "order", "account", "session:client id", "terms"});
    show_orders(out, exchange, id, Side::buy);
    show_orders(out, exchange, id, Side::sell);
}

template <Currency C>
void show_cash(std::ostream& out, const Exchange& exchange, AccountId account) {
    const auto& cash = exchange.ledger().cash<C>(account);
    row(out, currency_name(C),
        {money_figure(cash.total.value), money_figure(cash.reserved.value),
         money_figure(cash.free().value)});
}

void show_credits(std::ostream& out, const Exchange& exchange, AccountId account, InstrumentId id) {
    const Ledger& ledger = exchange.ledger();
    const Balance<Tonnes>& credits = ledger.credits(account, id);
    if (credits.total == Tonnes{}) return;
    const auto tonnes = [](Tonnes value) {
        return count_figure(static_cast<uint64_t>(value.value)) + " t";
    };
    row(out, exchange.instruments()[id].name.view(),
        {tonnes(credits.total), tonnes(credits.reserved), tonnes(credits.free())});
    for (const SerialRange& run : ledger.serials(account, id)) {
        const Lot& lot = ledger[run.lot];
        out << "    lot " << index(run.lot) << ", " << enum_text(lot.registry) << ' '
            << lot.serial_prefix.view() << ": " << run.first << " to " << run.first + run.count - 1
            << " (" << count_figure(run.count) << " t)\n";
    }
}

}  // namespace

void show_point(std::ostream& out, const Exchange& exchange, uint64_t command,
                int32_t utc_offset_minutes) {
    out << "after command " << command << ", "
        << time_figure(exchange.time_ns(), utc_offset_minutes) << ": phase "
        << enum_text(exchange.phase()) << ", " << day_text(exchange.trading_day()) << ", "
        << count_figure(exchange.open_order_count()) << " open orders\n";
}

void show_book(std::ostream& out, const Exchange& exchange, const std::string& symbol) {
    bool found = false;
    for (std::size_t i = 1; i <= index(exchange.instruments().last_counter()); ++i) {
        const auto id = static_cast<CounterId>(i);
        const Counter& counter = exchange.instruments()[id];
        const bool holds = counter.book.has(Side::buy) || counter.book.has(Side::sell);
        if (symbol == "all" ? !holds : counter.symbol.view() != symbol) continue;
        show_counter(out, exchange, id);
        found = true;
    }
    if (found) return;
    if (symbol == "all") {
        out << "all books are empty\n";
        return;
    }
    throw std::runtime_error("--book " + symbol + ": no such counter is listed at this point");
}

void show_account(std::ostream& out, const Exchange& exchange, const std::string& name) {
    const Participants& participants = exchange.participants();
    AccountId id{};
    for (std::size_t i = 1; i <= index(participants.last_account()); ++i) {
        if (participants[static_cast<AccountId>(i)].name.view() == name)
            id = static_cast<AccountId>(i);
    }
    if (id == AccountId{}) {
        throw std::runtime_error("--account " + name + ": no such account is listed at this point");
    }
    out << "account " << name << " of " << participants[participants[id].participant].name.view()
        << '\n';
    row(out, "asset", {"total", "reserved", "free"});
    show_cash<Currency::hkd>(out, exchange, id);
    show_cash<Currency::cnh>(out, exchange, id);
    for (std::size_t i = 1; i <= index(exchange.instruments().last_instrument()); ++i) {
        show_credits(out, exchange, id, static_cast<InstrumentId>(i));
    }
    uint64_t count = 0;
    for (std::size_t i = 1; i <= index(exchange.instruments().last_counter()); ++i) {
        const auto counter = static_cast<CounterId>(i);
        for (const Side side : {Side::buy, Side::sell}) {
            for (const OrderView& order : exchange.orders(counter, side)) {
                if (order.account != id) continue;
                out << "  open order " << value_text(order.id, Names()) << ": " << enum_text(side)
                    << ' ' << count_figure(order.leaves.value) << " of "
                    << count_figure(order.quantity.value) << ' '
                    << exchange.instruments()[counter].symbol.view() << " at "
                    << money_figure(order.price.value) << ", " << terms_text(order.terms) << ", "
                    << session_name(exchange, order.session) << ":" << order.client_id.view()
                    << '\n';
                ++count;
            }
        }
    }
    if (count == 0) out << "  no open orders\n";
}

}  // namespace carbonx::tools
