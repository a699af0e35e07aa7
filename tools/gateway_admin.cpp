#include "tools/gateway_admin.h"

#include <algorithm>
#include <cstdio>
#include <set>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "tools/gateway_client.h"

namespace carbonx::tools {
namespace {

using Words = std::vector<std::string>;
using Fields = std::vector<std::pair<std::string, std::string>>;

// Of what a session's line has, these are texts even when they look like numbers.
const std::set<std::string> texts{"comp_id", "firm", "address", "since", "role", "state"};

Words split(const std::string& text, char separator) {
    Words words;
    std::istringstream stream(text);
    for (std::string word; std::getline(stream, word, separator);) words.push_back(word);
    return words;
}

Fields fields_of(const std::string& line) {
    Fields fields;
    for (const std::string& field : split(line, '\t')) {
        const std::size_t equals = field.find('=');
        if (equals == std::string::npos)
            throw std::runtime_error("the gateway is of another build");
        fields.emplace_back(field.substr(0, equals), field.substr(equals + 1));
    }
    return fields;
}

// Characters, not bytes: names are UTF-8.
std::size_t width(const std::string& text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string quoted(const std::string& text) {
    std::string all = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') all += '\\';
        all += c;
    }
    return all + '"';
}

// COMPID and behind it a reason of any words.
Words with_reason(const Words& words) {
    Words request(words.begin(), words.begin() + std::min<std::ptrdiff_t>(std::ssize(words), 3));
    for (std::size_t i = 3; i < words.size(); ++i) request[2] += " " + words[i];
    return request;
}

// To whom, the headline, and the lines behind it.
Words notice(const Words& words) {
    if (words.size() < 2 || words.size() > 3) {
        throw std::runtime_error("a notice is asked as: gateway notice \"TEXT\" [COMPID]");
    }
    Words request{"notice", words.size() == 3 ? words[2] : "*"};
    for (const std::string& line : split(words[1], '\n')) {
        request.push_back(line.empty() ? " " : line);  // FIX has no empty text
    }
    return request;
}

}  // namespace

void ask_gateway(const Settings& settings, const Words& words, bool json) {
    if (words.empty()) {
        throw std::runtime_error(std::string("`gateway` needs other words\n") + gateway_verbs);
    }
    Words request = words;
    if (words[0] == "disable" || words[0] == "logout") request = with_reason(words);
    if (words[0] == "notice") request = notice(words);
    const Words lines = GatewayClient(settings).ask(request);
    if (words[0] == "sessions") {
        std::fputs((json ? as_json(lines) : as_table(lines)).c_str(), stdout);
        return;
    }
    for (const std::string& line : lines) std::printf("%s\n", line.c_str());
}

std::string as_table(const Words& lines) {
    std::vector<Words> rows;
    for (const std::string& line : lines) {
        const Fields fields = fields_of(line);
        if (rows.empty()) {
            rows.emplace_back();
            for (const auto& [key, value] : fields) rows[0].push_back(key);
        }
        rows.emplace_back();
        for (const auto& [key, value] : fields) rows.back().push_back(value.empty() ? "-" : value);
    }
    std::string table;
    for (const Words& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            std::size_t column = 0;
            for (const Words& other : rows) column = std::max(column, width(other.at(i)));
            table += row[i];
            if (i + 1 < row.size()) table.append(column - width(row[i]) + 2, ' ');
        }
        table += '\n';
    }
    return table;
}

std::string as_json(const Words& lines) {
    std::string all = "[";
    for (const std::string& line : lines) {
        std::string one;
        for (const auto& [key, value] : fields_of(line)) {
            const bool is_number = !texts.contains(key) && !value.empty() &&
                                   value.find_first_not_of("0123456789") == std::string::npos;
            one += (one.empty() ? "" : ", ") + quoted(key) + ": " +
                   (is_number ? value : quoted(value));
        }
        all += (all.size() == 1 ? "\n  {" : ",\n  {") + one + "}";
    }
    return all + "\n]\n";
}

}  // namespace carbonx::tools
