// One run of a whole flow through one engine, timed from the end of its prefill.
//
// An engine has look_ahead, prepare(i), step(i) and totals(): prepare is called for every record in
// order, look_ahead records before its step, as a sequencer sees the commands that wait in its
// ring. Both are inside the timing.
#pragma once

#include "bench/flow_file.h"
#include "bench/measure.h"

namespace carbonx::bench {

struct Pass {
    double mops = 0;  // million operations a second of processor time
    Totals totals;
};

template <class Engine, bool timed>
void run_records(Engine& engine, uint64_t from, uint64_t to, uint64_t count, Latencies* latencies) {
    uint64_t last = cycles();
    for (uint64_t i = from; i < to; ++i) {
        if (i + Engine::look_ahead < count) engine.prepare(i + Engine::look_ahead);
        engine.step(i);
        if constexpr (timed) {
            // From the end of the operation before: what is prepared and the clock itself are
            // inside.
            const uint64_t now = cycles();
            latencies->add(now - last);
            last = now;
        }
    }
}

// With latencies each operation is timed too, and mops includes that.
template <class Engine>
Pass run_pass(Engine& engine, const FlowHeader& header, Latencies* latencies = nullptr) {
    const uint64_t count = header.count;
    for (uint64_t i = 0; i < Engine::look_ahead && i < count; ++i) engine.prepare(i);
    run_records<Engine, false>(engine, 0, header.prefill, count, nullptr);
    const uint64_t start_ns = thread_time_ns();
    if (latencies != nullptr) {
        run_records<Engine, true>(engine, header.prefill, count, count, latencies);
    } else {
        run_records<Engine, false>(engine, header.prefill, count, count, nullptr);
    }
    const auto ns = static_cast<double>(thread_time_ns() - start_ns);
    return {static_cast<double>(count - header.prefill) * 1e3 / ns, engine.totals()};
}

}  // namespace carbonx::bench
