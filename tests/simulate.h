// A whole venue in one thread: engine, gateway and publisher, brokers and subscribers, under a
// virtual clock, on a disk that forgets and over networks that lose, with faults of every kind.
//
// Everything follows from the seed. What is wrong is thrown as a Finding.
//
// Threads: one; one simulation at a time in a process.
// Always: what clients have received stays true: no acknowledged order is lost, no execution comes
// twice, reports and messages come in order, credits and cash are conserved, and every event is the
// slow reference's.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "gateway/gateway.h"
#include "tests/simulate_broker.h"
#include "tests/simulate_clock.h"
#include "tests/simulate_disk.h"
#include "tests/simulate_feed.h"
#include "tests/simulate_network.h"
#include "tests/simulate_oracle.h"

namespace carbonx::tests {

struct SimulationOptions {
    uint64_t seed = 1;
    uint64_t commands = 300;  // that are journaled, of all sources
    bool faults = false;
    bool gateway_disk = false;        // the gateway's files forget at a power cut, and fail, too
    bool trace = false;               // print what brokers say and hear, and every fault
    std::filesystem::path directory;  // made, and removed again unless the simulation fails
};

// What happened, for the eye; how often.
struct SimulationCounts {
    uint64_t kills = 0;  // of the engine, those within a call of the disk included
    uint64_t gateway_kills = 0;
    uint64_t publisher_kills = 0;
    uint64_t power_cuts = 0;
    uint64_t disk_errors = 0;
    uint64_t corruptions = 0;
    uint64_t bad_snapshots = 0;
    FileCounts files;
    uint64_t clock_jumps = 0;
    uint64_t disconnects = 0;
    uint64_t resets = 0;  // of a session's numbers
    uint64_t checks = 0;  // of everything, at rest
    void operator+=(const SimulationCounts& other);
};

class Simulation {
public:
    explicit Simulation(const SimulationOptions& options);
    ~Simulation();

    // All of it. Throws Finding.
    void run();

    uint64_t steps() const { return steps_; }
    SimulationCounts counts() const {
        SimulationCounts counts = counts_;
        counts.files = oracle_.files();
        return counts;
    }
    // One line, the same for the same seed: counts, and a hash of the final state and of all that
    // clients have received.
    std::string summary() const;

private:
    enum class Poller { sequencer, journal, segments, filing, shadow };

    // The parts, as processes. start_* do nothing for what runs.
    std::unique_ptr<Engine> make_engine() const;
    void start_engine();
    void start_gateway();
    void start_publisher();
    void kill_engine();
    void kill_gateway();
    void power_cut();
    void poll_engine(Poller poller);
    void poll_gateway();
    void run_gateway(const std::function<void()>& step);
    void engine_crashed();
    void engine_stopped(const std::string& cause);
    void gateway_crashed();
    void gateway_stopped(const std::string& cause);
    void mend_what_was_borne();

    // The market's day.
    void write_script();
    void operate();
    void run_operators();
    // What operators do to brokers' sessions (simulate_sessions.cpp).
    void administer();
    void enable_sessions();
    void reset_sessions();
    void reset_session(SimulatedBroker& client);
    void pass_daily_reset();
    void run_until_reset(const std::function<bool()>& done);
    bool begins_at_one(const SimulatedBroker& client) const;
    uint32_t reset_day_at(uint64_t utc_ns) const;
    template <class T>
    void order(const T& command);

    void step();
    void fault();
    void corrupt();
    void corrupt_frame();
    void corrupt_snapshot();
    void corrupt_archive();
    void expect_refusal(const std::filesystem::path& file);

    // Everything runs, no faults, until nothing moves; then everything is compared.
    void rest();
    bool at_rest() const;
    std::string unrest() const;
    void check() const;
    void check_orders() const;
    void check_reports() const;
    void check_copies() const;
    void check_holdings() const;
    void check_books() const;

    const SimulationOptions options_;
    Settings settings_;
    Chance chance_;
    SimulatedClock clock_;
    Oracle oracle_;
    std::unique_ptr<SimulatedDisk> disk_;
    SimulatedNetwork network_;
    SimulatedFeed feed_;
    std::vector<std::unique_ptr<SimulatedBroker>> brokers_;
    std::vector<std::unique_ptr<SimulatedBroker>> copies_;  // drop copies
    std::vector<SimulatedBroker*> clients_;                 // all of them
    std::vector<std::string> disabled_;                     // sessions
    std::vector<std::unique_ptr<EventClient>> readers_;  // the first is prompt, the others are slow

    std::unique_ptr<Engine> engine_;
    std::unique_ptr<RingProducer> operators_;
    std::unique_ptr<gateway::Gateway> gateway_;
    std::unique_ptr<SimulatedPublisher> publisher_;
    // Steps until a part that is down starts, or one that stands still goes on.
    uint64_t engine_pause_ = 0, gateway_pause_ = 0, publisher_pause_ = 0;
    uint64_t journal_pause_ = 0, filing_pause_ = 0;
    bool power_cut_at_crash_ = false;
    bool gateway_bore_ = false;  // a disk error, and went on

    std::vector<Command> script_;  // of operators, in order
    uint64_t scripted_ = 0;        // of these are in the ring
    uint32_t day_ = 20260302;
    uint32_t reset_day_ = 0;  // of the schedule
    uint64_t serial_ = 1;
    uint64_t steps_ = 0;
    SimulationCounts counts_;
};

}  // namespace carbonx::tests
