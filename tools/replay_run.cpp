// A whole replay: see replay_run.h.
#include "tools/replay_run.h"

#include <cstdio>
#include <iostream>
#include <stdexcept>

#include "engine/api/process.h"
#include "engine/text/text.h"
#include "engine/text/text_values.h"
#include "tools/figures.h"
#include "tools/replay_show.h"

namespace carbonx::tools {

ReplayRun::ReplayRun(const ReplayOptions& options)
    : options_(options),
      until_(parse_until(options.until, options.utc_offset_minutes)),
      pace_(options.speed) {
    if (options.before && until_.kind == Until::Kind::end) {
        throw std::runtime_error("--before needs --until: before what?");
    }
    if (options.publishes()) prepare_publishing();
    if (options.hashes_states()) {
        hashes_.emplace(options.hash_every, options.hash_from, options.hashes, options.compare);
    }
    for (const std::string& order : options.orders) {
        lives_.emplace_back(order, options.utc_offset_minutes);
    }
    if (until_.kind == Until::Kind::order && options.orders.empty()) {
        lives_.emplace_back(until_.text, options.utc_offset_minutes);
    }
    for (const std::string& serial : options.serials) {
        paths_.emplace_back(parse_serial(serial), options.utc_offset_minutes);
    }
    std::optional<LoadedSnapshot> start = find_start(options, until_);
    if (needs_search(until_)) {
        ReplayPass search(options.data, options.archive, std::move(start), Comparing::no,
                          Looking::at_events);
        until_.value = find_command(until_, search);
        until_.kind = Until::Kind::command;
        start = find_start(options, until_);
    }
    if (start) {
        begin_ = start->place.journal.next;
        names_ = names_of(*start->exchange);
    }
    if (!options.csv.empty()) exports_.emplace_back(csv_sink(options.csv));
    if (!options.sqlite.empty()) exports_.emplace_back(sqlite_sink(options.sqlite));
    pass_.emplace(options.data, options.archive, std::move(start), Comparing::with_event_log,
                  looks() ? Looking::at_events : Looking::no);
}

// Every event since the first makes the streams, and the day must be there.
void ReplayRun::prepare_publishing() {
    if (options_.begins_with_snapshot()) {
        throw std::runtime_error(
            "--publish needs every event since the first: leave out --from-snapshot and --from");
    }
    if (!options_.settings) {
        throw std::runtime_error(
            "--publish needs --settings FILE: which groups are the venue's own, and how its "
            "instruments are split over channels");
    }
    publish_.emplace(options_.publish, *options_.settings);
    ReplayPass search(options_.data, options_.archive, {}, Comparing::no, Looking::no);
    publish_->find_day(search);
    publish_->print_lines(out());
}

int ReplayRun::run() {
    const uint64_t begin_ns = monotonic_ns();
    ReplayProgress progress(EventFile(options_.data).slots());
    const bool hashes_good = go(progress);
    if (publish_) publish_->rest();
    EventCheck& check = *pass_->finish_check();
    progress.clear();
    const double seconds = static_cast<double>(monotonic_ns() - begin_ns) / 1e9;
    if (check.difference()) return report_difference(check);
    if (!hashes_good) return 1;
    const bool stops_early = interrupted_ || (publish_ && publish_->is_over());
    const bool whole = until_.kind == Until::Kind::end && !stops_early;
    if (whole && check.beyond() != nullptr) {
        std::cerr << "replay: the event log goes on at " << check.filed_sequence()
                  << " where the journal ends: a part of the journal is missing\n";
        return 1;
    }
    for (ReplayExport& one : exports_) one.finish(names_, mirror_);
    show();
    const bool complete = check.compared() == check.events() && !check.damaged();
    summarize(check, complete, seconds);
    if (publish_ && publish_->is_over()) publish_->linger();
    return (complete || options_.partial) && !interrupted_ ? 0 : 1;
}

// False when the states differ from another build's.
bool ReplayRun::go(ReplayProgress& progress) {
    const bool looking = looks();
    while (const CommandHead* coming = pass_->coming()) {
        if (is_over(*coming)) return true;
        const bool pauses = at_pace() || pass_->commands() % 1024 == 0;
        if (pauses && !pause(*coming)) {
            interrupted_ = true;
            return true;
        }
        pass_->apply();  // the command stays in place until coming() is asked again
        if (looking) look();
        if (pace_.steps() && at_pace()) step(*coming);
        if (hashes_ && !hashes_->see(pass_->last_sequence(), *coming, pass_->exchange())) {
            progress.clear();
            std::cerr << hashes_->difference(to_text(*coming, names_)) << '\n';
            return false;
        }
        if (pauses) {
            if (pass_->differs()) return true;
            progress.show(pass_->commands(), pass_->event_next());
        }
    }
    return true;
}

// Before a command; false when the replay is to end.
bool ReplayRun::pause(const CommandHead& coming) {
    const auto publish = [this] {
        if (publish_) publish_->rest();
    };
    publish();
    return at_pace() ? pace_.wait(coming, publish) : !stopped();
}

// The days before one that is published are passed by.
bool ReplayRun::at_pace() const { return !pace_.is_max() && (!publish_ || publish_->is_on()); }

bool ReplayRun::is_over(const CommandHead& coming) const {
    if (publish_ && publish_->is_over()) return true;
    const uint64_t more = options_.before ? 0 : 1;
    if (until_.kind == Until::Kind::command) return pass_->sequence() >= until_.value + more;
    return until_.kind == Until::Kind::time && coming.time_ns >= until_.value + more;
}

bool ReplayRun::looks() const {
    return options_.books_at_phases || options_.shows() || options_.exports() || pace_.steps() ||
           hashes_ || publish_ || !options_.until.empty();
}

void ReplayRun::look() {
    pass_->for_each_event(
        [&](uint64_t sequence, const EventHead& event) { look_at(sequence, event); });
}

void ReplayRun::look_at(uint64_t sequence, const EventHead& event) {
    names_.observe(event);
    for (OrderLife& life : lives_) life.see(sequence, event, names_, mirror_);
    for (SerialPath& path : paths_) path.see(sequence, event, names_);
    for (ReplayExport& one : exports_) {
        one.see(sequence, event, names_, mirror_, pass_->exchange());
    }
    if (publish_) publish_->take(event, sequence);
    mirror_.apply(sequence, event);
    if (options_.books_at_phases && event.type == EventType::phase_changed) {
        std::cout << "# phase " << enum_text(as_event<PhaseChanged>(event).phase) << " command "
                  << event.command << '\n';
        mirror_.print(std::cout, names_);
    }
}

void ReplayRun::step(const CommandHead& command) {
    out() << to_text(command, names_) << "  # " << pass_->last_sequence() << '\n';
    pass_->for_each_event([&](uint64_t sequence, const EventHead& event) {
        out() << "    " << to_text(event, names_) << "  # " << sequence << '\n';
    });
    out().flush();
}

int ReplayRun::report_difference(const EventCheck& check) const {
    const EventCheck::Difference& difference = *check.difference();
    const Names names = names_of(pass_->exchange());
    std::cerr << "replay: DIFFERENT at event " << difference.sequence << ", of command "
              << difference.replayed.head.command
              << "\n  event log: " << to_text(difference.filed.head, names)
              << "\n     replay: " << to_text(difference.replayed.head, names) << '\n';
    return 1;
}

void ReplayRun::show() {
    if (options_.until.empty() && !options_.shows()) return;
    std::ostream& out = this->out();
    if (options_.shows()) {
        show_point(out, pass_->exchange(), pass_->last_sequence(), options_.utc_offset_minutes);
    }
    for (const OrderLife& life : lives_) life.print(out);
    for (const SerialPath& path : paths_) path.print(out, pass_->exchange(), names_);
    for (const std::string& symbol : options_.books) show_book(out, pass_->exchange(), symbol);
    for (const std::string& name : options_.accounts) show_account(out, pass_->exchange(), name);
    if (!options_.shows()) mirror_.print(out, names_);
}

void ReplayRun::summarize(const EventCheck& check, bool complete, double seconds) const {
    if (check.damaged()) {
        std::cerr << "replay: the event log's file is damaged behind event " << check.compared()
                  << ": the engine writes it anew at its next start\n";
    } else if (check.compared() < check.events()) {
        std::cerr << "replay: the last " << check.events() - check.compared()
                  << " events are not in the event log's file yet\n";
    }
    if (interrupted_) {
        std::cerr << "replay: interrupted after command " << pass_->last_sequence() << '\n';
    }
    if (hashes_) {
        out() << "replay: " << hashes_->points() << " state hashes";
        if (!options_.compare.empty())
            out() << ", " << hashes_->same() << " the same as the file's";
        out() << '\n';
    }
    if (publish_) publish_->print_counts(out());
    if (begin_ > 1) out() << "replay: began with the snapshot at command " << begin_ << '\n';
    const std::string verdict = complete
                                    ? "identical"
                                    : "incomplete: compared=" + std::to_string(check.compared()) +
                                          " of " + std::to_string(check.events());
    char text[200];
    std::snprintf(text, sizeof text,
                  "replay: commands=%llu events=%llu state=%016llx %s (%.1f M commands/s)\n",
                  static_cast<unsigned long long>(pass_->commands()),
                  static_cast<unsigned long long>(check.events()),
                  static_cast<unsigned long long>(pass_->exchange().state_hash()), verdict.c_str(),
                  static_cast<double>(pass_->commands()) / 1e6 / std::max(seconds, 1e-9));
    out() << text;
}

// The books alone go to standard output where a program reads them.
std::ostream& ReplayRun::out() const { return options_.books_at_phases ? std::cerr : std::cout; }

}  // namespace carbonx::tools
