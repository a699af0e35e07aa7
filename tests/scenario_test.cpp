// Runs tests/scenarios/*.txt on the exchange and the reference together, and sees that every rule
// and every refusal of the rulebook has a scenario. tests/README.md says how to write one.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <optional>
#include <regex>
#include <set>

#include "engine/text/text.h"
#include "engine/text/text_values.h"
#include "tests/twins.h"

namespace carbonx::tests {

namespace {

struct Step {  // commands, and what they must lead to
    std::vector<std::string> commands;
    std::vector<std::string> expected;  // none: whatever
};
struct Scenario {
    std::string file;
    std::string name;
    std::vector<Step> steps;
};

const std::filesystem::path source = CARBONX_SOURCE_DIRECTORY;

std::vector<std::string> lines_of(const std::filesystem::path& file) {
    std::ifstream in(file);
    REQUIRE(in);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with('#')) lines.push_back(line);
    }
    return lines;
}

std::vector<Scenario> read_scenarios(const std::filesystem::path& file) {
    std::vector<Scenario> scenarios;
    bool new_step = false;  // an empty line stands before this one
    for (const std::string& line : lines_of(file)) {
        const std::string title = "scenario ";
        if (line.starts_with(title)) {
            scenarios.push_back({file.filename(), line.substr(title.size()), {}});
            new_step = true;
            continue;
        }
        if (line.empty()) {
            new_step = true;
            continue;
        }
        REQUIRE_FALSE(scenarios.empty());
        std::vector<Step>& steps = scenarios.back().steps;
        if (line.starts_with("> ")) {
            REQUIRE_FALSE(steps.empty());
            steps.back().expected.push_back(line.substr(2));
        } else {
            if (new_step) steps.push_back({});
            steps.back().commands.push_back(line);
        }
        new_step = false;
    }
    return scenarios;
}

std::vector<Scenario> all_scenarios() {
    std::set<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(source / "tests/scenarios")) {
        if (entry.path().filename() != "prelude.txt") files.insert(entry.path());
    }
    std::vector<Scenario> scenarios;
    for (const auto& file : files) {
        for (auto& scenario : read_scenarios(file)) scenarios.push_back(std::move(scenario));
    }
    return scenarios;
}

// Where a command comes from when its line does not say.
Source usual_source(const CommandHead& head) {
    switch (head.type) {
        case CommandType::new_order:
        case CommandType::cancel_order:
        case CommandType::replace_order:
        case CommandType::order_status:
        case CommandType::account_query:
        case CommandType::session_up:
        case CommandType::session_down:
            return Source::gateway;
        case CommandType::mass_cancel:
            return index(head.session) != 0 ? Source::gateway : Source::operators;
        case CommandType::configure:
        case CommandType::source_up:
        case CommandType::source_down:
        case CommandType::tick:
        case CommandType::engine_started:
            return Source::sequencer;
        default:
            return Source::operators;
    }
}

// A small market, ready to run a scenario's lines.
class Market {
public:
    explicit Market(const Scenario& scenario) {
        std::vector<std::string> prelude = lines_of(source / "tests/scenarios/prelude.txt");
        std::erase(prelude, "");
        const auto& first = scenario.steps.front().commands.front();
        if (first.starts_with("configure ")) prelude.front() = first;  // a market of other size
        for (const std::string& line : prelude) {
            for (const Event& event : run(line)) {
                CAPTURE(line);
                REQUIRE(event.head.type != EventType::refused);
            }
        }
    }

    std::vector<Event> run(const std::string& line) {
        Command command;
        std::string error;
        CAPTURE(line, error);
        if (!parse_command(line, names(), command, error)) FAIL(line + ": " + error);
        if (line.find(" source=") == line.npos) command.head.source = usual_source(command.head);
        if (command.head.time_ns == 0) command.head.time_ns = time_ns_;
        time_ns_ = command.head.time_ns;
        if (!twins_) twins_.emplace(reinterpret_cast<const Configure&>(command).capacities);
        return twins_->apply(command.head);
    }
    void compare_state() const { twins_->compare_state(); }
    const Names& names() const { return twins_ ? twins_->names() : none_; }

private:
    std::optional<Twins> twins_;
    const Names none_;
    uint64_t time_ns_ = 1'000'000'000;
};

// An event with only those fields that the expectation gives, both written in the same way.
std::string like(const std::string& expected, const Event& event, const Names& names) {
    std::string type;
    std::string error;
    std::vector<Field> given;
    split(expected, type, given, error);
    if (type_text(event.head.type) != type) return to_text(event.head, names);
    std::string text = type;
    const std::vector<Field> all = fields_of(event.head, names);
    for (const Field& field : given) {
        const auto found = std::find_if(all.begin(), all.end(),
                                        [&](const Field& other) { return other.key == field.key; });
        if (found != all.end()) text.append(" ").append(field_text(*found));
    }
    return text;
}
std::string canonical(const std::string& expected, const Names& names) {
    Event event;
    std::string error;
    if (!parse_event(expected, names, event, error)) FAIL(expected + ": " + error);
    return like(expected, event, names);
}

void run(const Scenario& scenario) {
    Market market(scenario);
    for (const Step& step : scenario.steps) {
        std::vector<Event> events;
        for (const std::string& line : step.commands) {
            if (line.starts_with("configure ")) continue;  // done in place of the prelude's
            for (const Event& event : market.run(line)) events.push_back(event);
        }
        market.compare_state();
        if (step.expected.empty()) continue;
        std::string expected;
        std::string happened;
        for (const std::string& line : step.expected) {
            expected.append(canonical(line, market.names())).append("\n");
        }
        for (std::size_t i = 0; i < events.size(); ++i) {
            happened.append(i < step.expected.size()
                                ? like(step.expected[i], events[i], market.names())
                                : to_text(events[i].head, market.names()));
            happened.append("\n");
        }
        REQUIRE(happened == expected);
    }
}

// The rules that a text cites: a letter and a number.
std::set<std::string> rules_in(const std::string& text, const std::regex& pattern) {
    std::set<std::string> rules;
    for (std::sregex_iterator i(text.begin(), text.end(), pattern), end; i != end; ++i) {
        rules.insert((*i)[1]);
    }
    return rules;
}
std::string list(const std::set<std::string>& all, const std::set<std::string>& without) {
    std::string text;
    for (const std::string& one : all) {
        if (!without.contains(one)) text.append(text.empty() ? "" : ", ").append(one);
    }
    return text;
}

}  // namespace

TEST_CASE("scenarios: each gives the events that it says") {
    for (const Scenario& scenario : all_scenarios()) {
        DYNAMIC_SECTION(scenario.file << ": " << scenario.name) { run(scenario); }
    }
}

TEST_CASE("scenarios: every rule of the rulebook is cited by one") {
    std::set<std::string> cited;
    for (const Scenario& scenario : all_scenarios()) {
        const std::string rules = scenario.name.substr(0, scenario.name.find(':'));
        cited.merge(rules_in(rules, std::regex("([A-Z][0-9]+)")));
    }
    std::set<std::string> rules;
    for (const std::string& line : lines_of(source / "engine/README.md")) {
        rules.merge(rules_in(line, std::regex("\\*\\*([A-Z][0-9]+) ")));
    }
    REQUIRE(rules.size() > 30);
    for (const auto& word : words(Reject{})) rules.insert(std::string(rule(word.value)));
    cited.insert({"", "C2", "G2", "G5"});  // the gateway's are in its own tests
    REQUIRE(list(rules, cited) == "");
}

TEST_CASE("scenarios: every refusal appears in one, the gateway's own apart") {
    std::set<std::string> seen;
    for (const Scenario& scenario : all_scenarios()) {
        for (const Step& step : scenario.steps) {
            for (const std::string& line : step.expected) {
                const bool refusal = line.starts_with("rejected") || line.starts_with("refused");
                if (refusal) seen.merge(rules_in(line, std::regex(" reason=([a-z_]+)")));
            }
        }
    }
    std::set<std::string> rejects;
    for (const auto& word : words(Reject{})) rejects.insert(std::string(word.word));
    // The gateway's; and one that needs some thousand accounts (query_test.cpp).
    for (const char* elsewhere :
         {"none", "exchange_busy", "client_id_duplicate", "throttled", "answer_too_long"}) {
        seen.insert(elsewhere);
    }
    REQUIRE(list(rejects, seen) == "");
}

}  // namespace carbonx::tests
