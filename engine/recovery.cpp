#include "engine/recovery.h"

#include <spdlog/spdlog.h>

#include <exception>
#include <stdexcept>
#include <thread>

#include "engine/api/process.h"
#include "engine/command_batch.h"
#include "engine/snapshot.h"

namespace carbonx {
namespace {

constexpr uint64_t publish_every = 64;  // commands

// Files (and so compares) behind the replay, on a thread of its own.
class FilingThread {
public:
    FilingThread(Filing& filing, LogHeader& header)
        : filing_(filing),
          header_(header),
          thread_([this](const std::stop_token& stop) { run(stop); }) {}

    // Waits until all is filed. Throws what stopped it.
    void finish() {
        thread_.request_stop();
        thread_.join();
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    void run(const std::stop_token& stop) {
        Idle idle(IdlePolicy::sleep);
        while (true) {
            const bool last = stop.stop_requested();
            std::size_t done = 0;
            try {
                if (!failure_) done = filing_.poll();
            } catch (...) {
                failure_ = std::current_exception();
            }
            // So that the replay does not wait for room for ever.
            if (failure_) header_.filed.store(header_.published.load() - 1);
            if (last && done == 0) return;
            idle(done);
        }
    }

    Filing& filing_;
    LogHeader& header_;
    std::exception_ptr failure_;
    std::jthread thread_;
};

// The newest snapshot that can be relied on; without an exchange when there is none.
LoadedSnapshot choose_snapshot(const std::filesystem::path& data) {
    for (const SnapshotFile& file : list_snapshots(snapshot::directory(data))) {
        try {
            LoadedSnapshot loaded = load_snapshot(file.file, Populate::now);
            if (is_filed_below(data, loaded.place.next_event)) return loaded;
            spdlog::warn(
                "the event log's file lacks what lies before {}: an older snapshot, or the whole "
                "journal, takes its place",
                file.file.string());
        } catch (const std::exception& error) {
            spdlog::warn("{}; an older snapshot, or the whole journal, takes its place",
                         error.what());
        }
    }
    return {};
}

// Without a snapshot.
void read_configuration(const CommandHead* first, const EngineSettings& settings,
                        uint64_t (*random)(), Recovered& recovered) {
    if (first == nullptr) {
        recovered.venue = random();
        recovered.capacities = settings.capacities;
        return;
    }
    if (first->type != CommandType::configure) {
        throw std::runtime_error(
            "the journal does not begin with its configuration: this build did not "
            "write it; use the one that did");
    }
    recovered.venue = as<Configure>(*first).venue;
    recovered.capacities = as<Configure>(*first).capacities;
}

// Of what is not yet complete.
std::filesystem::path new_file(std::filesystem::path file) { return file += ".new"; }

// A journal that is gone must not look like a venue that is new.
void check_history(const std::filesystem::path& data, const journal::Tail& tail) {
    const auto snapshots = list_snapshots(snapshot::directory(data));
    if (tail.next == 1 && !snapshots.empty()) {
        throw std::runtime_error(
            snapshots.front().file.string() +
            " is of a venue, but there is no journal: put the journal's directory back, or move "
            "the whole data directory away to begin a new venue");
    }
    const auto history = event_log::history_file(data);
    if (tail.next == 1 && std::filesystem::exists(history) &&
        std::filesystem::file_size(history) > 0) {
        throw std::runtime_error(
            history.string() +
            " holds events, but there is no journal: put the journal's directory back, "
            "or move that file away to begin a new venue");
    }
}

// The archive has only segments that others followed.
void check_last_segment(const std::filesystem::path& directory, const journal::Tail& tail) {
    if (tail.segment.empty() || tail.segment.parent_path() == directory) return;
    throw std::runtime_error(directory.string() + " has nothing behind command " +
                             std::to_string(tail.next - 1) + ", the last one in the archive (" +
                             tail.segment.string() +
                             "): acknowledged commands are lost. Put the journal's directory back, "
                             "or name another archive to begin a new venue");
}

// What an earlier process wrote may still lie in the system's cache only, and after a sync that
// failed the cache holds what the disk does not: what will be read is synced, and then read from
// the disk again.
void settle(const std::filesystem::path& path, const DiskCalls& calls) {
    const File file(path, O_RDWR);
    file.sync(calls);
    ::posix_fadvise(file.descriptor(), 0, 0, POSIX_FADV_DONTNEED);
}
void settle_journal(const std::filesystem::path& directory, uint64_t from, const DiskCalls& calls) {
    const auto segments = list_segments(directory);
    // Killed behind a segment's rename, its name may be in the cache only, too.
    if (!segments.empty()) sync_directory(calls, directory);
    for (std::size_t i = 0; i < segments.size(); ++i) {
        if (i + 1 < segments.size() && segments[i + 1].first <= from) continue;
        settle(segments[i].file, calls);
    }
}

// Applies all that is left; each(count) is called after each command.
template <class Each>
void apply_all(BatchReader& batches, const CommandBatch* batch, Recovered& recovered,
               EventWriter& events, Each&& each) {
    Exchange& exchange = *recovered.exchange;
    uint64_t count = 0;
    for (; batch != nullptr; batch = batches.next()) {
        for (std::size_t i = 0; i < batch->size(); ++i) {
            batch->prefetch(i, exchange);
            const CommandHead& command = (*batch)[i];
            if (const std::string why = unreadable(command); !why.empty())
                throw std::runtime_error(why);
            exchange.apply(batch->sequence(i), command, events);
            each(++count);
        }
    }
}

void replay(BatchReader& batches, const CommandBatch* batch, Recovered& recovered) {
    EventWriter events(recovered.events);
    FilingThread filing(*recovered.filing, event_log::header(recovered.events));
    apply_all(batches, batch, recovered, events, [&](uint64_t count) {
        if (count % publish_every == 0) events.publish();
    });
    events.publish();
    filing.finish();
}

// The same, without a second thread.
void replay_alone(BatchReader& batches, const CommandBatch* batch, Recovered& recovered) {
    EventWriter events(recovered.events);
    apply_all(batches, batch, recovered, events, [&](uint64_t) {
        events.publish();
        recovered.filing->poll();
    });
}

}  // namespace

void show_events(const Settings& settings) {
    const auto window_file = event_log::window_file(settings.runtime_directory);
    std::filesystem::rename(new_file(window_file), window_file);
}

Recovered recover(const Settings& settings, const DiskCalls& calls, uint64_t (*random)()) {
    const uint64_t begin = monotonic_ns();
    Recovered recovered;
    const std::filesystem::path& data = settings.data_directory;
    const auto journal_directory = journal::directory(data);
    const bool on_disk = settings.engine.durability == Durability::disk;
    const auto history = event_log::history_file(data);
    if (on_disk && std::filesystem::exists(history)) settle(history, calls);
    LoadedSnapshot start = choose_snapshot(data);
    if (on_disk) settle_journal(journal_directory, start.place.journal.next, calls);
    JournalReader reader(journal_directory, settings.archive_directory, start.place.journal,
                         calls.one_thread ? 0 : 1);
    BatchReader batches(reader);
    const CommandBatch* const first = batches.next();
    if (start.exchange) {
        recovered.exchange = std::move(start.exchange);
        recovered.venue = recovered.exchange->venue();
        recovered.capacities = recovered.exchange->capacities();
    } else {
        read_configuration(first == nullptr ? nullptr : &(*first)[0], settings.engine, random,
                           recovered);
        recovered.exchange = std::make_unique<Exchange>(recovered.capacities, Populate::now);
    }
    if (recovered.capacities != settings.engine.capacities) {
        spdlog::warn(
            "[engine.capacities] are those of the journal, not of the settings: they can only be "
            "chosen when a journal begins");
    }

    // Readers keep the old window until show_events().
    const auto making = new_file(event_log::window_file(settings.runtime_directory));
    std::filesystem::remove(making);
    const uint32_t window = settings.engine.event_window_slots;
    recovered.events = Memory::create(making, event_log::bytes(window));
    event_log::format(recovered.events, window, recovered.venue, start.place.next_event);
    recovered.filing = std::make_unique<Filing>(recovered.events, data, calls);

    // All that is read from the journal is on the disk.
    LogHeader& header = event_log::header(recovered.events);
    header.durable_command.store(UINT64_MAX);
    if (first == nullptr) check_history(data, reader.tail());
    if (calls.one_thread) {
        replay_alone(batches, first, recovered);
    } else {
        replay(batches, first, recovered);
    }
    recovered.tail = reader.tail();
    check_last_segment(journal_directory, recovered.tail);
    header.durable_command.store(recovered.tail.next - 1);

    if (on_disk && recovered.filing->goes_on()) {
        throw std::runtime_error("the event log goes on beyond command " +
                                 std::to_string(recovered.tail.next - 1) +
                                 ", the journal's last: acknowledged commands are lost. Restore "
                                 "the journal's directory from "
                                 "a copy; or, where it was written with durability memory, start "
                                 "once with that to cut it");
    }
    if (reader.torn_bytes() > 0) {
        journal::truncate(recovered.tail, calls);
        spdlog::warn(
            "the journal's last frame was torn: {} bytes that nobody had been told of are cut",
            reader.torn_bytes());
    }
    if (recovered.filing->found_bad_block()) {
        spdlog::warn("the event log had a bad block: it is made anew from there on");
    }
    if (recovered.filing->cut()) {
        spdlog::warn(
            "the event log went on beyond the journal (durability memory and a crash?): it is cut");
    }
    spdlog::info(
        "recovered in {} ms from {}: {} slots of commands replayed, {} of events; {} were in the "
        "event log, the same",
        (monotonic_ns() - begin) / 1'000'000,
        start.place.journal.next == 1
            ? "the first command"
            : "the snapshot at command " + std::to_string(start.place.journal.next),
        recovered.tail.next - start.place.journal.next,
        header.published.load() - start.place.next_event, recovered.filing->compared_slots());
    return recovered;
}

}  // namespace carbonx
