// carbonx-replay: the journal through the exchange once more. Every event must be the one in the
// event log; shows the books, and an order's life, at any point.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <optional>

#include "engine/api/process.h"
#include "engine/exchange/exchange.h"
#include "engine/journal_reader.h"
#include "engine/text/text.h"
#include "engine/text/text_values.h"
#include "tools/event_file.h"
#include "tools/order_mirror.h"

namespace {

using namespace carbonx;
using namespace carbonx::tools;

struct Options {
    std::string directory = ".";
    std::string settings;
    std::string until;
    bool books_at_phases = false;
    bool partial = false;
};

// Where a replay ends: at a time, a command, or the end of an order's life.
struct Until {
    std::optional<uint64_t> time_ns;
    std::optional<uint64_t> sequence;
    std::optional<OrderId> order;
};

Until parse_until(const std::string& text) {
    Until until;
    const Names none;
    uint64_t sequence = 0;
    OrderId order{};
    Time time;
    if (text.empty()) return until;
    if (parse_number(std::string_view(text), sequence)) {
        until.sequence = sequence;
    } else if (from_text(text, none, order).empty()) {
        until.order = order;
    } else if (from_text(text, none, time).empty()) {
        until.time_ns = time.value;
    } else {
        throw std::runtime_error("--until " + text +
                                 ": expected a time as 2026-11-24T09:30:00Z, a command's sequence, "
                                 "or an order id as slot.generation");
    }
    return until;
}

class Replay {
public:
    Replay(const Options& options, const std::filesystem::path& data)
        : options_(options),
          until_(parse_until(options.until)),
          journal_(journal::directory(data)),
          file_(data),
          watches_(options.books_at_phases || !options.until.empty()),
          shows_progress_(::isatty(STDERR_FILENO) != 0),
          memory_(Memory::anonymous(event_log::bytes(window))) {
        event_log::format(memory_, window, 1);
        writer_.emplace(memory_, true);
    }

    // The exit status.
    int run() {
        const CommandHead* command = journal_.next();
        if (command == nullptr || command->type != CommandType::configure) {
            throw std::runtime_error("the journal has no first command that configures the venue");
        }
        Exchange exchange(as<Configure>(*command).capacities);
        const uint64_t begin = monotonic_ns();
        for (; command != nullptr && !is_over(*command); command = journal_.next()) {
            if (!apply(exchange, *command)) return 1;
        }
        if (shows_progress_) std::cerr << "\r\033[K";
        const bool whole = options_.until.empty();
        if (whole && file_.next() != nullptr) {
            std::cerr << "replay: the event log goes on at " << file_.sequence()
                      << " where the journal ends: a part of the journal is missing\n";
            return 1;
        }
        if (!whole) show();
        const bool complete = compared_ == events_ && !file_.damaged();
        summarize(exchange, complete, static_cast<double>(monotonic_ns() - begin) / 1e9);
        return complete || options_.partial ? 0 : 1;
    }

private:
    static constexpr uint32_t window = 1U << 20;

    bool is_over(const CommandHead& command) {
        if (until_.time_ns) return command.time_ns > *until_.time_ns;
        if (until_.sequence) return journal_.sequence() > *until_.sequence;
        return until_.order && !life_.empty() && !mirror_.is_open(*until_.order);
    }

    // False when an event is not the filed one.
    bool apply(Exchange& exchange, const CommandHead& command) {
        if (const std::string why = unreadable(command); !why.empty())
            throw std::runtime_error(why);
        uint64_t sequence = writer_->next();
        exchange.apply(journal_.sequence(), command, *writer_);
        ++commands_;
        while (sequence < writer_->next()) {
            const auto& event = *reinterpret_cast<const EventHead*>(event_log::slots(memory_) +
                                                                    (sequence & (window - 1)));
            if (!is_filed(sequence, event)) return false;
            if (watches_) watch(sequence, event);
            ++events_;
            sequence += event.slots;
        }
        if (shows_progress_ && commands_ % (1U << 16) == 0) show_progress();
        return true;
    }

    bool is_filed(uint64_t sequence, const EventHead& event) {
        const EventHead* filed = file_is_over_ ? nullptr : file_.next();
        if (filed == nullptr) {
            // The file may end early: it is not synced, and made whole at the engine's next start.
            // What was not compared is told at the end.
            file_is_over_ = true;
            return true;
        }
        ++compared_;
        if (filed->slots == event.slots &&
            std::memcmp(filed, &event, event.slots * sizeof(Slot)) == 0) {
            if (!watches_) names_.observe(event);
            return true;
        }
        std::cerr << "replay: DIFFERENT at event " << sequence << ", of command "
                  << journal_.sequence() << "\n  event log: " << to_text(*filed, names_)
                  << "\n     replay: " << to_text(event, names_) << '\n';
        return false;
    }

    void watch(uint64_t sequence, const EventHead& event) {
        if (until_.order) {
            // A trade's deliveries follow it at once.
            const bool delivers = event.type == EventType::delivery && told_last_;
            told_last_ = delivers || is_about(event, *until_.order);
            if (told_last_) {
                life_.push_back(to_text(event, names_) + "  # " + std::to_string(sequence));
            }
        }
        names_.observe(event);
        mirror_.apply(sequence, event);
        if (options_.books_at_phases && event.type == EventType::phase_changed) {
            std::cout << "# phase " << enum_text(as_event<PhaseChanged>(event).phase) << " command "
                      << event.command << '\n';
            mirror_.print(std::cout, names_);
        }
    }

    void show_progress() const {
        const double done = file_.slots() == 0 ? 0
                                               : 100.0 * static_cast<double>(writer_->next()) /
                                                     static_cast<double>(file_.slots());
        std::fprintf(stderr, "\rreplay: %3.0f %%  %llu commands", std::min(done, 100.0),
                     static_cast<unsigned long long>(commands_));
    }

    void show() const {
        if (until_.order && life_.empty()) {
            throw std::runtime_error("no order " + options_.until + " is in this journal");
        }
        for (const std::string& line : life_) std::cout << line << '\n';
        mirror_.print(std::cout, names_);
    }

    void summarize(const Exchange& exchange, bool complete, double seconds) const {
        if (file_.damaged()) {
            std::cerr << "replay: the event log's file is damaged behind event " << compared_
                      << ": the engine writes it anew at its next start\n";
        } else if (compared_ < events_) {
            std::cerr << "replay: the last " << events_ - compared_
                      << " events are not in the event log's file yet\n";
        }
        // The books alone go to standard output where a program reads them.
        std::ostream& out = options_.books_at_phases ? std::cerr : std::cout;
        const std::string verdict = complete ? "identical"
                                             : "incomplete: compared=" + std::to_string(compared_) +
                                                   " of " + std::to_string(events_);
        char text[200];
        std::snprintf(text, sizeof text,
                      "replay: commands=%llu events=%llu state=%016llx %s (%.1f M commands/s)\n",
                      static_cast<unsigned long long>(commands_),
                      static_cast<unsigned long long>(events_),
                      static_cast<unsigned long long>(exchange.state_hash()), verdict.c_str(),
                      static_cast<double>(commands_) / 1e6 / std::max(seconds, 1e-9));
        out << text;
    }

    const Options options_;
    const Until until_;
    JournalReader journal_;
    EventFile file_;
    const bool watches_;  // follows books and names, event by event
    const bool shows_progress_;
    Memory memory_;
    std::optional<EventWriter> writer_;

    Names names_;
    OrderMirror mirror_;
    std::vector<std::string> life_;  // of the order that was asked for
    bool told_last_ = false;         // the event before was of that order
    bool file_is_over_ = false;
    uint64_t commands_ = 0;
    uint64_t events_ = 0;
    uint64_t compared_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Replays the journal and compares every event with the event log"};
    Options options;
    app.add_option("directory", options.directory, "the venue's directory, or its data directory");
    app.add_option("--settings", options.settings, "the venue's settings, instead of a directory");
    app.add_option(
        "--until", options.until,
        "a time, a command's sequence, or an order: print the books (and its life) then");
    app.add_flag("--books-at-phases", options.books_at_phases,
                 "print the books after every change of phase");
    app.add_flag("--partial", options.partial,
                 "for a venue that was killed or is up: events that its event log's file lacks "
                 "are no failure");
    CLI11_PARSE(app, argc, argv);
    try {
        const std::filesystem::path given =
            app.count("directory") == 0 && !options.settings.empty() ? "" : options.directory;
        return Replay(options, data_directory(given, options.settings)).run();
    } catch (const std::exception& error) {
        std::cerr << "carbonx-replay: " << error.what() << '\n';
        return 1;
    }
}
