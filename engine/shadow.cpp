#include "engine/shadow.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

#include "engine/api/process.h"
#include "engine/archive.h"

namespace carbonx {
namespace {

constexpr std::size_t commands_a_step = 4096;
// Its events are for nobody: small enough to stay in the cache.
constexpr uint32_t window_slots = 1U << 12;
constexpr uint64_t minute_ns = 60'000'000'000;

}  // namespace

Shadow::Shadow(const Settings& settings, const LogHeader& log,
               std::function<void(const Segment&)> retire, const DiskCalls& calls)
    : settings_(settings), log_(log), retire_(std::move(retire)), calls_(calls) {
    const auto files = list_snapshots(snapshot::directory(settings.data_directory));
    if (!files.empty()) saved_command_ = files.front().next_command;
    status_.snapshot_command.store(files.empty() ? 0 : saved_command_);
}

std::size_t Shadow::poll(uint64_t monotonic_ns) {
    if (saved_ns_ == 0) saved_ns_ = monotonic_ns;
    if (monotonic_ns < retry_at_ns_) return 0;
    try {
        return step(monotonic_ns);
    } catch (const std::exception& error) {
        spdlog::error(
            "no snapshot, or no archive: {}; the venue goes on, the next start takes longer, {}",
            error.what(),
            spoiled_ ? "and none is made before the engine is started anew: see to the disk"
                     : "and it is tried again in a minute");
    }
    // From the last good snapshot again: nothing here is worth keeping.
    exchange_.reset();
    reader_.reset();
    target_ = 0;
    names_settled_ = false;
    tidying_ = true;
    retry_at_ns_ = monotonic_ns + minute_ns;
    return 0;
}

std::size_t Shadow::step(uint64_t monotonic_ns) {
    if (spoiled_) return 0;
    if (monotonic_ns >= tidy_at_ns_) {
        tidying_ = true;
        tidy_at_ns_ = monotonic_ns + minute_ns;
    }
    if (target_ != 0 && next_command_ <= target_) return catch_up();
    if (target_ != 0) return save(monotonic_ns);
    const uint64_t durable = log_.durable_command.load(std::memory_order_acquire);  // (D)
    if (is_due(monotonic_ns, durable)) {
        check_room();
        if (!exchange_) begin();
        target_ = durable;
        return 1;
    }
    if (!tidying_) return 0;
    settle_names();
    std::size_t done = archive_next();
    if (done == 0) done = retire_next();
    tidying_ = done > 0;
    return done;
}

// An earlier process may have been killed behind a rename, or a sync of names may have failed: no
// segment is given back for a file that a power cut could take away.
void Shadow::settle_names() {
    if (names_settled_) return;
    for (const auto& directory :
         {snapshot::directory(settings_.data_directory), settings_.archive_directory}) {
        if (!directory.empty() && std::filesystem::exists(directory))
            sync_directory(calls_, directory);
    }
    names_settled_ = true;
}

bool Shadow::is_due(uint64_t monotonic_ns, uint64_t durable) const {
    const EngineSettings& engine = settings_.engine;
    if (engine.snapshot_minutes == 0 || durable + 1 <= saved_command_) return false;
    if (durable + 1 - saved_command_ >= uint64_t{engine.snapshot_commands}) return true;
    return static_cast<int64_t>(monotonic_ns - saved_ns_) >=
           static_cast<int64_t>(uint64_t{engine.snapshot_minutes} * minute_ns);
}

// From the newest snapshot that can be read, or from the first command.
void Shadow::begin() {
    const std::filesystem::path& data = settings_.data_directory;
    SnapshotPlace place;
    for (const SnapshotFile& file : list_snapshots(snapshot::directory(data))) {
        try {
            LoadedSnapshot loaded = load_snapshot(file.file, Populate::on_use);
            place = loaded.place;
            exchange_ = std::move(loaded.exchange);
            break;
        } catch (const std::exception& error) {
            spdlog::warn("a snapshot cannot be used: {}", error.what());
        }
    }
    reader_ = std::make_unique<JournalReader>(journal::directory(data), settings_.archive_directory,
                                              place.journal, calls_.one_thread ? 0 : 1);
    next_command_ = place.journal.next;
    events_memory_ = Memory::anonymous(event_log::bytes(window_slots));
    event_log::format(events_memory_, window_slots, 0, place.next_event);
    events_.emplace(events_memory_, true);
}

std::size_t Shadow::catch_up() {
    std::size_t done = 0;
    while (done < commands_a_step && next_command_ <= target_) {
        const CommandHead* command = reader_->next(target_);
        CARBONX_CHECK(command != nullptr);  // the journal thread said that it is there
        if (!exchange_) {
            exchange_ =
                std::make_unique<Exchange>(as<Configure>(*command).capacities, Populate::on_use);
        }
        exchange_->apply(reader_->sequence(), *command, *events_);
        next_command_ = reader_->sequence() + command->slots;
        ++done;
    }
    return done;
}

std::size_t Shadow::save(uint64_t monotonic_ns) {
    // Everything up to here is durable, so it will be filed in a moment.
    if (log_.filed.load(std::memory_order_acquire) + 1 < events_->next()) return 0;  // (F)
    CARBONX_CHECK(reader_->at_frame_end());
    const auto begun = std::chrono::steady_clock::now();
    // A start from this snapshot relies on the events before it, and on the journal up to it.
    const std::filesystem::path& data = settings_.data_directory;
    sync(event_log::history_file(data));
    if (settings_.engine.durability == Durability::memory) {
        for (const Segment& segment : list_segments(journal::directory(data))) {
            if (segment.first <= target_) sync(segment.file);
        }
    }
    write_snapshot(snapshot::directory(data), *exchange_, {reader_->position(), events_->next()},
                   calls_);
    saved_command_ = next_command_;
    saved_ns_ = monotonic_ns;
    target_ = 0;
    drop_old_snapshots();
    tidying_ = true;
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begun);
    status_.snapshot_command.store(saved_command_);
    status_.snapshot_ms.store(static_cast<uint64_t>(took.count()));
    spdlog::info("snapshot at command {}, {} open orders, in {} ms", saved_command_,
                 exchange_->open_order_count(), took.count());
    return 1;
}

// Never twice after a failure: the system then forgets what it could not write.
void Shadow::sync(const std::filesystem::path& file) {
    spoiled_ = true;
    File(file, O_RDWR).sync(calls_);
    spoiled_ = false;
}

// What is left of the disk belongs to the journal.
void Shadow::check_room() const {
    const uint64_t free_mib = std::filesystem::space(settings_.data_directory).available >> 20;
    if (free_mib >= settings_.engine.disk_low_mib) return;
    throw std::runtime_error("only " + std::to_string(free_mib) +
                             " MiB are free, less than disk_low_mib: make room");
}

void Shadow::drop_old_snapshots() {
    const auto files = list_snapshots(snapshot::directory(settings_.data_directory));
    for (std::size_t i = settings_.engine.snapshots_kept; i < files.size(); ++i) {
        remove_file(calls_, files[i].file);
    }
}

// Those that the journal thread has left: the next one is begun.
std::vector<Segment> Shadow::full_segments() const {
    auto segments = list_segments(journal::directory(settings_.data_directory));
    if (!segments.empty()) segments.pop_back();
    return segments;
}

// Puts one full segment into the archive, if there is one.
std::size_t Shadow::archive_next() {
    if (settings_.archive_directory.empty()) return 0;
    const auto archived = list_archive(settings_.archive_directory);
    for (const Segment& segment : full_segments()) {
        const bool has = std::any_of(archived.begin(), archived.end(), [&](const Segment& other) {
            return other.first == segment.first;
        });
        if (has) continue;
        check_room();
        std::filesystem::create_directories(settings_.archive_directory);
        archive_segment(segment, settings_.archive_directory, calls_);
        return 1;
    }
    return 0;
}

// Gives back one segment that is archived and behind every snapshot, if there is one.
std::size_t Shadow::retire_next() {
    if (settings_.archive_directory.empty()) return 0;
    drop_old_archives();
    const auto snapshots = list_snapshots(snapshot::directory(settings_.data_directory));
    if (snapshots.size() < settings_.engine.snapshots_kept) return 0;
    const auto segments = list_segments(journal::directory(settings_.data_directory));
    if (segments.size() < 2 || segments[1].first > snapshots.back().next_command) return 0;
    // It is there already; this reads it back and compares, before the other copy goes.
    archive_segment(segments.front(), settings_.archive_directory, calls_);
    retire_(segments.front());
    return 1;
}

void Shadow::drop_old_archives() const {
    if (settings_.engine.archive_days == 0) return;
    const auto kept = std::filesystem::file_time_type::clock::now() -
                      std::chrono::hours(24 * settings_.engine.archive_days);
    const auto segments = list_segments(journal::directory(settings_.data_directory));
    for (const Segment& segment : list_archive(settings_.archive_directory)) {
        const bool in_journal =
            !segments.empty() && segment.first >= segments.front().first;  // retired later
        if (in_journal || std::filesystem::last_write_time(segment.file) > kept) continue;
        spdlog::info("{} is older than archive_days: removed", segment.file.string());
        remove_file(calls_, segment.file);
    }
}

}  // namespace carbonx
