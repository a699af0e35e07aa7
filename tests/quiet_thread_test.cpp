// After start the engine thread is alone with its memory: no system call, no page fault, no
// allocation, over a flow of every kind of command; and threads run where they are told to.
//
// The thread that is watched forbids itself all system calls; each one traps and is counted. Since
// it cannot even end after that, it lives in a process of its own.

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <thread>

#include "engine/api/process.h"
#include "tests/engine_host.h"

using namespace carbonx;
using carbonx::tests::EngineHost;

namespace {

struct Report {  // in memory that both processes share
    std::atomic<uint64_t> commands, events, calls, last_call, allocations, minor_faults,
        major_faults;
    std::atomic<int> engine_core, journal_core;
    std::atomic<bool> pinned, complete;
};
Report* report = nullptr;
thread_local bool watched = false;

// ---- the watched thread forbids itself system calls ----

void forbid_system_calls() {
    struct sigaction action {};
    action.sa_flags = SA_SIGINFO;
    action.sa_sigaction = [](int, siginfo_t* info, void*) {
        report->calls.fetch_add(1);
        report->last_call.store(static_cast<uint64_t>(info->si_syscall));
    };
    ::sigaction(SIGSYS, &action, nullptr);
    static sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 0, 1),  // of the handler above
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
    };
    const sock_fprog program{4, filter};
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

// Minor and major faults of a thread of this process.
std::pair<uint64_t, uint64_t> faults_of(pid_t thread) {
    std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
    std::string line;
    std::getline(file, line);
    std::istringstream fields(line.substr(line.rfind(')') + 1));
    std::string field;
    uint64_t minor = 0, major = 0;
    for (int number = 3; number <= 12 && fields >> field; ++number) {
        if (number == 10) minor = std::stoull(field);
        if (number == 12) major = std::stoull(field);
    }
    return {minor, major};
}

// ---- the flow ----

void list_market(EngineHost& host) {
    const auto ask = [&](const auto& command) {
        REQUIRE(host.operate(command));
        host.settle();
    };
    for (const char* name : {"HOUSE", "ALPHA", "BETA"}) {
        auto participant = make_command<ListParticipant>();
        participant.participant_class =
            std::string_view(name) == "HOUSE" ? ParticipantClass::house : ParticipantClass::foreign;
        participant.open_orders_max = 10'000;
        participant.name = Text<24>(name);
        ask(participant);
    }
    for (uint16_t i = 1; i <= 3; ++i) {
        auto account = make_command<ListAccount>();
        account.participant = ParticipantId{i};
        account.name = Text<24>("ACCOUNT" + std::to_string(i));
        ask(account);
    }
    for (uint16_t i = 2; i <= 3; ++i) {
        auto session = make_command<ListSession>();
        session.participant = ParticipantId{i};
        session.source = Source::gateway;
        session.name = Text<24>("BROKER" + std::to_string(i));
        ask(session);
    }
    auto project = make_command<ListProject>();
    project.registry = Registry::verra;
    project.key = Text<32>("4150");
    ask(project);
    auto instrument = make_command<ListInstrument>();
    instrument.project = ProjectId{1};
    instrument.vintage = 2024;
    instrument.round_lot = Quantity{1};
    instrument.quantity_max = Quantity{1000};
    instrument.name = Text<8>("V415024");
    ask(instrument);
    auto counter = make_command<ListCounter>();
    counter.instrument = InstrumentId{1};
    counter.tick = Price{100};
    counter.reference = Price{100'000};
    counter.band_bps = 2000;
    counter.collar_bps = 500;
    counter.symbol = Symbol("V415024H");
    ask(counter);
    for (uint32_t account = 2; account <= 3; ++account) {
        auto cash = make_command<DepositCash>();
        cash.account = AccountId{account};
        cash.amount = 1'000'000'000'000'000;
        ask(cash);
        auto credits = make_command<DepositCredits>();
        credits.account = AccountId{account};
        credits.instrument = InstrumentId{1};
        credits.serial_first = account * 100'000'000ULL;
        credits.serial_last = credits.serial_first + 50'000'000;
        credits.serial_prefix = Text<40>("VCS");
        ask(credits);
    }
    for (const Phase phase : {Phase::pre_open, Phase::continuous}) {
        auto command = make_command<SetPhase>();
        command.phase = phase;
        command.trading_day = phase == Phase::pre_open ? 20260302 : 0;
        ask(command);
    }
}

// The n-th command of the flow.
template <class Push>
bool push_one(std::mt19937& random, uint64_t n, Push push) {
    const SessionId session{static_cast<uint16_t>(1 + random() % 2)};
    const auto slot = static_cast<uint32_t>(random() % 200),
               generation = static_cast<uint32_t>(1 + random() % 400);
    switch (n % 1000 == 999 ? 0 : 1 + random() % 10) {
        case 0: {
            auto command = make_command<MassCancel>(session);
            command.client_id = ClientId("M");
            return push(command);
        }
        case 1: {
            auto command = make_command<CancelOrder>(session);
            command.order_id = order_id(slot, generation);
            command.client_id = ClientId("C");
            return push(command);
        }
        case 2: {
            auto command = make_command<ReplaceOrder>(session);
            command.order_id = order_id(slot, generation);
            command.client_id = ClientId("R");
            command.price = Price{static_cast<int32_t>(950 + random() % 100) * 100};
            command.quantity = Quantity{static_cast<uint32_t>(1 + random() % 50)};
            return push(command);
        }
        default: {
            auto command = make_command<NewOrder>(session, CounterId{1});
            command.account = AccountId{static_cast<uint32_t>(index(session) + 1)};
            command.terms.side = random() % 2 == 0 ? Side::buy : Side::sell;
            command.terms.time_in_force =
                random() % 4 == 0 ? TimeInForce::immediate_or_cancel : TimeInForce::day;
            command.price = Price{static_cast<int32_t>(950 + random() % 100) * 100};
            command.quantity = Quantity{static_cast<uint32_t>(1 + random() % 50)};
            command.client_id = ClientId("N");
            return push(command);
        }
    }
}

constexpr uint64_t flow_commands = 200'000;

// The child process: an engine with its threads, and the flow.
void run_flow() {
    EngineHost host;
    host.settings.engine.event_window_slots = 1U << 16;
    host.settings.engine.segment_bytes = uint64_t{4} << 20;
    host.settings.engine.ring_slots = 1U << 12;
    host.settings.engine.capacities = {};
    host.start();
    list_market(host);
    const Memory memory = host.gateway_ring();
    RingProducer ring(memory);
    for (uint16_t i = 1; i <= 2; ++i)
        REQUIRE(ring.try_push(make_command<SessionUp>(SessionId{i}).head));
    host.settle();

    std::atomic<bool> stopping{false}, begin{false}, began{false}, ended{false};
    std::atomic<pid_t> engine_thread{0};
    std::thread filing([&] {
        Idle idle(IdlePolicy::yield);
        while (!stopping) idle(host.engine().filing().poll());
    });
    std::thread journal([&] {
        enter_thread("journal", 1);
        Idle idle(IdlePolicy::yield);
        while (!stopping) idle(host.engine().journal().poll());
        report->journal_core = current_core();
    });
    std::thread engine([&] {
        report->pinned = enter_thread("engine", 0);
        engine_thread = ::gettid();
        while (!begin) host.engine().sequencer().poll();
        forbid_system_calls();
        watched = true;
        began = true;
        while (!stopping) host.engine().sequencer().poll();
        report->engine_core = current_core();
        ended = true;
        while (true) __builtin_ia32_pause();  // to end is a system call
    });
    engine.detach();

    std::mt19937 random(1);
    const auto push = [&](const auto& command) {
        while (!ring.try_push(command.head, true)) std::this_thread::yield();
        return true;
    };
    // The first part warms up what is not memory of our own: the stacks, the code.
    for (uint64_t n = 0; n < flow_commands / 10; ++n) push_one(random, n, push);
    while (!ring.drained() || engine_thread == 0) std::this_thread::yield();
    begin = true;
    while (!began) std::this_thread::yield();
    const auto before = faults_of(engine_thread);
    const uint64_t events = host.engine().log().published;
    for (uint64_t n = 0; n < flow_commands; ++n) push_one(random, n, push);
    while (!ring.drained()) std::this_thread::yield();
    const auto after = faults_of(engine_thread);
    report->commands = flow_commands;
    report->events = host.engine().log().published - events;
    report->minor_faults = after.first - before.first;
    report->major_faults = after.second - before.second;
    stopping = true;
    journal.join();
    filing.join();
    while (!ended) std::this_thread::yield();
    report->complete = true;
}

}  // namespace

// In the place of the library's, which operator new calls too.
extern "C" {
void* __libc_malloc(std::size_t size);
void __libc_free(void* memory);
void* malloc(std::size_t size) {
    if (watched) report->allocations.fetch_add(1);
    return __libc_malloc(size);
}
void free(void* memory) {
    if (watched) report->allocations.fetch_add(1);
    __libc_free(memory);
}
}

TEST_CASE(
    "engine thread: after start it makes no system call, page fault or allocation over a flow") {
    report = static_cast<Report*>(
        ::mmap(nullptr, sizeof(Report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    REQUIRE(report != MAP_FAILED);
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(300);  // an end, whatever happens
        run_flow();
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    REQUIRE(report->complete);
    CHECK(report->commands == flow_commands);
    CHECK(report->events > flow_commands);
    CAPTURE(report->last_call.load());
    CHECK(report->calls == 0);
    CHECK(report->allocations == 0);
    CHECK(report->minor_faults == 0);
    CHECK(report->major_faults == 0);
    if (std::thread::hardware_concurrency() >= 2) {
        CHECK(report->pinned);
        CHECK(report->engine_core == 0);
        CHECK(report->journal_core == 1);
    }
    ::munmap(report, sizeof(Report));
}
