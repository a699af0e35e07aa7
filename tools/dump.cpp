// carbonx-dump: the journal or the event log as text, a record a line, its sequence behind #; or an
// audit of both.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "engine/journal_reader.h"
#include "engine/text/text.h"
#include "tools/event_file.h"
#include "tools/verify.h"

namespace {

using namespace carbonx;
using namespace carbonx::tools;

struct Options {
    std::string directory = ".";
    std::string settings;
    bool journal = false;
    bool events = false;
    bool verify = false;
    std::string archive;
    std::string expected;
    uint64_t from = 1;
    uint64_t to = UINT64_MAX;
};

void print(const std::string& text, uint64_t sequence) {
    std::printf("%s  # %llu\n", text.c_str(), static_cast<unsigned long long>(sequence));
}

// Ids are given in the order of listing, so the names of all time are those of any time.
Names all_names(const std::filesystem::path& data) {
    Names names;
    EventFile events(data);
    while (const EventHead* event = events.next()) names.observe(*event);
    return names;
}

void dump_journal(const Options& options, const std::filesystem::path& data) {
    const Names names = all_names(data);
    JournalReader journal(journal::directory(data), options.archive);
    while (const CommandHead* command = journal.next()) {
        if (journal.sequence() > options.to) return;
        if (journal.sequence() >= options.from) print(to_text(*command, names), journal.sequence());
    }
    if (journal.torn_bytes() != 0) {
        std::cerr << "the journal ends with a torn frame of " << journal.torn_bytes()
                  << " bytes, as after a power cut: the engine cuts it at its next start\n";
    }
}

void dump_events(const Options& options, const std::filesystem::path& data) {
    Names names;
    EventFile events(data);
    while (const EventHead* event = events.next()) {
        if (events.sequence() > options.to) return;
        if (events.sequence() >= options.from) print(to_text(*event, names), events.sequence());
        names.observe(*event);
    }
    if (events.damaged()) {
        std::cerr << "a block of the event log is damaged here: the engine writes it anew, from "
                     "the journal, at its next start\n";
    }
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"The journal or the event log as text"};
    Options options;
    app.add_option("directory", options.directory, "the venue's directory, or its data directory");
    app.add_option("--settings", options.settings, "the venue's settings, instead of a directory");
    auto* which = app.add_option_group("which");
    which->add_flag("--journal", options.journal, "commands, from the journal");
    which->add_flag("--events", options.events, "events, from the event log's file");
    auto* audit = which->add_flag("--verify", options.verify,
                                  "prove that journal, archive and event log are whole");
    which->require_option(1);
    app.add_option("--archive", options.archive,
                   "where the journal's older segments are: by default what the settings say, or "
                   "`archive` beside the data");
    app.add_option("--expect", options.expected, "HASH@SEQUENCE that an audit printed earlier")
        ->needs(audit);
    app.add_option("--from", options.from, "first sequence");
    app.add_option("--to", options.to, "last sequence");
    CLI11_PARSE(app, argc, argv);
    try {
        const std::filesystem::path given =
            app.count("directory") == 0 && !options.settings.empty() ? "" : options.directory;
        const std::filesystem::path data = data_directory(given, options.settings);
        options.archive = archive_directory(options.archive, given, options.settings).string();
        if (options.verify) {
            verify(data, options.archive, options.expected);
        } else if (options.journal) {
            dump_journal(options, data);
        } else {
            dump_events(options, data);
        }
    } catch (const std::exception& error) {
        std::cerr << "carbonx-dump: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
