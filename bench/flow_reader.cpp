#include "bench/flow_reader.h"

#include <stdlib.h>

#include <stdexcept>
#include <string>

#include "engine/api/process.h"

namespace carbonx::bench {
namespace {

void wait_a_microsecond() {
    const auto end = cycles() + static_cast<uint64_t>(1000 * cycles_per_ns());
    while (cycles() < end) __builtin_ia32_pause();
}

}  // namespace

WindowDirectory::WindowDirectory() {
    std::string name = "/dev/shm/carbonx-bench-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    path_ = name;
}

WindowDirectory::~WindowDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

FlowReader::FlowReader(const std::filesystem::path& directory, int core)
    : reader_(directory, directory, "bench"), thread_([this, core] { run(core); }) {}

bool FlowReader::stop() {
    stopping_.store(true, std::memory_order_relaxed);
    if (thread_.joinable()) thread_.join();
    return reader_.backlog() == 0;
}

void FlowReader::run(int core) {
    enter_thread("bench-reader", core);
    while (true) {
        const bool last = stopping_.load(std::memory_order_relaxed);
        while (const EventHead* event = reader_.next()) trades_ += event->type == EventType::trade;
        if (last) return;
        wait_a_microsecond();
    }
}

}  // namespace carbonx::bench
