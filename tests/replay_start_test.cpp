// carbonx-replay from a snapshot, and from a journal whose first segments are in the archive alone.
#include <catch2/catch.hpp>
#include <fstream>
#include <regex>

#include "engine/snapshot.h"
#include "engine/text/text_values.h"
#include "tests/replay_day.h"
#include "tools/event_file.h"

namespace carbonx::tests {

using Catch::Contains;

namespace {

// What the lines about a point say, without how long it took.
std::string shown(const std::string& text) { return text.substr(0, text.find("replay: ")); }
std::string state(const std::string& text) {
    std::smatch found;
    REQUIRE(std::regex_search(text, found, std::regex("state=([0-9a-f]{16}) identical")));
    return found[1];
}
std::vector<SnapshotFile> snapshots(const TradingDay& day) {
    return list_snapshots(snapshot::directory(day.host.settings.data_directory));
}
std::string began(const SnapshotFile& snapshot) {
    return "began with the snapshot at command " + std::to_string(snapshot.next_command) + "\n";
}

}  // namespace

TEST_CASE("replay: from the archive where the journal no longer has its first segments") {
    const TradingDay day(TradingDay::Past::archived);
    const auto& data = day.host.settings.data_directory;
    REQUIRE(list_segments(journal::directory(data)).front().first > 1);
    char text[40];
    std::snprintf(text, sizeof text, "state=%016llx identical",
                  static_cast<unsigned long long>(day.state_hash));
    // It lies beside the data, so it need not be named.
    REQUIRE_THAT(run(replay(day.host)).text, Contains(text) && Contains("replay: commands=3"));
    const auto moved = day.host.directory.path() / "elsewhere";
    std::filesystem::rename(day.host.settings.archive_directory, moved);
    REQUIRE_THAT(run(replay(day.host, "--archive " + moved.string())).text, Contains(text));
    const Output without = run(replay(day.host));
    REQUIRE_THAT(without.text, Catch::StartsWith("carbonx-replay: ") && Contains("archive"));
    REQUIRE(without.status != 0);
    // A snapshot needs no archive.
    REQUIRE_THAT(run(replay(day.host, "--from-snapshot")).text, Contains(text));
}

TEST_CASE("replay: from a snapshot, the same state, books, accounts and hashes") {
    const TradingDay day(TradingDay::Past::archived);
    const auto files = snapshots(day);
    REQUIRE(files.size() == 2);
    const Output whole = run(replay(day.host, "--book V1H --account BROKER1 --account BROKER2"));
    for (const std::string& from : std::initializer_list<std::string>{
             "--from-snapshot", "--from " + std::to_string(files[1].next_command)}) {
        const Output part =
            run(replay(day.host, from + " --book V1H --account BROKER1 --account BROKER2"));
        CAPTURE(part.text);
        REQUIRE(shown(part.text) == shown(whole.text));
        REQUIRE(state(part.text) == state(whole.text));
        REQUIRE_THAT(part.text, Contains(began(from == "--from-snapshot" ? files[0] : files[1])));
        REQUIRE(part.status == 0);
    }
    // A command between the two; the names are those of the listings before it.
    const std::string between = std::to_string(files[0].next_command - 1);
    REQUIRE_THAT(run(replay(day.host, "--from " + between)).text, Contains(began(files[1])));
    REQUIRE_THAT(run("echo | " + replay(day.host, "--from-snapshot --speed step")).text,
                 Contains("session=BROKER2 counter=V1H"));
    const std::string hashes = (day.host.directory.path() / "hashes").string();
    run(replay(day.host, "--hash-every 1 --hashes " + hashes));
    REQUIRE_THAT(run(replay(day.host, "--from-snapshot --compare " + hashes)).text,
                 Contains("the same as the file's") && Contains(" identical "));
}

TEST_CASE("replay: from the newest snapshot that is not behind where it ends") {
    const TradingDay day(TradingDay::Past::archived);
    const auto files = snapshots(day);
    tools::EventFile events(day.host.settings.data_directory);
    const EventHead* event = events.next();
    while (event->type != EventType::accepted) event = events.next();
    const uint64_t command = event->command;
    REQUIRE(command < files[0].next_command);
    for (const std::string& until : std::initializer_list<std::string>{
             std::to_string(command), "event:" + std::to_string(events.sequence()),
             std::to_string(events.sequence()) + "B --before",
             "local:" + value_text(Time{event->time_ns + 8 * 3'600'000'000'000}, Names())}) {
        CAPTURE(until);
        const std::string rest = " --book V1H --until " + until;
        const std::string part = run(replay(day.host, "--from-snapshot" + rest)).text;
        REQUIRE_THAT(part, Contains(began(files[1])));
        REQUIRE(shown(part) == shown(run(replay(day.host, rest)).text));
    }
    REQUIRE_THAT(run(replay(day.host, "--from-snapshot --until 5 --book all")).text,
                 Contains("no snapshot in ") && Contains("leave --from-snapshot and --from out"));
    REQUIRE_THAT(run(replay(day.host, "--from 5")).text, Contains("no snapshot in "));
}

TEST_CASE("replay: a damaged snapshot is passed over with a word") {
    const TradingDay day(TradingDay::Past::archived);
    const auto files = snapshots(day);
    std::fstream file(files[0].file, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(500);
    file.put('\xee');
    file.close();
    const std::string text = run(replay(day.host, "--from-snapshot")).text;
    REQUIRE_THAT(text, Contains("an older snapshot takes its place") && Contains(began(files[1])) &&
                           Contains(" identical "));
}

TEST_CASE("replay: what a snapshot does not know is refused with the mend") {
    const TradingDay day(TradingDay::Past::archived);
    for (const char* options :
         {"--order 0.1", "--until 0.1", "--serial VCS-1:1001", "--until serial:VCS-1:1001",
          "--csv out", "--sqlite out", "--books-at-phases", "--until 320"}) {
        const Output output = run(replay(day.host, std::string("--from-snapshot ") + options));
        CAPTURE(options);
        REQUIRE_THAT(output.text, Catch::StartsWith("carbonx-replay: ") &&
                                      Contains("leave --from-snapshot and --from out"));
        REQUIRE(output.status != 0);
    }
}

}  // namespace carbonx::tests
