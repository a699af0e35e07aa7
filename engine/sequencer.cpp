#include "engine/sequencer.h"

#include <algorithm>

#include "engine/api/version.h"

namespace carbonx {
namespace {

constexpr std::size_t batch_max = 16;  // commands of one ring before the others' turn
// How far ahead a coming command's order and level are fetched.
constexpr uint64_t order_ahead = 6;
constexpr uint64_t level_ahead = 3;
constexpr uint64_t watch_interval_ns = 10'000'000;  // of the sources' heartbeats, under load

}  // namespace

Sequencer::Sequencer(Exchange& exchange, JournalWindow& journal, const Memory& events,
                     const SequencerOptions& options, const Clock& clock)
    : exchange_(exchange),
      journal_(journal),
      header_(event_log::header(events)),
      events_(events),
      options_(options),
      clock_(clock),
      event_room_(std::min(header_.window / 8, 4096U)),
      now_ns_(clock.monotonic_ns()),
      seen_utc_ns_(exchange.time_ns()),
      seen_ns_(now_ns_) {
    inputs_.reserve(limits::sources_max);
    show();
}

void Sequencer::add_ring(Source source, const Memory& ring, bool watched) {
    CARBONX_CHECK(inputs_.size() < limits::sources_max);
    const SourceState& state = exchange_.source(source);
    const uint64_t consumed = state.epoch == ring::header(ring).epoch ? state.consumed : 0;
    inputs_.push_back({source, RingConsumer(ring, consumed), watched});
    inputs_.back().checkpoint_consumed = consumed;
}

void Sequencer::configure(uint64_t venue, const Capacities& capacities) {
    CARBONX_CHECK(journal_.next() == 1);
    Configure command = make_command<Configure>();
    command.venue = venue;
    command.capacities = capacities;
    CARBONX_CHECK(submit(command));
}

void Sequencer::start() {
    EngineStarted command = make_command<EngineStarted>();
    command.rules = rules_version;
    command.build = Text<32>(build_text());
    CARBONX_CHECK(submit(command));
}

std::size_t Sequencer::poll() {
    now_ns_ = clock_.monotonic_ns();
    header_.heartbeat_ns.store(now_ns_, std::memory_order_relaxed);
    release_durable();
    std::size_t done = 0;
    for (Input& input : inputs_) done += take(input);
    const bool quiet = done == 0;
    if (quiet || now_ns_ - watched_ns_ >= watch_interval_ns) {
        watched_ns_ = now_ns_;
        for (Input& input : inputs_) done += watch(input);
    }
    if (quiet) done += pass_time();  // else the commands bring it
    return done;
}

std::size_t Sequencer::take(Input& input) {
    CommandHead* command = input.ring.front();
    if (command == nullptr) return 0;
    const SourceState& state = exchange_.source(input.source);
    if (!state.up || state.epoch != input.ring.epoch()) {
        SourceUp up = make_command<SourceUp>();
        up.epoch = input.ring.epoch();
        up.which = input.source;
        if (!submit(up)) return 0;
    }
    const uint64_t time_ns = venue_time_ns();
    std::size_t taken = 0;
    while (command != nullptr && taken < batch_max && has_room()) {
        if (const CommandHead* coming = input.ring.peek(order_ahead))
            exchange_.prefetch_order(*coming);
        if (const CommandHead* coming = input.ring.peek(level_ahead))
            exchange_.prefetch_level(*coming);
        input.last_command = journal_.next();
        if (input.source == Source::operators) {
            status_.answer_begin.store(events_.next(), std::memory_order_relaxed);
        }
        sequence(*command, input.source, time_ns);
        input.ring.pop();
        ++taken;
        if (input.source == Source::operators) break;  // one answer at a time
        command = input.ring.front();
    }
    if (taken == 0) return 0;
    events_.publish();
    show();
    if (input.source == Source::operators) {
        status_.answer_end.store(events_.next(), std::memory_order_relaxed);
        status_.answered.store(input.ring.consumed(),
                               std::memory_order_release);  // pairs with Operators
    }
    return taken;
}

void Sequencer::sequence(const CommandHead& asked, Source source, uint64_t time_ns) {
    const uint64_t place = journal_.next();
    CommandHead& command = journal_.append(asked);
    command.source = source;
    command.time_ns = std::max(exchange_.time_ns(), time_ns);
    // At once, each: a command with more events than the window has room for waits in apply() until
    // it is itself durable and its first events are filed.
    journal_.publish();
    exchange_.apply(place, command, events_);
}

// When the clock has gone back, time still passes, or no timer would be due until it is there
// again: at half its pace, so that the clock catches up.
uint64_t Sequencer::venue_time_ns() {
    const uint64_t utc_ns = clock_.utc_ns();
    const uint64_t passed_ns = seen_utc_ns_ + (now_ns_ - seen_ns_) / 2;
    if (utc_ns < passed_ns) return passed_ns;
    seen_utc_ns_ = utc_ns;
    seen_ns_ = now_ns_;
    return utc_ns;
}

// A command of the sequencer's own. False when there is no room.
template <class T>
bool Sequencer::submit(const T& command) {
    if (!has_room()) return false;
    sequence(command.head, Source::sequencer, venue_time_ns());
    events_.publish();
    show();
    return true;
}

bool Sequencer::has_room() {
    if (!journal_.has_room()) return false;
    if (events_.has_room(event_room_)) return true;
    events_.publish();
    return events_.has_room(event_room_);
}

void Sequencer::release_durable() {
    const auto pending = [](const Input& input) {
        return input.ring.consumed() != input.checkpoint_consumed;
    };
    if (std::none_of(inputs_.begin(), inputs_.end(), [&](const Input& input) {
            return input.checkpoint_command != 0 || pending(input);
        })) {
        return;
    }
    const uint64_t durable = header_.durable_command.load(std::memory_order_acquire);  // (D)
    for (Input& input : inputs_) {
        if (input.checkpoint_command != 0 && durable >= input.checkpoint_command) {
            input.ring.release(input.checkpoint_consumed);
            input.checkpoint_command = 0;
        }
        if (input.checkpoint_command == 0 && pending(input)) {
            input.checkpoint_command = input.last_command;
            input.checkpoint_consumed = input.ring.consumed();
        }
    }
}

// Journals that a source has fallen silent, or shows itself again.
std::size_t Sequencer::watch(Input& input) {
    const SourceState& state = exchange_.source(input.source);
    const bool same = state.epoch == input.ring.epoch();
    if (silent(input)) {
        if (!state.up) return 0;
        SourceDown down = make_command<SourceDown>();
        down.which = input.source;
        return submit(down) ? 1 : 0;
    }
    if (state.up && same) return 0;
    SourceUp up = make_command<SourceUp>();
    up.epoch = input.ring.epoch();
    up.which = input.source;
    return submit(up) ? 1 : 0;
}

bool Sequencer::silent(const Input& input) const {
    if (input.ring.broken()) return true;
    if (!input.watched) return false;
    const uint64_t beat = input.ring.heartbeat_ns();
    // Read in this order: a beat after the clock would be ahead of it.
    const auto since = static_cast<int64_t>(clock_.monotonic_ns() - beat);
    return beat == 0 || since > static_cast<int64_t>(options_.silence_ns);
}

std::size_t Sequencer::pass_time() {
    const uint64_t now = venue_time_ns();
    if (now < exchange_.time_ns() + options_.tick_ns && now < exchange_.next_due_ns()) return 0;
    return submit(make_command<Tick>()) ? 1 : 0;
}

void Sequencer::show() {
    status_.phase.store(exchange_.phase(), std::memory_order_relaxed);
    status_.trading_day.store(exchange_.trading_day(), std::memory_order_relaxed);
    status_.open_orders.store(exchange_.open_order_count(), std::memory_order_relaxed);
    status_.next_command.store(journal_.next(), std::memory_order_relaxed);
}

}  // namespace carbonx
