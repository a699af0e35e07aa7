// carbonx-admin: what an operator asks of a running engine, in the common text form or by short
// verbs, and of a running gateway. Prints the events that a command caused; ends with 1 when
// something was refused.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <optional>
#include <stdexcept>

#include "engine/api/certificate.h"
#include "engine/api/log.h"
#include "engine/api/process.h"
#include "engine/api/settings.h"
#include "engine/text/text.h"
#include "tools/gateway_admin.h"
#include "tools/hash_password.h"
#include "tools/operators_client.h"

namespace carbonx::tools {
namespace {

using Words = std::vector<std::string>;

constexpr const char* verbs = R"(What can be asked:
  status                            phase, rings, durable cursor, readers, threads, memory, disk
  phase NAME [YYYYMMDD]             closed, pre_open, continuous or halted; pre_open begins a day: today
  halt SYMBOL [REASON]              and resume SYMBOL
  cancel-all [participant=NAME] [counter=SYMBOL]
  kill PARTICIPANT                  no new orders, and the open ones cancelled; enable PARTICIPANT
  certificate FILE                  the settings' line for a broker's certificate, a PEM file
  hash-password                     the settings' line for a broker's password, read from standard input
  run FILE                          a command a line, "-" for standard input; ends at the first refusal
  TYPE KEY=VALUE...                 any operators' command in the text form, for example
                                    deposit_cash account=FIRM1 currency=hkd amount=1000000.00)";

// All that was listed so far.
Names read_names(const Settings& settings) {
    Names names;
    EventReader events(settings.runtime_directory, settings.data_directory, "admin");
    while (const EventHead* event = events.next()) names.observe(*event);
    return names;
}

// The date at the venue.
std::string today(const Settings& settings) {
    const auto seconds =
        static_cast<std::time_t>(utc_ns() / 1'000'000'000) + settings.utc_offset_minutes * 60;
    std::tm date{};
    ::gmtime_r(&seconds, &date);
    char text[16];
    std::strftime(text, sizeof text, "%Y%m%d", &date);
    return text;
}

void need(const Words& words, std::size_t least, std::size_t most) {
    if (words.size() < least || words.size() > most) {
        throw std::runtime_error("`" + words[0] + "` needs other words\n" + verbs);
    }
}

// A shell's words as a line of the text form: it has taken the quotes away.
std::string join(const Words& words, std::string line, std::size_t from) {
    for (std::size_t i = from; i < words.size(); ++i) {
        const std::size_t equals = words[i].find('=');
        if (equals == std::string::npos) {
            throw std::runtime_error("`" + words[i] + "` is not KEY=VALUE\n" + verbs);
        }
        line += " " + field_text({words[i].substr(0, equals), words[i].substr(equals + 1)});
    }
    return line;
}

std::string line_of(const Words& words, const Settings& settings) {
    const std::string& verb = words[0];
    if (verb == "phase") {
        need(words, 2, 3);
        std::string line = "set_phase " + field_text({"phase", words[1]});
        if (words.size() == 3) return line + " " + field_text({"trading_day", words[2]});
        return words[1] == "pre_open" ? line + " trading_day=" + today(settings) : line;
    }
    if (verb == "halt") {
        need(words, 2, 3);
        const std::string line = "halt_counter " + field_text({"counter", words[1]});
        return words.size() == 3 ? line + " " + field_text({"reason", words[2]}) : line;
    }
    if (verb == "resume") {
        need(words, 2, 2);
        return "resume_counter " + field_text({"counter", words[1]});
    }
    if (verb == "kill" || verb == "enable") {
        need(words, 2, 2);
        return (verb == "kill" ? "disable_participant " : "enable_participant ") +
               field_text({"participant", words[1]});
    }
    if (verb == "cancel-all") return join(words, "mass_cancel", 1);
    return join(words, verb, 1);
}

class Admin {
public:
    Admin(const Settings& settings, bool quiet)
        : client_(settings), names_(read_names(settings)), quiet_(quiet) {}

    // Sends one line. False when it was refused.
    bool ask(const std::string& line) {
        Command command;
        std::string error;
        if (!parse_command(line, names_, command, error)) throw std::runtime_error(error);
        const auto answers = client_.send(command.head);
        const Reject refusal = OperatorsClient::refusal(answers);
        for (const auto& answer : answers) {
            names_.observe(answer.event.head);
            if (quiet_ && refusal == Reject::none) continue;
            std::printf("%llu %s\n", static_cast<unsigned long long>(answer.sequence),
                        to_text(answer.event.head, names_).c_str());
        }
        if (refusal == Reject::none) return true;
        std::fprintf(stderr, "carbonx-admin: refused by rule %s: %s\n",
                     std::string(rule(refusal)).c_str(), std::string(text(refusal)).c_str());
        return false;
    }

    bool run(const std::string& file) {
        std::ifstream opened;
        if (file != "-") opened.open(file);
        std::istream& stream = file == "-" ? std::cin : opened;
        if (!stream) throw std::runtime_error("cannot read " + file);
        std::size_t number = 0, done = 0;
        for (std::string line; std::getline(stream, line);) {
            ++number;
            const std::size_t first = line.find_first_not_of(" \t\r");
            if (first == std::string::npos || line[first] == '#') continue;
            try {
                if (!ask(line)) throw std::runtime_error(line);
            } catch (const std::exception& error) {
                throw std::runtime_error(file + ":" + std::to_string(number) + ": " + error.what());
            }
            ++done;
        }
        if (quiet_) std::printf("%zu commands done\n", done);
        return true;
    }

private:
    OperatorsClient client_;
    Names names_;
    const bool quiet_;
};

void print_status(const Settings& settings) {
    std::istringstream lines(OperatorsClient(settings).status());
    for (std::string line; std::getline(lines, line);) {
        const std::size_t equals = line.find('=');
        std::printf("%-24s %s\n", line.substr(0, equals).c_str(), line.substr(equals + 1).c_str());
    }
}

bool run(const Settings& settings, const Words& words, bool quiet, bool json) {
    if (words[0] == "gateway") {
        ask_gateway(settings, {words.begin() + 1, words.end()}, json);
        return true;
    }
    if (words[0] == "status") {
        need(words, 1, 1);
        print_status(settings);
        return true;
    }
    if (words[0] == "run") {
        need(words, 2, 2);
        return Admin(settings, quiet).run(words[1]);
    }
    const std::string line = line_of(words, settings);
    return Admin(settings, quiet).ask(line);
}

}  // namespace
}  // namespace carbonx::tools

int main(int argc, char** argv) {
    CLI::App app("Asks the running engine for something, as an operator.");
    std::string settings_file = "venue.toml";
    std::string directory;
    std::vector<std::string> words;
    bool quiet = false;
    bool json = false;
    app.add_option("--settings", settings_file, "the venue's settings, a TOML file")
        ->capture_default_str();
    app.add_option("--directory", directory,
                   "where the venue keeps data and logs, if not as in the settings");
    app.add_flag("--quiet", quiet, "print refusals only, and how many commands a file had");
    app.add_flag("--json", json, "the gateway's sessions as JSON");
    app.add_option("request", words, "what is asked; see below")->required();
    app.footer(std::string(carbonx::tools::verbs) + "\n" + carbonx::tools::gateway_verbs);
    CLI11_PARSE(app, argc, argv);
    try {
        if (words[0] == "hash-password") {
            carbonx::tools::need(words, 1, 1);
            carbonx::tools::hash_password_from_input();
            return 0;
        }
        if (words[0] == "certificate") {
            carbonx::tools::need(words, 2, 2);
            std::printf("certificates = [\"%s\"]\n", carbonx::read_fingerprint(words[1]).c_str());
            return 0;
        }
        const auto settings = carbonx::load_settings(settings_file, directory);
        return carbonx::tools::run(settings, words, quiet, json) ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "carbonx-admin: %s\n", error.what());
        return 1;
    }
}
