// Every field of every message that a broker may send, by the dictionary: it is used, or refused by
// name, or stands in the README among those that are taken and not used. None is passed over in
// silence.
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "gateway/dictionary.h"
#include "tests/broker.h"

using namespace carbonx;
using namespace carbonx::tests;

namespace {

enum class Taken {
    used,      // what comes of the message is another
    refused,   // the answer names it
    not_used,  // all is as without it, and the README says so
    by_name,   // used, as a test of the FIX session catalogue shows
};
using enum Taken;

// One field of one message. `with`: what else the message then says.
struct Probe {
    const char* type;
    int tag;
    const char* value;
    Taken taken;
    const char* with = "";
};

// What is said before, so that there is something to be asked about, and the message itself.
struct Base {
    const char* type;
    const char* body;
};

const std::vector<Base> bases = {
    {"D", "11=a|1=FIRM1|55=V415024H|54=1|60=20260302-02:00:00|38=100|40=2|44=10.00|"},
    {"G", "41=o|11=a|55=V415024H|54=1|60=20260302-02:00:00|38=100|40=2|44=9.00|"},
    {"F", "41=o|11=a|55=V415024H|54=1|60=20260302-02:00:00|"},
    {"q", "11=a|530=1|55=V415024H|60=20260302-02:00:00|"},
    {"H", "11=o|54=1|"},
    {"AF", "584=a|585=1|55=V415024H|"},
    {"AN", "710=a|724=0|"},
    {"BB", "909=a|"},
    {"AD", "568=a|569=0|"},
    {"x", "320=a|559=4|"},
    {"c", "320=a|321=0|55=V415024H|"},
    {"e", "324=a|55=V415024H|263=0|"},
    {"g", "335=a|263=0|"},
    {"BE", "923=a|924=3|553=BROKER1|554=secret|925=harbour-77|"},
    {"j", "372=8|380=0|"},
    {"0", ""},
    {"1", "112=a|"},
    {"2", "7=1|16=0|"},
    {"3", "45=1|"},
    {"4", "123=Y|36=9|"},
    {"5", ""},
    {"A", "98=0|108=30|554=secret|"},
};

const std::vector<Probe> probes = {
    {"D", 11, "b", used},
    {"D", 1, "FIRM2", used},
    {"D", 55, "V415024C", used},
    {"D", 48, "V415024C", used, "22=8|"},
    {"D", 22, "4", refused, "48=V415024H|"},
    {"D", 54, "2", used},
    {"D", 60, "20260302-01:00:00", not_used},
    {"D", 38, "200", used},
    {"D", 40, "1", used},
    {"D", 44, "10.01", used},
    {"D", 99, "9.00", refused},
    {"D", 15, "CNH", used},
    {"D", 59, "1", used},
    {"D", 432, "20260401", refused},
    {"D", 126, "20260401-00:00:00", refused},
    {"D", 18, "6", used},
    {"D", 21, "2", not_used},
    {"D", 110, "10", refused},
    {"D", 111, "10", refused},
    {"D", 581, "3", not_used},
    {"D", 528, "P", not_used},
    {"D", 583, "b", refused},
    {"D", 526, "b", refused},
    {"D", 847, "1", refused},
    {"D", 58, "hello", not_used},

    {"G", 41, "p", used},
    {"G", 11, "b", used},
    {"G", 37, "999", used},
    {"G", 1, "FIRM2", used},
    {"G", 55, "V415024C", used},
    {"G", 48, "V415024C", used, "22=8|"},
    {"G", 22, "4", refused, "48=V415024H|"},
    {"G", 54, "2", used},
    {"G", 60, "20260302-01:00:00", not_used},
    {"G", 38, "200", used},
    {"G", 40, "1", refused},
    {"G", 44, "9.01", used},
    {"G", 99, "9.00", refused},
    {"G", 15, "CNH", used},
    {"G", 59, "1", refused},
    {"G", 432, "20260401", refused},
    {"G", 126, "20260401-00:00:00", refused},
    {"G", 18, "6", refused},
    {"G", 21, "2", not_used},
    {"G", 110, "10", refused},
    {"G", 111, "10", refused},
    {"G", 581, "3", not_used},
    {"G", 528, "P", not_used},
    {"G", 583, "b", refused},
    {"G", 526, "b", refused},
    {"G", 847, "1", refused},
    {"G", 58, "hello", not_used},

    {"F", 41, "p", used},
    {"F", 11, "b", used},
    {"F", 37, "999", used},
    {"F", 1, "FIRM2", used},
    {"F", 55, "V415024C", used},
    {"F", 48, "V415024C", used, "22=8|"},
    {"F", 22, "4", refused, "48=V415024H|"},
    {"F", 54, "2", used},
    {"F", 60, "20260302-01:00:00", not_used},
    {"F", 38, "10", not_used},
    {"F", 58, "hello", not_used},

    {"q", 11, "b", used},
    {"q", 530, "7", used},  // refused, with a counter
    {"q", 55, "V415024C", used},
    {"q", 48, "V415024C", used, "22=8|"},
    {"q", 22, "4", refused, "48=V415024H|"},
    {"q", 1, "FIRM1", refused},
    {"q", 54, "1", refused},
    {"q", 60, "20260302-01:00:00", not_used},
    {"q", 58, "hello", not_used},

    {"H", 11, "b", used},
    {"H", 37, "999", used},
    {"H", 790, "b", used},
    {"H", 1, "FIRM2", used},
    {"H", 55, "V415024C", used},
    {"H", 48, "V415024C", used, "22=8|"},
    {"H", 22, "4", refused, "48=V415024H|"},
    {"H", 54, "2", used},

    {"AF", 584, "b", used},
    {"AF", 585, "7", used},  // refused, with a counter
    {"AF", 1, "FIRM1", refused},
    {"AF", 55, "V415024C", used},
    {"AF", 48, "V415024C", used, "22=8|"},
    {"AF", 22, "4", refused, "48=V415024H|"},
    {"AF", 54, "1", refused},

    {"AN", 710, "b", used},
    {"AN", 724, "1", refused},
    {"AN", 263, "2", used},
    {"AN", 1, "FIRM1", used},
    {"AN", 581, "3", not_used},
    {"AN", 55, "V415024H", used},
    {"AN", 48, "V415024H", used, "22=8|"},
    {"AN", 22, "4", refused, "48=V415024H|"},
    {"AN", 715, "20260301", refused},
    {"AN", 60, "20260302-01:00:00", not_used},
    {"AN", 58, "hello", not_used},

    {"BB", 909, "b", used},
    {"BB", 263, "1", refused},
    {"BB", 1, "FIRM2", used},
    {"BB", 581, "3", not_used},
    {"BB", 58, "hello", not_used},

    {"AD", 568, "b", used},
    {"AD", 569, "2", refused},
    {"AD", 263, "1", refused},
    {"AD", 17, "1S", used},
    {"AD", 37, "1", refused},
    {"AD", 11, "t", refused},
    {"AD", 55, "V415024C", used},
    {"AD", 48, "V415024C", used, "22=8|"},
    {"AD", 22, "4", refused, "48=V415024H|"},
    {"AD", 580, "1|75=20260301", used},
    {"AD", 75, "20260301", used, "580=1|"},
    {"AD", 58, "hello", not_used},

    {"x", 320, "b", used},
    {"x", 559, "0", used},
    {"x", 55, "V415024H", used},
    {"x", 48, "V415024H", used, "22=8|559=0|"},
    {"x", 22, "8", used, "48=V415024H|559=0|"},
    {"x", 15, "HKD", used},
    {"x", 263, "1", used},

    {"c", 320, "b", used},
    {"c", 321, "3", refused},
    {"c", 55, "V415024C", used},
    {"c", 48, "V415024C", used, "22=8|"},
    {"c", 22, "4", refused, "48=V415024H|"},
    {"c", 15, "CNH", used},
    {"c", 263, "1", refused},

    {"e", 324, "b", used},
    {"e", 55, "V415024C", used},
    {"e", 48, "V415024C", used, "22=8|"},
    {"e", 22, "4", refused, "48=V415024H|"},
    {"e", 15, "CNH", used},
    {"e", 263, "1", used},

    {"g", 335, "b", used},
    {"g", 263, "1", used},

    {"BE", 923, "b", used},
    {"BE", 924, "1", refused},
    {"BE", 553, "BROKER2", refused},
    {"BE", 554, "Secret", refused},
    {"BE", 925, "short", used},

    {"j", 45, "1", not_used},
    {"j", 372, "9", not_used},
    {"j", 379, "a", not_used},
    {"j", 380, "1", not_used},
    {"j", 58, "hello", not_used},

    {"0", 112, "a", not_used},
    {"1", 112, "b", by_name},
    {"2", 7, "2", by_name},
    {"2", 16, "1", by_name},
    {"3", 45, "2", not_used},
    {"3", 371, "55", not_used},
    {"3", 372, "8", not_used},
    {"3", 373, "5", not_used},
    {"3", 58, "hello", not_used},
    {"4", 123, "N", used, "36=4|"},
    {"4", 36, "8", used},
    {"5", 58, "hello", not_used},

    {"A", 98, "1", used},
    {"A", 108, "61", used},
    {"A", 141, "Y", used},
    {"A", 553, "SOMEONE", refused},
    {"A", 554, "Secret", used},
    {"A", 383, "4096", not_used},
    {"A", 464, "Y", refused},
    {"A", 58, "hello", not_used},
    {"A", 5001, "Y", used},
};

// Of the header, with an order whose ClOrdID is known; 8, 9, 35, 49, 56, 34, 52 are tested by name.
const std::vector<Probe> header_probes = {
    {"D", 43, "Y", used, "122=20260302-00:00:00|"},
    {"D", 122, "20260302-00:00:00", used, "43=Y|"},
    {"D", 97, "Y", used},
    {"D", 50, "desk", not_used},
    {"D", 57, "desk", not_used},
    {"D", 142, "HK", not_used},
    {"D", 143, "HK", not_used},
    {"D", 115, "BROKER2", refused},
    {"D", 116, "desk", refused},
    {"D", 128, "BROKER2", refused},
    {"D", 129, "desk", refused},
    {"D", 347, "Shift_JIS", refused},
    {"D", 369, "1", not_used},
};
const std::set<int> header_by_name = {8, 9, 34, 35, 49, 52, 56};

// What is listed for a message, groups included.
std::set<int> listed(const FIX::DataDictionary& dictionary, const std::string& type) {
    constexpr int tags_end = 5100;
    std::set<int> tags;
    for (int tag = 1; tag < tags_end; ++tag) {
        if (!dictionary.isMsgField(type, tag)) continue;
        tags.insert(tag);
        int delimiter = 0;
        const FIX::DataDictionary* group = nullptr;
        if (!dictionary.getGroup(type, tag, delimiter, group)) continue;
        for (int member = 1; member < tags_end; ++member) {
            if (group->isField(member)) tags.insert(member);
        }
    }
    return tags;
}

// The body with the field in place of what it said of the tag, or behind it.
std::string with_field(const std::string& body, int tag, const std::string& value) {
    const std::string key = std::to_string(tag) + "=";
    const std::string at_bar = "|" + body;
    const std::size_t at = at_bar.find("|" + key);
    if (at == std::string::npos) return body + key + value + "|";
    const std::size_t end = body.find('|', at);
    return body.substr(0, at) + key + value + body.substr(end);
}

std::string with_fields(std::string body, const std::string& more) {
    std::istringstream fields(more);
    for (std::string field; std::getline(fields, field, '|');) {
        const std::size_t equals = field.find('=');
        body = with_field(body, std::stoi(field.substr(0, equals)), field.substr(equals + 1));
    }
    return body;
}

// Times, and what they decide, are left out.
std::string without_times(const std::string& text) {
    static const std::set<std::string> left_out = {"9", "10", "42", "52", "60", "122"};
    std::string result;
    std::istringstream fields(text);
    for (std::string field; std::getline(fields, field, '|');) {
        const std::size_t equals = field.find('=');
        if (left_out.contains(field.substr(0, equals))) continue;
        const bool is_stamp =
            field.size() > equals + 1 && field[equals + 1] == 'G' && field.size() > 15;
        result += (is_stamp ? field.substr(0, equals + 2) : field) + "|";
    }
    return result;
}

// All that comes of a message to a venue where BROKER1 has a trade and an open order.
std::string outcome(const std::string& type, const std::string& body,
                    const std::string& header = "") {
    GatewayVenue venue;
    Broker other(venue, "BROKER2");
    other.log_on();
    other.send("D", Broker::order("s", '2', 10, "10.00", "", "FIRM2"));
    Broker broker(venue, "BROKER1");
    std::string result;
    const auto hear_all = [&] {
        venue.settle();
        while (true) {
            const Fields heard = broker.receive(true, std::chrono::milliseconds(0));
            if (heard.text.empty()) return;
            result += without_times(heard.text) + "\n";
        }
    };
    if (type == "A") {
        broker.send(type, body, header);
        hear_all();
        const bool is_in = venue.gateway->sessions()[0].state == "logged_on";
        if (is_in) broker.send("D", Broker::order("a", '1', 10, "9.00"));
    } else {
        broker.log_on();
        broker.send("D", Broker::order("t", '1', 10, "10.00"));
        broker.send("D", Broker::order("o", '1', 100, "9.00"));
        hear_all();
        result.clear();
        broker.send(type, body, header);
    }
    hear_all();
    result += "next in " + std::to_string(venue.gateway->sessions()[0].next_in) + "\n";
    venue.venue.set_phase(Phase::halted);
    hear_all();
    broker.disconnect();
    venue.settle();
    venue.venue.advance_ms(2'000);
    venue.settle();
    return result + "open " + std::to_string(venue.venue.exchange().open_order_count());
}

const Base& base_of(const std::string& type) {
    for (const Base& base : bases) {
        if (base.type == type) return base;
    }
    throw std::logic_error("no base for " + type);
}

// By 371, or in words: "22=4 is not supported", "Username (553)", "553 must be".
bool names(const std::string& outcome, int tag) {
    const std::string number = std::to_string(tag);
    if (outcome.find("|371=" + number + "|") != std::string::npos) return true;
    std::istringstream fields(outcome);
    for (std::string field; std::getline(fields, field, '|');) {
        if (!field.starts_with("58=") && !field.starts_with("927=")) continue;
        for (std::size_t at = field.find(number, 3); at != std::string::npos;
             at = field.find(number, at + 1)) {
            const std::size_t end = at + number.size();
            const bool begins = field.find_first_of(" (=", at - 1) == at - 1;
            const bool ends = end < field.size() && field.find_first_of("= )", end) == end;
            if (begins && ends) return true;
        }
    }
    return false;
}

void check_taken(const Probe& probe, const std::string& before, const std::string& after) {
    CAPTURE(probe.type, probe.tag, before, after);
    if (probe.taken == not_used) CHECK(after == before);
    if (probe.taken == used || probe.taken == refused) CHECK(after != before);
    if (probe.taken == refused) CHECK(names(after, probe.tag));
}

std::string readme() {
    std::ifstream file(std::string(CARBONX_SOURCE_DIRECTORY) + "/gateway/README.md");
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("fields: the table of them has each that the dictionary lists, once") {
    const auto dictionary = gateway::load_dictionary();
    std::set<std::pair<std::string, int>> in_table;
    for (const Probe& probe : probes) {
        CAPTURE(probe.type, probe.tag);
        CHECK(in_table.emplace(probe.type, probe.tag).second);
    }
    std::size_t fields = 0;
    for (const Base& base : bases) {
        for (const int tag : listed(*dictionary, base.type)) {
            CAPTURE(base.type, tag);
            CHECK(in_table.contains({base.type, tag}));
            ++fields;
        }
    }
    CHECK(fields == in_table.size());

    std::set<int> in_header;
    for (const Probe& probe : header_probes) in_header.insert(probe.tag);
    for (int tag = 1; tag < 1000; ++tag) {
        if (!dictionary->isHeaderField(tag)) continue;
        CAPTURE(tag);
        CHECK(in_header.contains(tag) != header_by_name.contains(tag));
    }
}

TEST_CASE("fields: the table has each message that a broker may send") {
    for (char first = '0'; first <= 'z'; ++first) {
        for (const std::string& type : {std::string(1, first), std::string("A") + first,
                                        std::string("B") + first, std::string("C") + first}) {
            if (!gateway::is_supported_inbound(type)) continue;
            CAPTURE(type);
            CHECK_NOTHROW(base_of(type));
        }
    }
}

TEST_CASE("fields: each is used, refused by name, or not used at all") {
    std::map<std::string, std::string> outcomes;
    for (const Probe& probe : probes) {
        if (probe.taken == by_name) continue;
        const std::string base = with_fields(base_of(probe.type).body, probe.with);
        std::string& before = outcomes[probe.type + base];
        if (before.empty()) before = outcome(probe.type, base);
        check_taken(probe, before, outcome(probe.type, with_field(base, probe.tag, probe.value)));
    }
}

TEST_CASE("fields: of the header too") {
    const std::string body = with_field(base_of("D").body, 11, "o");
    for (const Probe& probe : header_probes) {
        const std::string field = std::to_string(probe.tag) + "=" + probe.value + "|";
        check_taken(probe, outcome("D", body, probe.with), outcome("D", body, field + probe.with));
    }
    CHECK(outcome("D", body, "347=UTF-8|") == outcome("D", body));
}

TEST_CASE("fields: those that are taken and not used stand in the README") {
    const std::string text = readme();
    std::map<std::string, std::set<int>> not_used_of;
    for (const Probe& probe : probes) {
        if (probe.taken == not_used) not_used_of[probe.type].insert(probe.tag);
    }
    for (const Probe& probe : header_probes) {
        if (probe.taken == not_used) not_used_of["header"].insert(probe.tag);
    }
    for (const auto& [type, tags] : not_used_of) {
        std::string row = "| " + type + " |";
        for (const int tag : tags) row += (tag == *tags.begin() ? " " : ", ") + std::to_string(tag);
        row += " |\n";
        CAPTURE(row);
        CHECK(text.find(row) != std::string::npos);
    }
}

TEST_CASE("fields: every other message of FIX 4.4 is answered as unsupported") {
    GatewayVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    std::size_t refused_count = 0;
    for (char first = '6'; first <= 'z'; ++first) {
        for (const std::string& type :
             {std::string(1, first), std::string("A") + first, std::string("B") + first}) {
            const bool is_other =
                gateway::is_fix44_application(type) && !gateway::is_supported_inbound(type);
            if (!is_other) continue;
            CAPTURE(type);
            broker.send(type, "58=whatever|");
            const Fields answer = broker.receive();
            CHECK(answer[35] == "j");
            CHECK(answer[372] == type);
            CHECK(answer[380] == "3");
            ++refused_count;
        }
    }
    CHECK(refused_count == 70);
}
