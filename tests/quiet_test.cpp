// The engine thread is quiet: once started it makes no allocation, takes no lock, calls no kernel
// and faults on no page, over a whole flow.
//
// Each case runs in a child process of its own. What may not call the kernel runs under a filter in
// which anything but exit kills. Allocations and locks are counted by standing in front of the
// library's functions.
#include <dlfcn.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "bench/flow_generator.h"
#include "bench/flow_market.h"
#include "engine/sequencer.h"

namespace {
thread_local uint64_t allocation_count = 0;
thread_local uint64_t lock_count = 0;
}  // namespace

extern "C" {
void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* memory, std::size_t bytes);
void __libc_free(void* memory);

void* malloc(std::size_t bytes) { return ++allocation_count, __libc_malloc(bytes); }
void* calloc(std::size_t count, std::size_t bytes) {
    return ++allocation_count, __libc_calloc(count, bytes);
}
void* realloc(void* memory, std::size_t bytes) {
    return ++allocation_count, __libc_realloc(memory, bytes);
}
void free(void* memory) {
    if (memory != nullptr) ++allocation_count;
    __libc_free(memory);
}
int pthread_mutex_lock(pthread_mutex_t* mutex) {
    using Lock = int (*)(pthread_mutex_t*);
    static const auto next = reinterpret_cast<Lock>(::dlsym(RTLD_NEXT, "pthread_mutex_lock"));
    return ++lock_count, next(mutex);
}
}

namespace carbonx::tests {
namespace {

using namespace carbonx::bench;

constexpr uint32_t window_slots = 1U << 14;  // the flow goes round it several times
constexpr uint32_t ring_slots = 1U << 10;

// A flow's commands as they are when every order id is known, which follow from the flow alone.
struct Script {
    Script() {
        FlowOptions options;
        options.operations = 50'000;
        options.instruments = 20;
        options.live = 100;
        const Flow flow = generate_flow(options);
        trades = flow.header.trades;
        market = make_market(flow.header);
        commands = make_commands(flow, market);
        learn_ids(flow);
    }

    FlowMarket market;
    std::vector<FlowCommand> commands;
    uint64_t trades = 0;

private:
    void learn_ids(const Flow& flow);
};

const EventHead& event_at(const Memory& window, uint64_t sequence) {
    return *reinterpret_cast<const EventHead*>(&event_log::slots(window)[sequence % window_slots]);
}

// An exchange with the script's market, its window, and who writes there.
struct Opened {
    explicit Opened(const Script& script)
        : window(Memory::anonymous(event_log::bytes(window_slots))),
          exchange(std::make_unique<Exchange>(script.market.capacities)) {
        event_log::format(window, window_slots, 1);
        EventWriter events(window, true);
        for (const Command& command : script.market.opening) {
            exchange->apply(next_sequence, command.head, events);
            next_sequence += command.head.slots;
        }
        events.publish();
    }
    LogHeader& log() const { return event_log::header(window); }

    Memory window;
    std::unique_ptr<Exchange> exchange;
    uint64_t next_sequence = 1;
};

void Script::learn_ids(const Flow& flow) {
    Opened opened(*this);
    EventWriter events(opened.window, true);
    std::unordered_map<uint64_t, OrderId> ids;
    std::unordered_map<OrderId, Quantity> executed;
    for (std::size_t i = 0; i < commands.size(); ++i) {
        const uint64_t flow_id = flow.records[i].id;
        FlowCommand& command = commands[i];
        if (command.head.type == CommandType::cancel_order) command.cancel.order_id = ids[flow_id];
        if (command.head.type == CommandType::replace_order) {
            command.replace.order_id = ids[flow_id];
            command.replace.quantity += executed[ids[flow_id]];
        }
        uint64_t sequence = events.next();
        opened.exchange->apply(opened.next_sequence++, command.head, events);
        for (; sequence < events.next(); ++sequence) {  // these take one slot each
            const EventHead& event = event_at(opened.window, sequence);
            if (event.type == EventType::accepted)
                ids[flow_id] = as_event<Accepted>(event).order_id;
            if (event.type != EventType::trade) continue;
            const auto& trade = as_event<Trade>(event);
            executed[trade.maker] += trade.quantity;
            executed[trade.taker] += trade.quantity;
        }
    }
}

// The whole script through apply().
void apply_all(const Script& script, Opened& opened) {
    EventWriter events(opened.window, true);
    for (const FlowCommand& command : script.commands) {
        opened.exchange->apply(opened.next_sequence++, command.head, events);
        events.publish();
    }
}

// The engine thread as it runs: a ring, the sequencer, the journal's and the event log's windows.
// What the other threads would do to them is done between the polls.
class Sequenced {
public:
    Sequenced(const Script& script, Opened& opened)
        : opened_(opened),
          ring_memory_(Memory::anonymous(ring::bytes(ring_slots))),
          journal_(1U << 12, opened.next_sequence),
          sequencer_(*opened.exchange, journal_, opened.window, SequencerOptions{}, Clock{}) {
        ring::format(ring_memory_, ring_slots, 1, opened.exchange->source(Source::gateway).epoch);
        ring::header(ring_memory_).pushed.store(script.market.next_source_sequence - 1);
        sequencer_.add_ring(Source::gateway, ring_memory_, false);
        producer_.emplace(ring_memory_);
    }

    void run(const Script& script) {
        for (const FlowCommand& command : script.commands) {
            while (!producer_->try_push(command.head)) poll();
        }
        while (!producer_->drained()) poll();
        for (int i = 0; i < 100; ++i) poll();  // idle
    }

private:
    void poll() {
        sequencer_.poll();
        journal_.take(journal_.next());
        LogHeader& log = opened_.log();
        log.durable_command.store(journal_.next() - 1, std::memory_order_release);
        log.filed.store(log.published.load(std::memory_order_relaxed) - 1,
                        std::memory_order_release);
    }

    Opened& opened_;
    Memory ring_memory_;
    JournalWindow journal_;
    Sequencer sequencer_;
    std::optional<RingProducer> producer_;
};

// How the script ends, so that a run can prove that all of it went through.
uint64_t open_orders_after(const Script& script) {
    Opened opened(script);
    apply_all(script, opened);
    return opened.exchange->open_order_count();
}

struct Noise {
    uint64_t allocations;
    uint64_t locks;
    int64_t faults;
};

// Runs the work in a child: first once to warm up (code is paged in at its first call), then
// measured. prepare gives the work.
using Work = std::function<void()>;
Noise noise_of(const std::function<Work()>& prepare) {
    int pipe_ends[2];
    REQUIRE(::pipe(pipe_ends) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        prepare()();
        const Work work = prepare();
        rusage before{};
        rusage after{};
        ::getrusage(RUSAGE_THREAD, &before);
        Noise noise{allocation_count, lock_count, 0};
        work();
        noise.allocations = allocation_count - noise.allocations;
        noise.locks = lock_count - noise.locks;
        ::getrusage(RUSAGE_THREAD, &after);
        noise.faults = after.ru_minflt + after.ru_majflt - before.ru_minflt - before.ru_majflt;
        const auto written = ::write(pipe_ends[1], &noise, sizeof(noise));
        ::_exit(written == sizeof(noise) ? 0 : 1);
    }
    ::close(pipe_ends[1]);
    Noise noise{};
    const auto got = ::read(pipe_ends[0], &noise, sizeof(noise));
    ::close(pipe_ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(got == sizeof(noise));
    return noise;
}

// From here on any system call of this thread but its exit kills the process. (The kernel's own
// strict mode would also forbid reading the processor's clock.)
bool forbid_system_calls() {
    sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    const sock_fprog program{std::size(rules), rules};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// Whether the work, in a child, ends well where system calls are forbidden.
bool calls_no_kernel(const std::function<Work()>& prepare) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const Work work = prepare();
        if (!forbid_system_calls()) ::_exit(2);
        work();
        ::syscall(SYS_exit, 0);  // not exit_group, which _exit() calls
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    INFO("status " << status);
    const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
    REQUIRE((killed || (WIFEXITED(status) && WEXITSTATUS(status) == 0)));
    return !killed;
}

void check_quiet(const std::function<Work()>& prepare) {
    const Noise noise = noise_of(prepare);
    CHECK(noise.allocations == 0);
    CHECK(noise.locks == 0);
    CHECK(noise.faults == 0);
    CHECK(calls_no_kernel(prepare));
}

const Script& script() {
    static const Script made;
    return made;
}

TEST_CASE(
    "quiet: the exchange applies a flow without allocation, lock, system call or page fault") {
    check_quiet([] {
        const auto opened = std::make_shared<Opened>(script());
        return [opened] { apply_all(script(), *opened); };
    });
}

TEST_CASE("quiet: so does the engine thread, from the ring to the event log") {
    const uint64_t expected = open_orders_after(script());
    REQUIRE(expected > 0);
    const auto prepare = [expected]() -> Work {
        const auto opened = std::make_shared<Opened>(script());
        const auto sequenced = std::make_shared<Sequenced>(script(), *opened);
        return [=] {
            sequenced->run(script());
            CARBONX_CHECK(opened->exchange->open_order_count() == expected);
        };
    };
    check_quiet(prepare);
}

TEST_CASE("quiet: each kind of noise is heard") {
    const auto does = [](Work work) { return [work] { return work; }; };
    CHECK(noise_of(does([] { ::operator delete(::operator new(8)); })).allocations == 2);
    CHECK(noise_of(does([] {
              static std::mutex mutex;
              const std::lock_guard lock(mutex);
          })).locks == 1);
    CHECK_FALSE(calls_no_kernel(does([] { ::syscall(SYS_getpid); })));
    CHECK(calls_no_kernel(
        does([] { static_cast<void>(monotonic_ns()); })));  // answered in user space
    const auto fault = []() -> Work {
        void* page =
            ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return [page] { *static_cast<volatile char*>(page) = 1; };
    };
    CHECK(noise_of(fault).faults == 1);
}

}  // namespace
}  // namespace carbonx::tests
