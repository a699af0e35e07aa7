#include "tools/carbon_message.h"

#include "marketdata/carbon_wire.h"
#include "tools/feed_message.h"

namespace carbonx::tools {
namespace {

namespace wire = marketdata::wire;

template <class Use>
Reading read_carbon(std::span<const unsigned char> message, Use&& use) {
    return read_as<wire::SystemEvent, wire::Project, wire::Instrument, wire::Counter,
                   wire::LabelChange, wire::ReferenceChange, wire::CounterStatus, wire::Statistics>(
        message, use);
}

// One character as a text.
template <class T, class To>
void add_code(To& to, std::string_view name, T code) {
    const char character = static_cast<char>(code);
    to.text(name, {&character, 1});
}

template <class To>
void fields(const wire::Project& message, To& to) {
    to.number("project", message.number.value());
    add_code(to, "registry", message.registry);
    to.text("key", message.key.view());
    to.text("host_country", message.host_country.view());
    add_code(to, "effect", message.effect);
    to.text("methodology", message.methodology.view());
    to.text("name", message.name.view());
}
template <class To>
void fields(const wire::Instrument& message, To& to) {
    to.number("instrument", message.number.value());
    to.text("name", message.name.view());
    to.number("project", message.project.value());
    to.number("vintage", message.vintage.value());
    to.number("labels", message.labels.value());
    to.number("round_lot", message.round_lot.value());
    to.number("quantity_max", message.quantity_max.value());
}
template <class To>
void fields(const wire::Counter& message, To& to) {
    to.number("instrument", message.instrument.value());
    to.text("currency", message.currency.view());
    to.price("tick", message.tick.value());
    to.price("reference", message.reference.value());
    to.price("band_low", message.band_low.value());
    to.price("band_high", message.band_high.value());
    to.number("band_bps", message.band_bps.value());
    to.number("collar_bps", message.collar_bps.value());
    to.number("fee_ppm", message.fee_ppm.value());
}
template <class To>
void fields(const wire::LabelChange& message, To& to) {
    to.number("instrument", message.instrument.value());
    to.number("labels", message.labels.value());
    to.number("previous", message.previous.value());
}
template <class To>
void fields(const wire::ReferenceChange& message, To& to) {
    to.price("reference", message.reference.value());
    to.price("band_low", message.band_low.value());
    to.price("band_high", message.band_high.value());
}
template <class To>
void fields(const wire::CounterStatus& message, To& to) {
    add_code(to, "state", message.state);
    add_code(to, "phase", message.phase);
    add_code(to, "halted", message.halted);
    to.text("reason", message.reason.view());
}
template <class To>
void fields(const wire::Statistics& message, To& to) {
    to.price("open", message.open.value());
    to.price("high", message.high.value());
    to.price("low", message.low.value());
    to.price("last", message.last.value());
    to.price("average", message.average.value());
    to.number("volume", message.volume.value());
    to.price("notional", message.notional.value());
    to.number("trades", message.trade_count.value());
    to.price("reference", message.reference.value());
    add_code(to, "closing", message.closing);
}

// "name=value", a value with spaces in double quotes.
class TextLine {
public:
    void number(std::string_view name, uint64_t value) { add(name, std::to_string(value)); }
    void price(std::string_view name, uint64_t value) { add(name, marketdata::price_text(value)); }
    void text(std::string_view name, std::string_view value) {
        const bool plain = !value.empty() && value.find(' ') == value.npos;
        add(name, plain ? std::string(value) : '"' + std::string(value) + '"');
    }
    const std::string& line() const { return line_; }

private:
    void add(std::string_view name, const std::string& value) {
        line_.append(" ").append(name).append("=").append(value);
    }
    std::string line_;
};

}  // namespace

void CarbonNames::observe(std::span<const unsigned char> message) {
    read_as<wire::Counter>(message, [&](const wire::Counter& counter) {
        symbols_[counter.header.locate.value()] = counter.symbol.view();
    });
}

std::string CarbonNames::of(std::span<const unsigned char> message) const {
    if (message.size() < sizeof(wire::Header)) return "";
    const auto found = symbols_.find(wire::as<wire::Header>(message.data()).locate.value());
    return found == symbols_.end() ? "" : found->second;
}

std::string carbon_text(std::span<const unsigned char> message, const CarbonNames& names) {
    std::string text = "of an unknown type";
    const Reading reading = read_carbon(message, [&](const auto& taken) {
        const std::string symbol = names.of(message);
        TextLine line;
        fields(taken, line);
        text = time_text(taken.header.timestamp.value(), 9) + " " + taken.type +
               (symbol.empty() ? "" : " " + symbol) + line.line();
    });
    return reading == Reading::wrong_size ? "of a wrong size" : text;
}

std::string carbon_json(const MessagePlace& place, std::span<const unsigned char> message,
                        const CarbonNames& names) {
    JsonLine json = begin_json(place, message, names.of(message));
    json.text("type", type_text(message));
    read_carbon(message, [&](const auto& taken) { fields(taken, json); });
    return json.line();
}

}  // namespace carbonx::tools
