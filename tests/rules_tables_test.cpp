// The tables of gateway/README.md say what the gateway does: the tags of each message are those of
// the dictionary, the extension tags are all there, and each refusal has its codes.
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "engine/api/reject.h"
#include "gateway/dictionary.h"
#include "gateway/reject_codes.h"

using namespace carbonx;
using namespace carbonx::gateway;

namespace {

using Rows = std::multiset<std::string>;  // "44 Price", "11 ClOrdID*"

std::vector<std::string> lines_of_the_page() {
    std::ifstream page(CARBONX_SOURCE_DIRECTORY "/gateway/README.md");
    std::vector<std::string> lines;
    for (std::string line; std::getline(page, line);) lines.push_back(line);
    return lines;
}

std::vector<std::string> cells(const std::string& row) {
    std::vector<std::string> result;
    std::istringstream stream(row.substr(1));
    for (std::string cell; std::getline(stream, cell, '|');) {
        const std::size_t first = cell.find_first_not_of(' ');
        const std::size_t last = cell.find_last_not_of(' ');
        result.push_back(first == std::string::npos ? "" : cell.substr(first, last - first + 1));
    }
    return result;
}

// Under the heading that names each message, by its MsgType: "**Table 5: Logon (A)**".
std::map<std::string, Rows> tables_of_the_page() {
    const std::regex heading("\\*\\*Table [0-9]+: [A-Za-z]+ \\((\\w+)\\)\\*\\*.*");
    const std::string indent = "→ ";
    std::map<std::string, Rows> tables;
    std::string message;
    for (const std::string& line : lines_of_the_page()) {
        std::smatch match;
        if (std::regex_match(line, match, heading)) message = match[1];
        if (line.starts_with("#")) message.clear();
        if (message.empty() || !line.starts_with("| ") || line.starts_with("| tag ")) continue;
        const std::vector<std::string> row = cells(line);
        std::string name = row.at(1);
        while (name.starts_with(indent)) name = name.substr(indent.size());
        tables[message].insert(row.at(0) + " " + name + row.at(2));
    }
    return tables;
}

// A small reader of the dictionary, which holds one element after the other.
class Dictionary {
public:
    Dictionary() {
        const std::string xml = dictionary_xml;
        const std::regex element("<(/?)(message|component|group|field)( [^>]*)?>");
        for (std::sregex_iterator at(xml.begin(), xml.end(), element), end; at != end; ++at) {
            take((*at)[1] == "/", (*at)[2], (*at)[3]);
        }
    }

    std::map<std::string, Rows> messages() const {
        std::map<std::string, Rows> result;
        for (const auto& [type, fields] : messages_) {
            for (const Member& member : fields) add(member, result[type]);
        }
        return result;
    }
    const std::map<std::string, std::string>& numbers() const { return numbers_; }

private:
    struct Member {
        bool is_component;
        std::string name;
        bool required;
    };

    static std::string value(const std::string& attributes, const std::string& name) {
        std::smatch match;
        const std::regex pattern(" " + name + "=\"([^\"]*)\"");
        return std::regex_search(attributes, match, pattern) ? match[1].str() : "";
    }

    void take(bool closes, const std::string& kind, const std::string& attributes) {
        if (closes) {
            if (kind != "group") into_ = nullptr;
            return;
        }
        const std::string name = value(attributes, "name");
        const std::string number = value(attributes, "number");
        if (!number.empty()) {
            numbers_[name] = number;
        } else if (kind == "message") {
            into_ = &messages_[value(attributes, "msgtype")];
        } else if (kind == "component" && into_ == nullptr) {
            into_ = &components_[name];
        } else if (into_ != nullptr) {
            into_->push_back({kind == "component", name, value(attributes, "required") == "Y"});
        }
        const bool is_empty = attributes.ends_with("/");
        if (is_empty && kind == "message") into_ = nullptr;
    }

    void add(const Member& member, Rows& rows) const {
        if (member.is_component) {
            for (const Member& one : components_.at(member.name)) add(one, rows);
        } else {
            rows.insert(numbers_.at(member.name) + " " + member.name +
                        (member.required ? "*" : ""));
        }
    }

    std::map<std::string, std::vector<Member>> messages_;
    std::map<std::string, std::vector<Member>> components_;
    std::map<std::string, std::string> numbers_;
    std::vector<Member>* into_ = nullptr;
};

std::string only_in(const Rows& one, const Rows& other) {
    std::string result;
    for (const std::string& row : one) {
        if (!other.contains(row)) result += row + "; ";
    }
    return result;
}

}  // namespace

TEST_CASE("rules of engagement: each message's table has the dictionary's tags, and no other") {
    const auto tables = tables_of_the_page();
    const auto messages = Dictionary().messages();
    CHECK(messages.size() > 25);
    for (const auto& [type, rows] : messages) {
        INFO("message " << type);
        REQUIRE(tables.contains(type));
        CHECK(only_in(rows, tables.at(type)) == "");
        CHECK(only_in(tables.at(type), rows) == "");
        CHECK(tables.at(type).size() == rows.size());
    }
    CHECK(tables.size() == messages.size());
}

TEST_CASE("rules of engagement: every extension tag stands in the one table of them") {
    std::map<std::string, std::string> listed;
    bool in_section = false;
    for (const std::string& line : lines_of_the_page()) {
        if (line.starts_with("## ")) in_section = line == "## Extension tags";
        if (!in_section || !line.starts_with("| 5")) continue;
        const std::vector<std::string> row = cells(line);
        CHECK(listed.emplace(row.at(1), row.at(0)).second);
    }
    std::map<std::string, std::string> known;
    const Dictionary dictionary;
    for (const auto& [name, number] : dictionary.numbers()) {
        if (number.size() == 4 && number[0] == '5') known[name] = number;
    }
    CHECK(listed == known);
}

TEST_CASE("rules of engagement: each refusal stands there with its rule, its codes, its sentence") {
    std::map<std::string, std::string> listed;
    bool in_section = false;
    for (const std::string& line : lines_of_the_page()) {
        if (line.starts_with("## ")) in_section = line == "## Refusals";
        if (in_section && line.starts_with("| `")) listed[cells(line).at(0)] = line;
    }
    const std::set<Reject> of_operators{
        Reject::participant_unknown,  Reject::project_unknown,   Reject::already_listed,
        Reject::band_too_wide,        Reject::phase_order_wrong, Reject::serials_invalid,
        Reject::serials_already_held, Reject::lot_unknown,       Reject::labels_unchanged};
    std::size_t count = 0;
    for (int value = 1; value < 256; ++value) {
        const auto reject = static_cast<Reject>(value);
        if (name(reject).empty() || of_operators.contains(reject)) continue;
        ++count;
        INFO(name(reject));
        const auto found = listed.find("`" + std::string(name(reject)) + "`");
        REQUIRE(found != listed.end());
        const std::string row =
            "| `" + std::string(name(reject)) + "` | " + std::string(rule(reject)) + " | " +
            std::to_string(ord_rej_reason(reject)) + " | " +
            std::to_string(cxl_rej_reason(reject)) + " | " + std::string(text(reject)) + " |";
        CHECK(found->second == row);
    }
    CHECK(count == listed.size());
}
