#include "marketdata/carbon_encoder.h"

#include <algorithm>

#include "engine/api/check.h"

namespace carbonx::marketdata {
namespace {

constexpr uint64_t second_ns = 1'000'000'000;

uint64_t wire_price(Price price) { return static_cast<uint64_t>(price.value); }

char registry_letter(Registry registry) {
    switch (registry) {
        case Registry::verra:
            return 'V';
        case Registry::gold_standard:
            return 'G';
        case Registry::acr:
            return 'A';
        case Registry::car:
            return 'C';
        case Registry::art:
            return 'T';
        case Registry::ccer:
            return 'E';
    }
    return ' ';
}

std::string_view currency_code(Currency currency) {
    switch (currency) {
        case Currency::hkd:
            return "HKD";
        case Currency::cnh:
            return "CNH";
    }
    return "";
}

}  // namespace

void DayStatistics::add(Price price, Quantity quantity) {
    if (trade_count == 0) open = high = low = price;
    high = std::max(high, price);
    low = std::min(low, price);
    last = price;
    volume += quantity.value;
    notional += Wide{wire_price(price)} * quantity.value;
    ++trade_count;
}

Price DayStatistics::average() const {
    CARBONX_CHECK(volume != 0);
    return Price{static_cast<int32_t>((notional * 2 + volume) / (Wide{volume} * 2))};
}

CarbonEncoder::CarbonEncoder(int32_t utc_offset_minutes)
    : Encoder(utc_offset_minutes, "CC"), projects_(1), instruments_(1), counters_(1) {}

const Encoded& CarbonEncoder::encode(const EventHead& event, uint64_t) {
    encoded_.clear();
    time_ns_ = event.time_ns;
    if (time_ns_ >= statistics_due_ns_) tell_statistics(event);
    switch (event.type) {
        case EventType::trade:
            take(as_event<Trade>(event));
            break;
        case EventType::configured:
            configure(as_event<Configured>(event));
            break;
        case EventType::project_listed:
            list(as_event<ProjectListed>(event));
            break;
        case EventType::instrument_listed:
            list(as_event<InstrumentListed>(event));
            break;
        case EventType::counter_listed:
            list(as_event<CounterListed>(event));
            break;
        case EventType::labels_changed:
            change_labels(as_event<LabelsChanged>(event));
            break;
        case EventType::reference_changed:
            change_reference(as_event<ReferenceChanged>(event));
            break;
        case EventType::phase_changed:
            change_phase(as_event<PhaseChanged>(event));
            break;
        case EventType::counter_halted:
            change_state(event, true, as_event<CounterHalted>(event).reason.view());
            break;
        case EventType::counter_resumed:
            change_state(event, false, {});
            break;
        default:
            break;  // the books' business, or nobody's
    }
    return encoded_;
}

void CarbonEncoder::configure(const Configured& event) {
    projects_.reserve(event.capacities.projects + 1);
    instruments_.reserve(event.capacities.instruments + 1);
    counters_.reserve(event.capacities.counters + 1);
    traded_.reserve(event.capacities.counters);
}

void CarbonEncoder::list(const ProjectListed& event) {
    CARBONX_CHECK(index(event.id) == projects_.size());
    wire::Project message;
    message.number = index(event.id);
    message.registry = registry_letter(event.listing.registry);
    message.key = event.listing.key.view();
    message.host_country = event.listing.host_country.view();
    message.effect = event.listing.removal ? 'R' : 'A';
    message.methodology = event.listing.methodology.view();
    message.name = event.listing.name.view();
    projects_.push_back(message);
    send(CounterId{}, message);
}

void CarbonEncoder::list(const InstrumentListed& event) {
    CARBONX_CHECK(index(event.id) == instruments_.size());
    wire::Instrument message;
    message.number = index(event.id);
    message.name = event.listing.name.view();
    message.project = index(event.listing.project);
    message.vintage = event.listing.vintage;
    message.labels = event.listing.labels;
    message.round_lot = event.listing.round_lot.value;
    message.quantity_max = event.listing.quantity_max.value;
    instruments_.push_back(message);
    send(CounterId{}, message);
}

void CarbonEncoder::list(const CounterListed& event) {
    CARBONX_CHECK(index(event.head.counter) == counters_.size());
    CounterState made;
    made.listed.symbol = event.listing.symbol.view();
    made.listed.instrument = index(event.listing.instrument);
    made.listed.currency = currency_code(event.listing.currency);
    made.listed.tick = wire_price(event.listing.tick);
    made.listed.reference = wire_price(event.listing.reference);
    made.listed.band_low = wire_price(event.band_low);
    made.listed.band_high = wire_price(event.band_high);
    made.listed.band_bps = event.listing.band_bps;
    made.listed.collar_bps = event.listing.collar_bps;
    made.listed.fee_ppm = event.listing.fee_ppm;
    counters_.push_back(made);
    send(event.head.counter, made.listed);
    if (in_session()) add_state(encoded_.blocks, event.head.counter);
}

void CarbonEncoder::change_labels(const LabelsChanged& event) {
    CARBONX_CHECK(index(event.instrument) < instruments_.size());
    instruments_[index(event.instrument)].labels = event.labels;
    wire::LabelChange message;
    message.instrument = index(event.instrument);
    message.labels = event.labels;
    message.previous = event.previous;
    send(CounterId{}, message);
}

void CarbonEncoder::change_reference(const ReferenceChanged& event) {
    wire::Counter& listed = counter(event.head.counter).listed;
    wire::ReferenceChange message;
    message.reference = listed.reference = wire_price(event.reference);
    message.band_low = listed.band_low = wire_price(event.band_low);
    message.band_high = listed.band_high = wire_price(event.band_high);
    send(event.head.counter, message);
}

void CarbonEncoder::change_phase(const PhaseChanged& event) {
    phase_ = event.phase;
    switch (event.phase) {
        case Phase::pre_open:
            begin_session(event);
            break;
        case Phase::continuous:
            open_market(event);
            add_states(encoded_.blocks);
            break;
        case Phase::halted:
            add_states(encoded_.blocks);
            break;
        case Phase::closed:
            end_session(event);
            break;
    }
}

void CarbonEncoder::change_state(const EventHead& head, bool halted, wire::Alpha<4> reason) {
    CounterState& changed = counter(head.counter);
    changed.halted = halted;
    changed.reason = reason;
    if (in_session()) add_state(encoded_.blocks, head.counter);
}

void CarbonEncoder::take(const Trade& event) {
    CounterState& state = counter(event.head.counter);
    state.today.add(event.price, event.quantity);
    if (state.traded) return;
    state.traded = true;
    traded_.push_back(event.head.counter);
}

void CarbonEncoder::begin_session(const PhaseChanged& event) {
    begin_day(event);
    for (CounterState& state : counters_) {
        state.today = {};
        state.traded = false;
        state.told_ns = 0;
    }
    traded_.clear();
    add_directory(encoded_.blocks);
    add_states(encoded_.blocks);
}

void CarbonEncoder::end_session(const PhaseChanged& event) {
    for (std::size_t i = 1; i < counters_.size(); ++i) {
        if (counters_[i].today.trade_count == 0) continue;
        tell_statistics(event.head, static_cast<CounterId>(i), true);
    }
    traded_.clear();
    end_day(event);
}

// Of those that have traded: once a second at the most, and before what the present event tells.
void CarbonEncoder::tell_statistics(const EventHead& head) {
    statistics_due_ns_ = (head.time_ns / second_ns + 1) * second_ns;
    for (const CounterId id : traded_) tell_statistics(head, id, false);
    traded_.clear();
}

void CarbonEncoder::tell_statistics(const EventHead& head, CounterId id, bool closing) {
    CounterState& state = counter(id);
    const DayStatistics& today = state.today;
    wire::Statistics& message = state.told;
    message.open = wire_price(today.open);
    message.high = wire_price(today.high);
    message.low = wire_price(today.low);
    message.last = wire_price(today.last);
    message.average = wire_price(today.average());
    message.volume = today.volume;
    message.notional =
        static_cast<uint64_t>(std::min<DayStatistics::Wide>(today.notional, UINT64_MAX));
    message.trade_count = today.trade_count;
    message.reference = state.listed.reference;
    message.closing = closing ? 'Y' : 'N';
    state.traded = false;
    state.told_ns = head.time_ns;
    add(encoded_.blocks, head.time_ns, id, message);
}

void CarbonEncoder::add_directory(Blocks& blocks) const {
    for (std::size_t i = 1; i < projects_.size(); ++i) {
        add(blocks, time_ns_, CounterId{}, projects_[i]);
    }
    for (std::size_t i = 1; i < instruments_.size(); ++i) {
        add(blocks, time_ns_, CounterId{}, instruments_[i]);
    }
    for (std::size_t i = 1; i < counters_.size(); ++i) {
        add(blocks, time_ns_, static_cast<CounterId>(i), counters_[i].listed);
    }
}

void CarbonEncoder::add_states(Blocks& blocks) const {
    for (std::size_t i = 1; i < counters_.size(); ++i) add_state(blocks, static_cast<CounterId>(i));
}

void CarbonEncoder::add_state(Blocks& blocks, CounterId id) const {
    const CounterState& state = counters_[index(id)];
    wire::CounterStatus message;
    message.state = trading_state(phase_, state.halted);
    message.halted = state.halted ? 'Y' : 'N';
    message.reason = state.reason;
    switch (phase_) {
        case Phase::pre_open:
        case Phase::closed:  // no state is told then
            message.phase = wire::MarketPhase::pre_open;
            break;
        case Phase::continuous:
            message.phase = wire::MarketPhase::continuous;
            break;
        case Phase::halted:
            message.phase = wire::MarketPhase::halted;
            break;
    }
    add(blocks, time_ns_, id, message);
}

void CarbonEncoder::snapshot(Blocks& blocks) const {
    add_system_events(blocks);
    add_directory(blocks);
    if (in_session()) add_states(blocks);
    for (std::size_t i = 1; i < counters_.size(); ++i) {
        const CounterState& state = counters_[i];
        if (state.told_ns != 0) add(blocks, state.told_ns, static_cast<CounterId>(i), state.told);
    }
}

// Between two sessions nothing is: the next one begins with the directory as it is then.
template <class Message>
void CarbonEncoder::send(CounterId locate, const Message& message) {
    if (in_session()) add(encoded_.blocks, time_ns_, locate, message);
}

CarbonEncoder::CounterState& CarbonEncoder::counter(CounterId id) {
    CARBONX_CHECK(index(id) < counters_.size());
    return counters_[index(id)];
}

}  // namespace carbonx::marketdata
