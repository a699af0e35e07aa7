// A simulation's faults: what breaks, and a wrong bit that must be found.
#include <fstream>

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
            gateway_.reset();
            gateway_pause_ = chance_.below(300);
            return;
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
            ++counts_.clock_jumps;
            const uint64_t ns =
                chance_.below(chance_.percent(80) ? 30'000'000'000 : 4'000'000'000'000);
            return SimulatedClock::jump(chance_.percent(50) ? static_cast<int64_t>(ns)
                                                            : -static_cast<int64_t>(ns));
        }
        case 9:
            ++counts_.disconnects;
            return brokers_[chance_.below(brokers_.size())]->disconnect();
        case 10:
            return brokers_[chance_.below(brokers_.size())]->set_lazy(chance_.percent(60));
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

// A bit turns in what was acknowledged, while the engine is down. It must say so, and change
// nothing; then the bit is as it was.
void Simulation::corrupt() {
    if (!engine_) return;
    ++counts_.kills;
    kill_engine();
    // Any frame but the last, which may be torn without anybody having been told of it.
    struct Place {
        std::filesystem::path file;
        uint64_t offset;
        uint64_t bytes;
    };
    std::vector<Place> frames;
    for (const Segment& segment : list_segments(journal::directory(settings_.data_directory))) {
        const File file(segment.file, O_RDONLY);
        journal::FrameHead head;
        for (uint64_t at = 0; file.read(&head, sizeof head, at) == sizeof head &&
                              head.magic == journal::FrameHead::magic_value;
             at += journal::frame_bytes(head.slots)) {
            frames.push_back({segment.file, at, sizeof head + head.slots * sizeof(Slot)});
        }
    }
    if (frames.size() < 3) return;
    const Place& place = frames[chance_.below(frames.size() - 2)];
    const File file(place.file, O_RDWR);
    const auto at = static_cast<off_t>(place.offset + chance_.below(place.bytes));
    unsigned char byte = 0;
    if (::pread(file.descriptor(), &byte, 1, at) != 1) return;
    const unsigned char wrong = byte ^ static_cast<unsigned char>(1U << chance_.below(8));
    if (::pwrite(file.descriptor(), &wrong, 1, at) != 1) return;
    ++counts_.corruptions;
    expect_refusal(place.file);
    if (::pwrite(file.descriptor(), &byte, 1, at) != 1) std::abort();
}

void Simulation::expect_refusal(const std::filesystem::path& file) {
    const auto journal = [&] {
        std::string bytes;
        for (const Segment& segment : list_segments(file.parent_path())) {
            std::ifstream in(segment.file, std::ios::binary);
            bytes.append(std::istreambuf_iterator<char>(in), {});
        }
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
