// The benchmarks' flows as tests: whatever their shape, the floor, the book and the whole exchange
// trade what the generator's reference book traded; and a wrong result is told.
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <unordered_map>

#include "bench/endless_flow.h"
#include "bench/floor.h"
#include "bench/flow_book.h"
#include "bench/flow_exchange.h"
#include "bench/flow_generator.h"
#include "bench/flow_pass.h"
#include "bench/flow_reader.h"

namespace carbonx::bench {
namespace {

Totals expected(const FlowHeader& header) {
    return {header.trades, header.traded_quantity, header.traded_notional, header.live_at_end};
}

template <template <class> class Index>
void check_all_modes(const Flow& flow) {
    Floor<Index> floor(flow);
    CHECK(run_pass(floor, flow.header).totals == expected(flow.header));
    FlowBook<Index> book(flow);
    CHECK(run_pass(book, flow.header).totals == expected(flow.header));
    FlowVenue venue(flow, Memory::anonymous(FlowVenue::window_bytes()));
    const auto exchange = std::make_unique<FlowExchange<Index>>(flow, venue);
    Latencies latencies;
    CHECK(run_pass(*exchange, flow.header, &latencies).totals == expected(flow.header));
    CHECK(latencies.count() == flow.header.count - flow.header.prefill);
}

FlowOptions shape(uint64_t seed, uint32_t instruments, uint32_t live, uint32_t volatility = 20) {
    FlowOptions options;
    options.operations = 60'000;
    options.seed = seed;
    options.instruments = instruments;
    options.live = live;
    options.volatility = volatility;
    return options;
}

struct Outcome {
    int exit_code;
    std::string output;
};
Outcome run_bench(const std::filesystem::path& file, const std::string& arguments) {
    const std::filesystem::path output = file.string() + ".out";
    const int status =
        std::system((CARBONX_BENCH " flow " + file.string() + " --rounds 1 --core -1 " + arguments +
                     " > " + output.string() + " 2>&1")
                        .c_str());
    std::ifstream in(output);
    return {WEXITSTATUS(status), {std::istreambuf_iterator<char>(in), {}}};
}

TEST_CASE("flow: every engine trades what the reference book traded") {
    const FlowOptions options =
        GENERATE(shape(1, 1, 1'000), shape(2, 1, 1'000), shape(3, 20, 200), shape(4, 1, 2'000, 800),
                 shape(5, 120, 20), shape(6, 1, 4));
    INFO("seed " << options.seed);
    check_all_modes<DenseIndex>(generate_flow(options));
    FlowOptions scrambled = options;
    scrambled.scrambled_ids = true;
    check_all_modes<HashedIndex>(generate_flow(scrambled));
}

TEST_CASE("flow: the same options give the same records") {
    const Flow flow = generate_flow(shape(7, 3, 100));
    const Flow again = generate_flow(shape(7, 3, 100));
    REQUIRE(flow.records.size() == again.records.size());
    CHECK(std::memcmp(flow.records.data(), again.records.data(),
                      flow.records.size() * sizeof(FlowRecord)) == 0);
    CHECK(expected(flow.header) == expected(again.header));
}

TEST_CASE("flow: one that does not end is accepted whole and trades what it says, lap after lap") {
    constexpr uint32_t window_slots = 1U << 12;
    EndlessFlow flow(shape(10, 3, 100));
    const FlowMarket& market = flow.market();
    Exchange exchange(market.capacities);
    const Memory window = Memory::anonymous(event_log::bytes(window_slots));
    event_log::format(window, window_slots, 1);
    EventWriter events(window, true);
    uint64_t sequence = 1;
    for (const Command& command : market.opening) {
        exchange.apply(sequence, command.head, events);
        sequence += command.head.slots;
    }
    uint64_t trades = 0;
    uint64_t refused = 0;
    for (uint64_t i = 0; i < 2'000'000; ++i) {
        uint64_t event = events.next();
        CommandHead& command = const_cast<CommandHead&>(flow.next());
        command.time_ns = market.next_time_ns;
        exchange.apply(sequence++, command, events);
        events.publish();
        while (event < events.next()) {
            const auto& head = *reinterpret_cast<const EventHead*>(
                &event_log::slots(window)[event % window_slots]);
            trades += head.type == EventType::trade;
            refused += head.type == EventType::rejected;
            event += head.slots;
        }
    }
    CHECK(refused == 0);
    CHECK(trades == flow.trades());
    CHECK(trades > 100'000);
}

TEST_CASE("flow: the index for scattered ids keeps every id through a hundred times its capacity") {
    FlowHeader header{};
    header.live_max = 100;
    HashedIndex<uint32_t> index(header);
    std::unordered_map<uint64_t, uint32_t> reference;
    std::vector<uint64_t> ids;
    uint64_t random = 1;
    for (uint32_t i = 0; i < 20'000; ++i) {
        random = random * 6364136223846793005 + 1442695040888963407;
        if (ids.size() < 100 && (ids.empty() || (random >> 40) % 2 == 0)) {
            const uint64_t id = random % 3 == 0 ? random : uint64_t{i} + 1;  // scattered and dense
            if (!reference.emplace(id, i).second) continue;
            index.put(id, i);
            ids.push_back(id);
        } else {
            std::swap(ids[(random >> 40) % ids.size()], ids.back());
            REQUIRE(index.take(ids.back()) == reference[ids.back()]);
            REQUIRE(index.find(ids.back()) == 0);
            reference.erase(ids.back());
            ids.pop_back();
        }
        for (const uint64_t id : ids) REQUIRE(index.find(id) == reference[id]);
    }
}

TEST_CASE(
    "flow: carbonx-bench says ok of a right result, and FAILED with exit code 1 of a wrong one") {
    const WindowDirectory directory;
    const auto file = directory.path() / "flow";
    Flow flow = generate_flow(shape(8, 2, 100));
    save_flow(flow, file);
    for (const std::string mode : {"--mode book", "--mode exchange", "--mode exchange --reader"}) {
        const Outcome good = run_bench(file, mode);
        INFO(mode << ": " << good.output);
        CHECK(good.exit_code == 0);
        CHECK(good.output.find("check=ok trades=" + std::to_string(flow.header.trades) + " ") !=
              std::string::npos);
    }
    flow.header.traded_notional += 1;
    save_flow(flow, file);
    for (const std::string mode : {"--mode book", "--mode exchange"}) {
        const Outcome bad = run_bench(file, mode);
        INFO(mode << ": " << bad.output);
        CHECK(bad.exit_code == 1);
        CHECK(bad.output.find("check=FAILED") != std::string::npos);
    }
}

TEST_CASE("flow: a file that is cut or foreign is refused with one line") {
    const WindowDirectory directory;
    const auto file = directory.path() / "flow";
    save_flow(generate_flow(shape(9, 1, 100)), file);
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 32);
    const Outcome cut = run_bench(file, "");
    CHECK(cut.exit_code == 1);
    CHECK(cut.output.find("the header does not fit the file") != std::string::npos);
    CHECK(std::count(cut.output.begin(), cut.output.end(), '\n') == 1);
    std::ofstream(file) << "something else";
    CHECK(run_bench(file, "").exit_code == 1);
}

}  // namespace
}  // namespace carbonx::bench
