// The day of gateway/README.md, played: each broker hears what the page says, in that order, and no
// more.
//
// With CARBONX_SHOW_DAY set, what is heard is printed in place of what the page says.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

#include "tests/broker.h"

using namespace carbonx;
using namespace carbonx::tests;

namespace {

const char* const ellipsis = "…";

std::vector<std::string> day_of_the_page() {
    std::ifstream page(CARBONX_SOURCE_DIRECTORY "/gateway/README.md");
    std::vector<std::string> lines;
    bool in_section = false;
    bool in_block = false;
    for (std::string line; std::getline(page, line);) {
        if (line.starts_with("## ")) in_section = line == "## One day";
        if (!in_section) continue;
        if (line.starts_with("```")) {
            in_block = !in_block;
        } else if (in_block) {
            lines.push_back(line);
        }
    }
    return lines;
}

std::vector<std::string> split(const std::string& text, char at) {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, at);) parts.push_back(part);
    return parts;
}

// As the page shows a message: without what all have, and without what differs from day to day.
std::string shown(const Fields& message) {
    std::string text;
    for (const std::string& field : split(message.text, '|')) {
        const int tag = std::stoi(field);
        if (std::set{8, 9, 10, 49, 52, 56}.contains(tag)) continue;
        const std::string name = std::to_string(tag) + "=";
        if (!text.empty()) text += '|';
        const bool is_time = std::set{42, 60, 122}.contains(tag);
        const bool is_of_the_moment =
            std::set{17, 322, 721}.contains(tag) && field[name.size()] == 'G';
        text += is_time ? name + ellipsis : is_of_the_moment ? name + "G" + ellipsis : field;
    }
    return text;
}

class Day {
public:
    Day() {
        auto listing = make_command<ListSession>();
        listing.participant = ParticipantId{2};
        listing.source = Source::gateway;
        listing.name = Text<24>("COPY1");
        venue_.venue.apply(listing);
        FixSessionSettings copy = venue_.venue.settings.gateway.sessions.front();
        copy.comp_id = "COPY1";
        copy.role = SessionRole::drop_copy;
        venue_.gateway.reset();
        venue_.venue.settings.gateway.sessions.push_back(copy);
        venue_.start_gateway();
        venue_.venue.set_phase(Phase::closed);
    }

    // Plays one line. Returns it as it happened.
    std::string play(const std::string& line) {
        const std::size_t space = line.find(' ');
        const std::string who = line.substr(0, space);
        const std::string what = line.substr(space + 1);
        if (who == "#") return line;
        if (who == "==") {
            happen(what);
            return line;
        }
        Broker& broker = broker_of(who);
        if (what.starts_with("< ")) return who + " < " + shown(broker.receive_any());
        REQUIRE(what.starts_with("> "));
        send(broker, what.substr(2));
        return line;
    }

    void check_that_all_is_said() {
        for (auto& [name, broker] : brokers_) {
            INFO(name);
            CHECK(broker->receive_any(std::chrono::milliseconds(20)).text.empty());
        }
    }

private:
    Broker& broker_of(const std::string& name) {
        auto& broker = brokers_[name];
        if (!broker) broker = std::make_unique<Broker>(venue_, name);
        return *broker;
    }

    void happen(const std::string& what) {
        const std::vector<std::string> words = split(what, ' ');
        if (words[0] == "phase") {
            const uint32_t day = words.size() > 2 ? static_cast<uint32_t>(std::stoul(words[2])) : 0;
            const std::map<std::string, Phase> phases{{"PRE_OPEN", Phase::pre_open},
                                                      {"CONTINUOUS", Phase::continuous},
                                                      {"HALTED", Phase::halted},
                                                      {"CLOSED", Phase::closed}};
            venue_.venue.set_phase(phases.at(words[1]), day);
        } else {
            Broker& broker = broker_of(words.at(1));
            broker.disconnect();
            if (words[0] == "back:") broker.connect();
        }
        venue_.settle();
    }

    static void send(Broker& broker, const std::string& text) {
        std::string type, head, body;
        int number = 0;
        for (const std::string& field : split(text, '|')) {
            const std::size_t value_at = field.find('=') + 1;
            const int tag = std::stoi(field);
            const std::string value = field.substr(value_at);
            std::string sent = field;
            if (value == ellipsis) sent = field.substr(0, value_at) + Broker::now();
            if (value == "***") sent = field.substr(0, value_at) + "secret";
            if (tag == 35) {
                type = value;
            } else if (tag == 34) {
                number = std::stoi(value);
            } else {
                (std::set{43, 97, 122}.contains(tag) ? head : body) += sent + "|";
            }
        }
        broker.post(type, number, body, head);
    }

    GatewayVenue venue_;
    std::map<std::string, std::unique_ptr<Broker>> brokers_;
};

}  // namespace

TEST_CASE("rules of engagement: the day that they show is a day of the venue") {
    const bool is_shown = std::getenv("CARBONX_SHOW_DAY") != nullptr;
    const std::vector<std::string> lines = day_of_the_page();
    REQUIRE(lines.size() > 30);
    Day day;
    for (const std::string& line : lines) {
        const std::string happened = day.play(line);
        if (is_shown) {
            std::cout << happened << "\n";
        } else {
            REQUIRE(happened == line);
        }
    }
    day.check_that_all_is_said();
}
