// carbonx-fix: a FIX client for people and scripts. `carbonx-fix --comp-id SPARE --password ...`
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <sstream>

#include "engine/api/process.h"
#include "tools/fix_terminal.h"

namespace {

using namespace carbonx;
using namespace carbonx::tools;

constexpr int answer_timeout_ms = 5'000;

// Lines of standard input, without waiting for one.
class Input {
public:
    // Reads what is there; call it when standard input is readable.
    void read() {
        char bytes[4096];
        const ssize_t got = ::read(STDIN_FILENO, bytes, sizeof bytes);
        if (got > 0) {
            text_.append(bytes, static_cast<std::size_t>(got));
        } else {
            ended_ = true;
            if (!text_.empty() && text_.back() != '\n') text_ += '\n';
        }
    }
    bool has_line() const { return text_.find('\n') != std::string::npos; }
    bool is_over() const { return ended_ && !has_line(); }
    std::string line() {
        const std::size_t end = text_.find('\n');
        std::string line = text_.substr(0, end);
        text_.erase(0, end + 1);
        return line;
    }

private:
    std::string text_;
    bool ended_ = false;
};

// Listens for so long, or until what was asked has its first answer.
void listen(FixClient& client, FixTerminal& terminal, int timeout_ms, bool until_answer) {
    const uint64_t end = monotonic_ns() + static_cast<uint64_t>(timeout_ms) * 1'000'000;
    while (!stopped() && client.is_connected() && monotonic_ns() < end) {
        if (until_answer && !terminal.is_waiting()) break;
        wait_readable({client.descriptor()}, 50);
        client.poll();
    }
    std::cout.flush();
}

// `wait [SECONDS]`, which is about listening and not about the market.
bool is_wait(const std::string& line, int& timeout_ms) {
    std::istringstream stream(line);
    std::string verb;
    double seconds = 1;
    if (!(stream >> verb) || verb != "wait") return false;
    stream >> seconds;
    timeout_ms = static_cast<int>(seconds * 1000);
    return true;
}

void run(FixClient& client, FixTerminal& terminal) {
    const bool person = ::isatty(STDIN_FILENO) == 1;
    const auto prompt = [&] {
        if (person) std::cout << "> " << std::flush;
    };
    Input input;
    prompt();
    while (!stopped() && !terminal.is_over() && client.is_connected()) {
        if (input.is_over()) break;
        if (!input.has_line()) {
            wait_readable({STDIN_FILENO, client.descriptor()}, 200);
            if (client.poll() > 0) std::cout.flush();
            if (wait_readable({STDIN_FILENO}, 0)) input.read();
            continue;
        }
        const std::string line = input.line();
        if (int timeout_ms = 0; is_wait(line, timeout_ms)) {
            listen(client, terminal, timeout_ms, false);
        } else {
            terminal.command(line);
            listen(client, terminal, answer_timeout_ms, true);
            if (terminal.is_waiting() && client.is_connected()) {
                std::cout << "no answer yet\n";
                terminal.stop_waiting();
            }
        }
        prompt();
    }
}

int trade(const FixClientSettings& settings, const std::string& account) {
    boost::asio::io_context io;
    FixTerminal* desk = nullptr;
    FixClient client(io, settings, [&](const FixView& message) { desk->report(message); });
    FixTerminal terminal(client, account, std::cout);
    desk = &terminal;
    client.connect();
    const uint64_t deadline = monotonic_ns() + uint64_t{answer_timeout_ms} * 1'000'000;
    while (client.is_connected() && !client.is_logged_on() && monotonic_ns() < deadline) {
        wait_readable({client.descriptor()}, 50);
        client.poll();
    }
    if (!client.is_logged_on()) {
        const std::string& why = client.ended_because();
        std::cerr << "carbonx-fix: not logged on: "
                  << (why.empty() ? "the venue gave no answer" : why) << '\n';
        return 1;
    }
    std::cout << "logged on as " << settings.comp_id << "; help says what can be asked\n";
    run(client, terminal);
    if (!client.is_connected()) {
        std::cerr << "carbonx-fix: disconnected: " << client.ended_because() << '\n';
        return 1;
    }
    client.logout();
    listen(client, terminal, 1'000, false);
    return terminal.had_errors() ? 2 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{
        "A FIX client for people and scripts: reads commands from standard input.\n"
        "Ends with 0; with 1 when disconnected; with 2 when something was refused.\n\n" +
        std::string(FixTerminal::help())};
    FixClientSettings settings;
    std::string account;
    app.add_option("--host", settings.host, "the gateway's address")->capture_default_str();
    app.add_option("--port", settings.port, "the gateway's port")->capture_default_str();
    app.add_option("--comp-id", settings.comp_id, "your SenderCompID")->required();
    app.add_option("--password", settings.password, "its password, if it has one");
    bool with_tls = false;
    auto* tls_flag = app.add_flag("--tls", with_tls, "by TLS; --port is then the one for TLS");
    FixTlsSettings tls;
    app.add_option("--ca", tls.ca,
                   "whose certificate the venue has: a file; the machine's list if not given")
        ->needs(tls_flag);
    auto* certificate =
        app.add_option("--cert", tls.certificate, "your certificate: a file")->needs(tls_flag);
    auto* key = app.add_option("--key", tls.key, "its private key: a file")->needs(certificate);
    certificate->needs(key);
    app.add_option("--target", settings.target, "the venue's CompID")->capture_default_str();
    app.add_option("--account", account, "whose cash and credits; the CompID's name if not given");
    app.add_option("--heartbeat", settings.heartbeat_s, "seconds")->capture_default_str();
    auto* store = app.add_option("--store", settings.store,
                                 "file that keeps the sequence numbers: what was missed comes "
                                 "again at the next logon (else both begin at 1)");
    CLI11_PARSE(app, argc, argv);
    settings.reset = store->count() == 0;
    if (with_tls) settings.tls = tls;
    handle_signals();
    try {
        return trade(settings, account.empty() ? settings.comp_id : account);
    } catch (const std::exception& problem) {
        std::cerr << "carbonx-fix: " << problem.what() << '\n';
        return 1;
    }
}
