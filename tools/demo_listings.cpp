#include "tools/demo_listings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string_view>

namespace carbonx::tools {

namespace {

constexpr std::size_t columns = 13;
constexpr int64_t unit = 10'000;  // of a price and of money, in one HKD or CNH

struct Member {
    const char* name;
    const char* legal_name;
    ParticipantClass participant_class;
    uint32_t credits;  // tonnes of each instrument
    int64_t cash;      // of each currency
    uint32_t open_orders_max = 20'000;
};
constexpr auto members = std::to_array<Member>({
    // The first account listed is the venue's own: it receives the fees.
    {"CARBONX", "The venue itself", ParticipantClass::house, 0, 0},
    {"BROKER1", "Demo Broker One (invented)", ParticipantClass::hong_kong, 2'000'000,
     1'000'000'000},
    {"BROKER2", "Demo Broker Two (invented)", ParticipantClass::mainland, 2'000'000, 1'000'000'000},
    {"BROKER3", "Demo Broker Three (invented)", ParticipantClass::foreign, 2'000'000,
     1'000'000'000},
    {"BROKER4", "Demo Broker Four (invented)", ParticipantClass::gba_pilot, 2'000'000,
     1'000'000'000},
    {"SPARE", "Yours (invented)", ParticipantClass::hong_kong, 100'000, 100'000'000},
    // The other side of a certification; so few orders that it can try to have too many.
    {"SPARE2", "Another of yours (invented)", ParticipantClass::hong_kong, 100'000, 100'000'000,
     100},
});

struct RegistryCode {
    std::string_view code;
    Registry registry;
    char letter;
};
constexpr auto registries = std::to_array<RegistryCode>({
    {"VCS", Registry::verra, 'V'},
    {"GLD", Registry::gold_standard, 'G'},
    {"ACR", Registry::acr, 'A'},
    {"CAR", Registry::car, 'C'},
    {"ART", Registry::art, 'T'},
});

const RegistryCode* find_registry(std::string_view code) {
    const auto* const found = std::find_if(registries.begin(), registries.end(),
                                           [&](const auto& known) { return known.code == code; });
    return found == registries.end() ? nullptr : found;
}

// Invented, in HKD cents: by family, a little less for each year of age, more for labels.
int32_t reference_cents(const Offering& offering) {
    static const std::map<std::string, int32_t> by_family{
        {"NATURE_AVOIDANCE", 4'200}, {"NATURE_ARR_IFM_SOIL", 9'800},
        {"METHANE_WASTE", 2'600},    {"HOUSEHOLD_COOKSTOVE_WATER", 1'000},
        {"RENEWABLE_ENERGY", 1'100}, {"INDUSTRIAL_GAS", 5'600},
    };
    const auto known = by_family.find(offering.family);
    const int32_t base = known == by_family.end() ? 1'800 : known->second;
    const int32_t age = std::clamp(2024 - int32_t{offering.vintage}, 0, 12);
    const int32_t label = (offering.labels & label_icvcm_ccp) != 0 ? base / 4 : 0;
    return base - base * age * 2 / 100 + label;
}

// The fields of a line; a quoted one may hold commas, and "" for a quote.
std::vector<std::string> split_csv(const std::string& line) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
            fields.back() += '"';
            ++i;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            fields.emplace_back();
        } else if (c != '\r') {
            fields.back() += c;
        }
    }
    return fields;
}

uint16_t year(const std::string& text) {
    uint16_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    return error == std::errc() && stopped == end ? value : 0;
}

Offering make_offering(const std::vector<std::string>& fields) {
    Offering offering;
    offering.registry = fields[0];
    offering.project = fields[1];
    offering.name = fields[2];
    offering.country = fields[3];
    offering.methodology = fields[4];
    offering.family = fields[5];
    offering.vintage = year(fields[6]);
    offering.removal = fields[11] == "Y";
    if (!fields[7].empty()) offering.labels |= label_corsia;
    if (fields[8] == "Y") offering.labels |= label_article6;
    if (fields[9] == "Y") offering.labels |= label_icvcm_ccp;
    if (fields[10] == "Y") offering.labels |= label_ccb;
    return offering;
}

std::string serial_prefix(const Offering& offering) {
    return "SYNTHETIC-" + offering.project + "-" + std::to_string(offering.vintage);
}

// Why it cannot be listed; empty when it can.
std::string obstacle(const Offering& offering) {
    if (find_registry(offering.registry) == nullptr) return "not a registry of this demo";
    if (offering.vintage == 0) return "no vintage";
    if (!decltype(ListProject::key)::fits(offering.project)) return "its key is too long";
    if (!decltype(ListProject::name)::fits(offering.name)) return "its name is too long";
    if (!decltype(ListProject::methodology)::fits(offering.methodology)) {
        return "its methodology is too long";
    }
    if (!decltype(ListProject::host_country)::fits(offering.country)) {
        return "its host country is not a code of two letters";
    }
    if (!decltype(DepositCredits::serial_prefix)::fits(serial_prefix(offering))) {
        return "its key is too long for serial numbers";
    }
    return "";
}

// Appends commands of any type to one list.
class Script {
public:
    template <class T>
    void add(T command) {
        static_assert(is_command<T>);
        command.head.type = T::type;
        command.head.slots = sizeof(T) / limits::slot_bytes;
        Command& place = commands_.emplace_back();
        std::memcpy(static_cast<void*>(&place), &command, sizeof command);
    }
    std::vector<Command> take() { return std::move(commands_); }

private:
    std::vector<Command> commands_;
};

ParticipantId participant_of(std::string_view name) {
    const auto* const found = std::find_if(
        members.begin(), members.end(), [&](const Member& member) { return member.name == name; });
    return static_cast<ParticipantId>(found - members.begin() + 1);
}

void add_session(Script& script, std::string_view name, ParticipantId participant) {
    ListSession session;
    session.participant = participant;
    session.source = Source::gateway;
    session.name = Text<24>(name);
    script.add(session);
}

void add_members(Script& script) {
    uint16_t id = 0;
    for (const Member& member : members) {
        const auto participant = static_cast<ParticipantId>(++id);
        ListParticipant listing;
        listing.participant_class = member.participant_class;
        listing.group = id;
        listing.open_orders_max = member.open_orders_max;
        listing.name = Text<24>(member.name);
        listing.legal_name = Text<64>(member.legal_name);
        script.add(listing);

        ListAccount account;
        account.participant = participant;
        account.name = Text<24>(member.name);
        script.add(account);

        if (member.participant_class == ParticipantClass::house) continue;
        add_session(script, member.name, participant);
    }
    // Drop copies, as their role in the settings says.
    add_session(script, "COPY1", participant_of("BROKER1"));
    add_session(script, "SPARECOPY", participant_of("SPARE"));
}

void add_counters(Script& script, const Offering& offering, InstrumentId instrument,
                  const std::string& name) {
    const int32_t hkd_cents = reference_cents(offering);
    for (const Currency currency : {Currency::hkd, Currency::cnh}) {
        const int32_t cents = currency == Currency::hkd ? hkd_cents : hkd_cents * 92 / 100;
        ListCounter counter;
        counter.instrument = instrument;
        counter.currency = currency;
        counter.tick = Price{unit / 100};
        counter.reference = Price{cents * counter.tick.value};
        counter.band_bps = 2'000;
        counter.collar_bps = 500;
        counter.fee_ppm = 250;
        counter.symbol = Symbol(name + (currency == Currency::hkd ? 'H' : 'C'));
        script.add(counter);
    }
}

void add_credits(Script& script, const Offering& offering, InstrumentId instrument) {
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (members[i].credits == 0) continue;
        DepositCredits deposit;
        deposit.account = static_cast<AccountId>(i + 1);
        deposit.instrument = instrument;
        deposit.serial_first = i * 10'000'000 + 1;
        deposit.serial_last = i * 10'000'000 + members[i].credits;
        deposit.vintage_start = offering.vintage * 10'000U + 101;
        deposit.vintage_end = offering.vintage * 10'000U + 1231;
        deposit.labels = offering.labels;
        deposit.serial_prefix = Text<40>(serial_prefix(offering));
        deposit.reference = Text<24>("synthetic, for the demo");
        script.add(deposit);
    }
}

void add_cash(Script& script) {
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (members[i].cash == 0) continue;
        for (const Currency currency : {Currency::hkd, Currency::cnh}) {
            DepositCash deposit;
            deposit.account = static_cast<AccountId>(i + 1);
            deposit.currency = currency;
            deposit.amount = members[i].cash * unit;
            deposit.reference = Text<24>("synthetic, for the demo");
            script.add(deposit);
        }
    }
}

// For certification: a counter of its own, so that nobody's trading is in the way.
void add_test_counter(Script& script, ProjectId project, InstrumentId instrument) {
    Offering offering;
    offering.registry = "VCS";
    offering.project = "TEST";
    offering.vintage = 2024;
    ListProject project_listing;
    project_listing.registry = Registry::verra;
    project_listing.host_country = Text<2>("HK");
    project_listing.key = Text<32>(offering.project);
    project_listing.methodology = Text<96>("none");
    project_listing.name = Text<96>("Certification test counter (invented)");
    script.add(project_listing);

    ListInstrument listing;
    listing.project = project;
    listing.vintage = offering.vintage;
    listing.round_lot = Quantity{10};
    listing.quantity_max = limits::quantity_max;
    listing.name = Text<8>("TEST001");
    script.add(listing);

    ListCounter counter;
    counter.instrument = instrument;
    counter.currency = Currency::hkd;
    counter.tick = Price{unit / 100};
    counter.reference = Price{100 * unit};
    counter.band_bps = 2'000;
    counter.collar_bps = 500;
    counter.fee_ppm = 250;
    counter.symbol = Symbol(test_counter);
    script.add(counter);
    add_credits(script, offering, instrument);
}

void add_phase(Script& script, Phase phase, uint32_t trading_day) {
    SetPhase command;
    command.phase = phase;
    command.trading_day = trading_day;
    script.add(command);
}

}  // namespace

std::vector<Offering> read_offerings(const std::filesystem::path& file,
                                     std::vector<std::string>& left_out) {
    std::ifstream stream(file);
    if (!stream) throw std::runtime_error("cannot read " + file.string());
    std::vector<Offering> offerings;
    std::string line;
    std::getline(stream, line);  // the columns' names
    while (std::getline(stream, line)) {
        const std::vector<std::string> fields = split_csv(line);
        if (fields.size() != columns) {
            throw std::runtime_error(file.string() + ": not " + std::to_string(columns) +
                                     " columns: " + line);
        }
        const Offering offering = make_offering(fields);
        const std::string why = obstacle(offering);
        if (why.empty()) {
            offerings.push_back(offering);
        } else {
            left_out.push_back(offering.project + ": " + why);
        }
    }
    return offerings;
}

std::string instrument_name(const Offering& offering, const std::vector<std::string>& taken) {
    constexpr std::size_t digits_kept = 4;
    std::string digits;
    for (const char c : offering.project) {
        if (c >= '0' && c <= '9') digits += c;
    }
    digits.insert(0, digits_kept - std::min(digits_kept, digits.size()), '0');
    digits.erase(0, digits.size() - digits_kept);
    const RegistryCode* const registry = find_registry(offering.registry);
    const std::string letter(1, registry == nullptr ? 'X' : registry->letter);
    const std::string vintage = std::to_string(100 + offering.vintage % 100).substr(1);
    const auto is_taken = [&](const std::string& name) {
        return std::find(taken.begin(), taken.end(), name) != taken.end();
    };
    // Where two projects end in the same digits, a letter takes the place of the first one.
    std::string name = letter + digits + vintage;
    for (char other = 'A'; is_taken(name) && other <= 'Z'; ++other) name[1] = other;
    if (is_taken(name)) throw std::runtime_error("no name is left for " + offering.project);
    return name;
}

std::vector<Command> demo_commands(const std::vector<Offering>& offerings, uint32_t trading_day) {
    Script script;
    add_members(script);
    std::map<std::string, ProjectId> projects;
    std::vector<std::string> names;
    for (const Offering& offering : offerings) {
        const std::string key = offering.registry + " " + offering.project;
        auto project = projects.find(key);
        if (project == projects.end()) {
            project = projects.emplace(key, static_cast<ProjectId>(projects.size() + 1)).first;
            ListProject listing;
            listing.registry = find_registry(offering.registry)->registry;
            listing.removal = offering.removal;
            listing.host_country = Text<2>(offering.country);
            listing.key = Text<32>(offering.project);
            listing.methodology = Text<96>(offering.methodology);
            listing.name = Text<96>(offering.name);
            script.add(listing);
        }
        names.push_back(instrument_name(offering, names));
        const auto instrument = static_cast<InstrumentId>(names.size());
        ListInstrument listing;
        listing.project = project->second;
        listing.vintage = offering.vintage;
        listing.labels = offering.labels;
        listing.round_lot = Quantity{1};
        listing.quantity_max = Quantity{1'000'000};
        listing.name = Text<8>(names.back());
        script.add(listing);
        add_counters(script, offering, instrument, names.back());
        add_credits(script, offering, instrument);
    }
    add_test_counter(script, static_cast<ProjectId>(projects.size() + 1),
                     static_cast<InstrumentId>(names.size() + 1));
    add_cash(script);
    add_phase(script, Phase::pre_open, trading_day);
    add_phase(script, Phase::continuous, 0);
    return script.take();
}

}  // namespace carbonx::tools
