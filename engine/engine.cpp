#include "engine/engine.h"

#include <sys/file.h>

#include <stdexcept>

namespace carbonx {
namespace {

constexpr uint32_t journal_window_slots = 1U << 16;
constexpr uint32_t operators_ring_slots = 1U << 12;

// Held until the file is closed, also by a process that is killed.
File lock(const std::filesystem::path& directory) {
    std::filesystem::create_directories(directory);
    File file(directory / "engine.lock", O_RDWR | O_CREAT);
    if (::flock(file.descriptor(), LOCK_EX | LOCK_NB) != 0) {
        throw std::runtime_error("an engine is running in " + directory.string() +
                                 " already: stop it first, or choose another directory");
    }
    return file;
}

// The source's ring as it lies there, if it is the one that the exchange knows or has not met yet:
// it may hold commands that the journal has not. Otherwise a new one, which appears under its name
// when it is whole.
Memory open_ring(const std::filesystem::path& file, uint32_t slots, uint64_t venue,
                 const SourceState& source, uint64_t (*random)()) {
    if (std::filesystem::exists(file) && std::filesystem::file_size(file) > 0) {
        Memory memory = Memory::open(file);
        if (ring::valid(memory, venue)) {
            const RingHeader& head = ring::header(memory);
            const bool known = head.epoch == source.epoch;
            if (known && head.released.load() > source.consumed) {
                throw std::runtime_error(
                    file.string() +
                    ": the journal lacks commands of this ring that it had once: restore the "
                    "journal's directory, or remove this file to give them up");
            }
            if (known || source.epoch == 0) return memory;
        }
    }
    auto making = file;
    making += ".new";
    std::filesystem::remove(making);
    Memory memory = Memory::create(making, ring::bytes(slots));
    ring::format(memory, slots, venue, random());
    std::filesystem::rename(making, file);
    return memory;
}

}  // namespace

Engine::Engine(const Settings& settings, const Clock& clock, const DiskCalls& calls) {
    const EngineSettings& engine = settings.engine;
    locks_.push_back(lock(settings.data_directory));
    locks_.push_back(lock(settings.runtime_directory));
    const auto journal_directory = journal::directory(settings.data_directory);
    std::filesystem::create_directories(journal_directory);
    // Else a power cut could take the whole journal's name away, and leave a venue that looks new.
    sync_directory(calls, settings.data_directory);
    sync_directory(calls, std::filesystem::absolute(settings.data_directory).parent_path());
    recovered_ = recover(settings, calls, clock.random);

    for (uint32_t gateway = 1; gateway <= engine.gateways; ++gateway) {
        gateway_rings_.push_back(open_ring(
            ring_file(settings, gateway), engine.ring_slots, recovered_.venue,
            recovered_.exchange->source(
                static_cast<Source>(static_cast<uint32_t>(Source::gateway) + gateway - 1)),
            clock.random));
    }
    operators_ring_ = Memory::anonymous(ring::bytes(operators_ring_slots));
    ring::format(operators_ring_, operators_ring_slots, recovered_.venue, clock.random());

    const journal::Tail& tail = recovered_.tail;
    window_ = std::make_unique<JournalWindow>(journal_window_slots, tail.next);
    JournalOptions options;
    options.durability = engine.durability;
    options.segment_bytes = engine.segment_bytes;
    options.calls = calls;
    journal_ = std::make_unique<JournalWriter>(journal_directory, tail, *window_,
                                               event_log::header(recovered_.events).durable_command,
                                               options);
    SequencerOptions timing;
    timing.silence_ns = uint64_t{engine.source_silence_ms} * 1'000'000;
    sequencer_ = std::make_unique<Sequencer>(*recovered_.exchange, *window_, recovered_.events,
                                             timing, clock);
    const bool is_new = tail.next == 1;
    if (is_new) sequencer_->configure(recovered_.venue, recovered_.capacities);
    sequencer_->start();
    if (is_new) journal_->poll();  // on the disk before anybody sees which venue this is
    // Before a ring tells its gateway what has been taken: a window without it is no longer
    // current.
    show_events(settings);
    sequencer_->add_ring(Source::operators, operators_ring_, false);
    for (uint32_t i = 0; i < engine.gateways; ++i) {
        const auto source = static_cast<Source>(static_cast<uint32_t>(Source::gateway) + i);
        sequencer_->add_ring(source, gateway_rings_[i], true);
    }
    shadow_ = std::make_unique<Shadow>(
        settings, log(), [this](const Segment& segment) { segments().retire(segment); }, calls);
}

}  // namespace carbonx
