// A simulation's faults: what breaks, and a wrong bit that must be found.
#include <fstream>

#include "engine/archive.h"
#include "tests/simulate.h"

namespace carbonx::tests {

void Simulation::fault() {
    const uint64_t dice = chance_.below(14);
    if (options_.trace) {
        constexpr const char* names[] = {"kill of the engine",
                                         "kill of the gateway",
                                         "kill of the publisher",
                                         "power cut",
                                         "crash at a disk call",
                                         "crash at a disk call",
                                         "disk error",
                                         "wrong bit",
                                         "clock jump",
                                         "disconnect",
                                         "lazy broker",
                                         "pause of gateway or publisher",
                                         "pause of the disk",
                                         "write back"};
        std::printf("step %llu: %s\n", static_cast<unsigned long long>(steps_), names[dice]);
    }
    switch (dice) {
        case 0:
            if (!engine_) return;
            ++counts_.kills;
            return kill_engine();
        case 1:
            ++counts_.gateway_kills;
            return kill_gateway();
        case 2:
            ++counts_.publisher_kills;
            publisher_.reset();
            publisher_pause_ = chance_.below(300);
            return;
        case 3:
            return power_cut();
        case 4:
        case 5:
            power_cut_at_crash_ = chance_.percent(50);
            return disk_->arm(DiskFault::crash, chance_.below(30));
        case 6: {
            const DiskFault kinds[] = {DiskFault::io_error, DiskFault::no_space,
                                       DiskFault::short_write};
            return disk_->arm(kinds[chance_.below(3)], chance_.below(30));
        }
        case 7:
            return corrupt();
        case 8: {
            const auto ns = static_cast<int64_t>(
                chance_.below(chance_.percent(80) ? 30'000'000'000 : 4'000'000'000'000));
            const int64_t jump = chance_.percent(50) ? ns : -ns;
            // Brokers know of the daily reset, and not of one that a wrong clock makes.
            if (reset_day_at(SimulatedClock::utc() + static_cast<uint64_t>(jump)) > reset_day_) {
                return;
            }
            ++counts_.clock_jumps;
            return SimulatedClock::jump(jump);
        }
        case 9:
            ++counts_.disconnects;
            return clients_[chance_.below(clients_.size())]->disconnect();
        case 10:
            return clients_[chance_.below(clients_.size())]->set_lazy(chance_.percent(60));
        case 11:
            (chance_.percent(50) ? gateway_pause_ : publisher_pause_) = chance_.below(3'000);
            return;
        case 12:
            (chance_.percent(50) ? journal_pause_ : filing_pause_) = chance_.below(1'000);
            return;
        default:
            return disk_->write_back();
    }
}

namespace {

// A wrong bit in these bytes of a file; right again at the end, unless it is left there.
class WrongBit {
public:
    WrongBit(const std::filesystem::path& file, uint64_t begin, uint64_t bytes, Chance& chance)
        : file_(file, O_RDWR), at_(static_cast<off_t>(begin + chance.below(bytes))) {
        if (::pread(file_.descriptor(), &byte_, 1, at_) != 1) std::abort();
        put(byte_ ^ static_cast<unsigned char>(1U << chance.below(8)));
    }
    WrongBit(WrongBit&& other) noexcept = default;
    ~WrongBit() {
        if (file_.descriptor() >= 0 && !stays_) put(byte_);
    }
    void leave() { stays_ = true; }

private:
    void put(unsigned char byte) const {
        if (::pwrite(file_.descriptor(), &byte, 1, at_) != 1) std::abort();
    }
    File file_;
    off_t at_;
    unsigned char byte_ = 0;
    bool stays_ = false;
};

}  // namespace

void Simulation::corrupt() {
    if (!engine_) return;
    ++counts_.kills;
    kill_engine();
    switch (chance_.below(4)) {
        case 0:
        case 1:
            return corrupt_frame();
        case 2:
            return corrupt_snapshot();
        default:
            return corrupt_archive();
    }
}

// A bit turns in what was acknowledged, while the engine is down. It must say so, and change
// nothing; then the bit is as it was.
void Simulation::corrupt_frame() {
    // Any frame that a start reads, but the last, which may be torn without anybody having been
    // told of it.
    struct Place {
        std::filesystem::path file;
        uint64_t offset;
        uint64_t bytes;
    };
    const auto snapshots = list_snapshots(snapshot::directory(settings_.data_directory));
    const uint64_t from = snapshots.empty() ? 1 : snapshots.front().next_command;
    std::vector<Place> frames;
    for (const Segment& segment : list_segments(journal::directory(settings_.data_directory))) {
        const File file(segment.file, O_RDONLY);
        journal::FrameHead head;
        // Behind the last frame may stand those of an earlier use.
        uint64_t next = segment.first;
        for (uint64_t at = 0; file.read(&head, sizeof head, at) == sizeof head &&
                              head.magic == journal::FrameHead::magic_value && head.first == next;
             at += journal::frame_bytes(head.slots)) {
            next += head.slots;
            if (head.first < from) continue;
            frames.push_back({segment.file, at, sizeof head + head.slots * sizeof(Slot)});
        }
    }
    if (frames.size() < 3) return;
    const Place& place = frames[chance_.below(frames.size() - 2)];
    const WrongBit wrong(place.file, place.offset, place.bytes, chance_);
    ++counts_.corruptions;
    expect_refusal(place.file);
}

// A start passes over it, for good.
void Simulation::corrupt_snapshot() {
    const auto snapshots = list_snapshots(snapshot::directory(settings_.data_directory));
    if (snapshots.empty()) return;
    const auto& file = snapshots[chance_.percent(70) ? 0 : chance_.below(snapshots.size())].file;
    WrongBit(file, 0, std::filesystem::file_size(file), chance_).leave();
    ++counts_.bad_snapshots;
}

// No snapshot is good, so that all must come from the archive; and there, too, is a wrong bit.
void Simulation::corrupt_archive() {
    const auto journal = list_segments(journal::directory(settings_.data_directory));
    std::vector<Segment> needed;
    for (const Segment& segment : list_archive(settings_.archive_directory)) {
        if (!journal.empty() && segment.first < journal.front().first) needed.push_back(segment);
    }
    if (needed.empty()) return;
    std::vector<WrongBit> bad;
    for (const auto& [file, next] : list_snapshots(snapshot::directory(settings_.data_directory))) {
        bad.emplace_back(file, 0, std::filesystem::file_size(file), chance_);
    }
    const auto& file = needed[chance_.below(needed.size())].file;
    const WrongBit wrong(file, 0, std::filesystem::file_size(file), chance_);
    ++counts_.corruptions;
    expect_refusal(file);
    if (chance_.percent(50)) return;
    // A start from the first command, through the whole archive.
    counts_.bad_snapshots += bad.size();
    for (WrongBit& snapshot : bad) snapshot.leave();
}

void Simulation::expect_refusal(const std::filesystem::path& file) {
    const auto journal = [&] {
        std::string bytes;
        const auto add = [&](const std::vector<Segment>& segments) {
            for (const Segment& segment : segments) {
                std::ifstream in(segment.file, std::ios::binary);
                bytes.append(std::istreambuf_iterator<char>(in), {});
            }
        };
        add(list_segments(journal::directory(settings_.data_directory)));
        add(list_archive(settings_.archive_directory));
        return bytes;
    };
    const std::string before = journal();
    disk_->mend();
    try {
        const auto engine = make_engine();
    } catch (const std::runtime_error& refusal) {
        const std::string text = refusal.what();
        if (text.find(file.string()) == std::string::npos) {
            throw Finding("a bit is wrong in " + file.string() + ", and the engine says: " + text);
        }
        if (journal() != before) {
            throw Finding("an engine that refused to start has changed the journal");
        }
        return;
    }
    throw Finding("a bit is wrong in " + file.string() + ", and the engine starts");
}

}  // namespace carbonx::tests
