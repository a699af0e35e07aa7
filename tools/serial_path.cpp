// The path of one serial number: see serial_path.h.
#include "tools/serial_path.h"

#include <algorithm>
#include <stdexcept>

#include "engine/text/text_values.h"
#include "tools/figures.h"

namespace carbonx::tools {

Serial parse_serial(const std::string& text) {
    Serial serial;
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos ||
        !parse_number(std::string_view(text).substr(colon + 1), serial.number)) {
        throw std::runtime_error("`" + text +
                                 "`: expected a serial as PREFIX:NUMBER, the prefix as the "
                                 "registry writes it before the number");
    }
    serial.prefix = text.substr(0, colon);
    return serial;
}

bool SerialMoves::moves(const EventHead& event) {
    if (event.type == EventType::credits_deposited) {
        const auto& e = as_event<CreditsDeposited>(event);
        const DepositCredits& deposit = e.listing;
        if (deposit.serial_prefix.view() != serial_.prefix ||
            serial_.number < deposit.serial_first || serial_.number > deposit.serial_last) {
            return false;
        }
        lots_.push_back(e.id);
        const auto count = static_cast<uint32_t>(deposit.serial_last - deposit.serial_first + 1);
        run_ = {e.id, count, deposit.serial_first};
        return true;
    }
    if (lots_.empty()) return false;
    if (event.type == EventType::delivery) {
        const auto& e = as_event<Delivery>(event);
        return holds(e.ranges[0]) || holds(e.ranges[1]);
    }
    return event.type == EventType::credits_withdrawn &&
           holds(as_event<CreditsWithdrawn>(event).range);
}

bool SerialMoves::holds(const SerialRange& run) {
    if (std::find(lots_.begin(), lots_.end(), run.lot) == lots_.end()) return false;
    if (serial_.number < run.first || serial_.number - run.first >= run.count) return false;
    run_ = run;
    return true;
}

void SerialPath::see(uint64_t sequence, const EventHead& event, const Names& names) {
    if (event.type == EventType::trade) {
        trade_ = as_event<Trade>(event);
        trade_sequence_ = sequence;
    }
    if (!moves_.moves(event)) return;
    const SerialRange& run = moves_.run();
    const std::string serials = count_figure(run.first) + " to " +
                                count_figure(run.first + run.count - 1) + " of lot " +
                                std::to_string(index(run.lot));
    if (event.type == EventType::credits_deposited) {
        const DepositCredits& deposit = as_event<CreditsDeposited>(event).listing;
        const std::string reference(deposit.reference.view());
        tell(event, sequence,
             "deposited for " + value_text(deposit.account, names) + ": " + serials +
                 (reference.empty() ? "" : ", reference " + reference));
    } else if (event.type == EventType::delivery) {
        const auto& delivery = as_event<Delivery>(event);
        tell(event, sequence,
             value_text(delivery.from, names) + " sold it to " + value_text(delivery.to, names) +
                 " at " + money_figure(trade_.price.value) + " in trade " +
                 std::to_string(trade_sequence_) + " of " + value_text(event.counter, names) +
                 ": " + serials);
    } else {
        const auto& withdrawn = as_event<CreditsWithdrawn>(event);
        tell(event, sequence,
             "withdrawn by " + value_text(withdrawn.account, names) + ": " + serials);
    }
}

void SerialPath::tell(const EventHead& event, uint64_t sequence, const std::string& text) {
    lines_.push_back("  " + time_figure(event.time_ns, utc_offset_minutes_) + " command " +
                     std::to_string(event.command) + " event " + std::to_string(sequence) +
                     "\n    " + text);
}

void SerialPath::print(std::ostream& out, const Exchange& exchange, const Names& names) const {
    const Serial& serial = moves_.serial();
    const std::string name = serial.prefix + ":" + std::to_string(serial.number);
    if (lines_.empty()) throw std::runtime_error("no serial " + name + " has been in this venue");
    out << "serial " << name << '\n';
    for (const std::string& line : lines_) out << line << '\n';
    bool held = false;
    for (const LotId lot : moves_.lots()) {
        const InstrumentId instrument = exchange.ledger()[lot].instrument;
        for (std::size_t i = 1; i <= index(exchange.participants().last_account()); ++i) {
            const auto account = static_cast<AccountId>(i);
            for (const SerialRange& run : exchange.ledger().serials(account, instrument)) {
                if (run.lot != lot || serial.number < run.first ||
                    serial.number - run.first >= run.count) {
                    continue;
                }
                out << "  now: " << value_text(account, names) << " holds it, "
                    << names.name(instrument) << '\n';
                held = true;
            }
        }
    }
    if (!held) out << "  now: it is not in the venue\n";
}

}  // namespace carbonx::tools
