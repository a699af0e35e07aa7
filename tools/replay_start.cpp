// Where a replay begins: see replay_start.h.
#include "tools/replay_start.h"

#include <iostream>
#include <stdexcept>

namespace carbonx::tools {
namespace {

// A snapshot has the state, not how it came about.
void check_known(const ReplayOptions& options, const Until& until) {
    const char* what = nullptr;
    if (!options.orders.empty() || until.kind == Until::Kind::order) {
        what = "an order's life begins with its acceptance";
    } else if (!options.serials.empty() || until.kind == Until::Kind::serial) {
        what = "a serial's path begins with its deposit";
    } else if (options.exports()) {
        what = "an export tells everything since the first command";
    } else if (options.books_at_phases) {
        what = "the books in the feed's terms have references that only the events tell";
    } else if (!options.until.empty() && !options.shows() && !options.hashes_states()) {
        throw std::runtime_error(
            "--until alone shows the books in the feed's terms, with references that only the "
            "events tell, and a snapshot does not have them: ask for --book all, or leave "
            "--from-snapshot and --from out");
    }
    if (what == nullptr) return;
    throw std::runtime_error(std::string(what) +
                             ", and a snapshot does not have that: leave --from-snapshot and "
                             "--from out");
}

bool reaches(const Until& until, bool before, const LoadedSnapshot& snapshot) {
    const uint64_t more = before ? 0 : 1;
    switch (until.kind) {
        case Until::Kind::command:
            return snapshot.place.journal.next <= until.value + more;
        case Until::Kind::event:
        case Until::Kind::trade:
            return snapshot.place.next_event <= until.value;
        case Until::Kind::time:
            return snapshot.exchange->time_ns() < until.value + more;
        default:
            return true;
    }
}

template <class Event, class Id, class Text>
void learn(Names& names, Id id, const Text& name) {
    Event listed;
    listed.head.type = Event::type;
    listed.id = id;
    listed.listing.name = name;
    names.observe(listed.head);
}

}  // namespace

std::optional<LoadedSnapshot> find_start(const ReplayOptions& options, const Until& until) {
    if (!options.begins_with_snapshot()) return std::nullopt;
    check_known(options, until);
    const auto directory = snapshot::directory(options.data);
    for (const SnapshotFile& file : list_snapshots(directory)) {
        if (file.next_command > options.from) continue;
        try {
            LoadedSnapshot loaded = load_snapshot(file.file, Populate::on_use);
            if (reaches(until, options.before, loaded)) return loaded;
        } catch (const std::exception& error) {
            std::cerr << "replay: " << error.what() << "; an older snapshot takes its place\n";
        }
    }
    throw std::runtime_error("no snapshot in " + directory.string() +
                             " is as old as what is asked for: leave --from-snapshot and --from "
                             "out, to begin with the first command");
}

Names names_of(const Exchange& exchange) {
    Names names;
    const Participants& participants = exchange.participants();
    for (std::size_t i = 1; i <= index(participants.last_participant()); ++i) {
        const auto id = static_cast<ParticipantId>(i);
        learn<ParticipantListed>(names, id, participants[id].name);
    }
    for (std::size_t i = 1; i <= index(participants.last_account()); ++i) {
        const auto id = static_cast<AccountId>(i);
        learn<AccountListed>(names, id, participants[id].name);
    }
    for (std::size_t i = 1; i <= index(participants.last_session()); ++i) {
        const auto id = static_cast<SessionId>(i);
        learn<SessionListed>(names, id, participants[id].name);
    }
    const Instruments& instruments = exchange.instruments();
    for (std::size_t i = 1; i <= index(instruments.last_project()); ++i) {
        const auto id = static_cast<ProjectId>(i);
        ProjectListed listed;
        listed.head.type = EventType::project_listed;
        listed.id = id;
        listed.listing.registry = instruments[id].registry;
        listed.listing.key = instruments[id].key;
        names.observe(listed.head);
    }
    for (std::size_t i = 1; i <= index(instruments.last_instrument()); ++i) {
        const auto id = static_cast<InstrumentId>(i);
        learn<InstrumentListed>(names, id, instruments[id].name);
    }
    for (std::size_t i = 1; i <= index(instruments.last_counter()); ++i) {
        const auto id = static_cast<CounterId>(i);
        CounterListed listed;
        listed.head.type = EventType::counter_listed;
        listed.head.counter = id;
        listed.listing.symbol = instruments[id].symbol;
        names.observe(listed.head);
    }
    return names;
}

}  // namespace carbonx::tools
