#include "engine/status.h"

#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

#include "engine/api/process.h"

namespace carbonx {
namespace {

std::string_view phase_name(Phase phase) {
    switch (phase) {
        case Phase::closed:
            return "closed";
        case Phase::pre_open:
            return "pre_open";
        case Phase::continuous:
            return "continuous";
        case Phase::halted:
            return "halted";
    }
    return "";
}

std::string first_line(const std::filesystem::path& file) {
    std::ifstream stream(file);
    std::string line;
    std::getline(stream, line);
    return line;
}

void add_ring(std::ostream& out, const std::string& name, const Memory& memory) {
    const RingHeader& ring = ring::header(memory);
    const uint64_t released = ring.released.load(std::memory_order_relaxed);
    const uint64_t pushed = std::max(ring.pushed.load(std::memory_order_relaxed), released);
    out << "ring." << name << "=" << pushed - released << " of " << ring.capacity << " slots, "
        << pushed << " ever";
    if (const uint64_t beat = ring.heartbeat_ns.load(std::memory_order_relaxed); beat != 0) {
        const uint64_t now = std::max(monotonic_ns(), beat);
        out << ", heartbeat " << (now - beat) / 1'000'000 << " ms ago";
    }
    out << "\n";
}

void add_readers(std::ostream& out, const LogHeader& log) {
    const uint64_t published = log.published.load(std::memory_order_relaxed);
    for (const LogReader& reader : log.readers) {
        const auto process = static_cast<pid_t>(reader.taken.load(std::memory_order_relaxed));
        if (process == 0) continue;
        const uint64_t next = std::min(reader.next.load(std::memory_order_relaxed), published);
        out << "reader." << reader.name.view() << "=" << published - next << " slots behind";
        if (::kill(process, 0) != 0 && errno == ESRCH) out << ", its process is gone";
        out << "\n";
    }
}

// Of every thread of this process, the core that it was on last and those that it may be on.
void add_threads(std::ostream& out) {
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
        const std::string stat = first_line(entry.path() / "stat");
        // Behind the name in brackets, which may hold anything; the core is field 39, the first
        // there is 3.
        std::istringstream fields(stat.substr(std::min(stat.rfind(')') + 1, stat.size())));
        std::string core;
        for (int field = 3; field <= 39; ++field) fields >> core;
        const auto id = static_cast<pid_t>(std::stol(entry.path().filename().string()));
        out << "thread." << first_line(entry.path() / "comm") << "=core " << core;
        cpu_set_t set;
        CPU_ZERO(&set);
        if (::sched_getaffinity(id, sizeof set, &set) == 0) {
            out << (CPU_COUNT(&set) == 1 ? ", pinned" : ", not pinned");
        }
        out << "\n";
    }
}

void add_memory(std::ostream& out) {
    std::ifstream file("/proc/self/status");
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string name;
        uint64_t kib = 0;
        words >> name >> kib;
        if (name == "RssAnon:") out << "memory.anonymous=" << kib / 1024 << " MiB\n";
        if (name == "RssShmem:") out << "memory.shared=" << kib / 1024 << " MiB\n";
        if (name == "VmLck:") out << "memory.locked=" << kib / 1024 << " MiB\n";
    }
}

}  // namespace

std::string status_text(const Settings& settings, const Engine& engine, uint64_t started_ns) {
    std::ostringstream out;
    const SequencerStatus& status = engine.status();
    const LogHeader& log = engine.log();
    const auto day = status.trading_day.load(std::memory_order_relaxed);
    const uint64_t next = status.next_command.load(std::memory_order_relaxed);
    const uint64_t durable =
        std::min(log.durable_command.load(std::memory_order_relaxed), next - 1);
    const uint64_t published = log.published.load(std::memory_order_relaxed);
    const uint64_t now = monotonic_ns();
    out << "venue=" << settings.venue << "\n";
    out << "phase=" << phase_name(status.phase.load(std::memory_order_relaxed)) << "\n";
    out << "trading_day=" << (day == 0 ? "none yet" : std::to_string(day)) << "\n";
    out << "open_orders=" << status.open_orders.load(std::memory_order_relaxed) << "\n";
    out << "uptime=" << (now - started_ns) / 1'000'000'000 << " s\n";
    out << "commands=" << next - 1 << " slots\n";
    out << "durable=" << durable << " slots, " << next - 1 - durable << " to come\n";
    out << "durability=" << (settings.engine.durability == Durability::disk ? "disk" : "memory")
        << "\n";
    out << "events=" << published - 1 << " slots, "
        << published - 1 - std::min(log.filed.load(std::memory_order_relaxed), published - 1)
        << " to be filed\n";
    const ShadowStatus& shadow = engine.shadow_status();
    const uint64_t snapshot = shadow.snapshot_command.load(std::memory_order_relaxed);
    out << "snapshot=";
    if (snapshot == 0) {
        out << "none yet\n";
    } else {
        out << "at command " << snapshot << ", " << next - snapshot << " slots ago, made in "
            << shadow.snapshot_ms.load(std::memory_order_relaxed) << " ms\n";
    }
    const uint64_t beat = std::min(log.heartbeat_ns.load(std::memory_order_relaxed), now);
    out << "sequencer=heartbeat " << (now - beat) / 1'000'000 << " ms ago\n";
    add_ring(out, "operators", engine.operators_ring());
    for (std::size_t i = 0; i < engine.gateway_rings().size(); ++i) {
        add_ring(out, "gateway-" + std::to_string(i + 1), engine.gateway_rings()[i]);
    }
    add_readers(out, log);
    add_threads(out);
    add_memory(out);
    std::error_code error;
    const auto space = std::filesystem::space(settings.data_directory, error);
    if (!error) out << "disk_left=" << (space.available >> 20) << " MiB\n";
    return out.str();
}

}  // namespace carbonx
