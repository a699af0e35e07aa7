#include "gateway/operations.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <stdexcept>
#include <system_error>

#include "gateway/quickfix.h"

namespace carbonx::gateway {
namespace {

constexpr std::size_t request_words_max = 100;

std::vector<std::string> split(std::string_view request) {
    std::vector<std::string> words;
    while (true) {
        const std::size_t tab = request.find('\t');
        words.emplace_back(request.substr(0, tab));
        if (tab == std::string_view::npos) return words;
        request.remove_prefix(tab + 1);
    }
}

std::string time_text(uint64_t utc_ns) {
    if (utc_ns == 0) return "";
    const auto seconds = static_cast<std::time_t>(utc_ns / 1'000'000'000);
    return FIX::UtcTimeStampConvertor::convert(FIX::UtcTimeStamp(seconds), 0);
}

void need(const std::vector<std::string>& words, std::size_t least, std::size_t most,
          const char* usage) {
    const bool is_empty = std::find(words.begin(), words.end(), "") != words.end();
    if (words.size() >= least && words.size() <= most && !is_empty) return;
    throw std::runtime_error("`" + words[0] + "` is asked as: " + usage);
}

}  // namespace

std::string Operations::answer(const std::string& who, std::string_view request) {
    std::string asked(request);
    std::replace(asked.begin(), asked.end(), '\t', ' ');
    try {
        // SOH would end a FIX field.
        const auto is_control = [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 127; };
        if (std::any_of(request.begin(), request.end(), is_control)) {
            throw std::runtime_error("a request has no control characters: leave them out");
        }
        std::string text;
        for (const std::string& line : execute(split(request))) {
            text += '|' + line + '\n';
        }
        spdlog::info("operator {}: {}: done", who, asked);
        return text + "done\n";
    } catch (const std::system_error& error) {
        spdlog::error("operator {}: {}: {}", who, asked, error.what());
        throw;
    } catch (const std::runtime_error& refusal) {
        spdlog::warn("operator {}: {}: refused: {}", who, asked, refusal.what());
        return std::string("refused ") + refusal.what() + '\n';
    }
}

Operations::Lines Operations::execute(const Words& words) {
    const std::string& verb = words[0];
    const auto reason = [&](const char* usual) { return words.size() > 2 ? words[2] : usual; };
    if (verb == "sessions") {
        need(words, 1, 1, "sessions");
        return sessions();
    }
    if (verb == "disable") {
        need(words, 2, 3, "disable COMPID [REASON]");
        gateway_.disable(words[1], reason("ask the exchange's operators"));
        return {};
    }
    if (verb == "enable") {
        need(words, 2, 2, "enable COMPID");
        gateway_.enable(words[1]);
        return {};
    }
    if (verb == "logout") {
        need(words, 2, 3, "logout COMPID [REASON]");
        gateway_.log_out(words[1], reason("logged out by the exchange's operators"));
        return {};
    }
    if (verb == "reset") {
        need(words, 2, 2, "reset COMPID");
        gateway_.reset(words[1]);
        return {};
    }
    if (verb == "notice") {
        need(words, 3, request_words_max, "notice COMPID|* HEADLINE [LINE]...");
        const std::size_t told = gateway_.notify(words[1] == "*" ? "" : words[1],
                                                 {words[2], {words.begin() + 3, words.end()}});
        return {"told to " + std::to_string(told) + (told == 1 ? " session" : " sessions")};
    }
    if (verb == "reload") {
        need(words, 1, 1, "reload");
        Lines told = gateway_.reload(load_());
        for (const std::string& line : told) spdlog::info("settings: {}", line);
        return told;
    }
    throw std::runtime_error(
        "`" + verb + "` is no request: sessions, disable, enable, logout, reset, notice or reload");
}

Operations::Lines Operations::sessions() const {
    Lines lines;
    for (const SessionStatus& one : gateway_.sessions()) {
        std::string& line = lines.emplace_back("comp_id=" + one.comp_id);
        const auto add = [&](const char* name, const std::string& value) {
            line.append("\t").append(name).append("=").append(value);
        };
        add("firm", one.firm);
        add("role", one.role);
        add("state", one.state);
        add("address", one.address);
        add("since", time_text(one.since_ns));
        add("next_in", std::to_string(one.next_in));
        add("next_out", std::to_string(one.next_out));
        add("queued_bytes", std::to_string(one.queued_bytes));
        add("waiting", std::to_string(one.waiting));
        add("in", std::to_string(one.messages_in));
        add("out", std::to_string(one.messages_out));
        add("refused", std::to_string(one.refused));
        add("throttled", std::to_string(one.throttled));
    }
    return lines;
}

}  // namespace carbonx::gateway
