// Where a replay ends: see replay_until.h.
#include "tools/replay_until.h"

#include <stdexcept>

#include "engine/api/process.h"
#include "engine/text/text_values.h"
#include "tools/order_mirror.h"
#include "tools/replay_pass.h"
#include "tools/serial_path.h"

namespace carbonx::tools {
namespace {

constexpr const char* forms =
    "expected a command as 1549, an event as event:2101, an ExecID as 2101B, a trade as "
    "trade:2102, "
    "a time as 2026-11-24T01:30:00Z, 2026-11-24T09:30:00+08:00 or local:2026-11-24T09:30:00, an "
    "order as 396.1, or a serial as serial:PREFIX:NUMBER";

bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

// The time of a clock that is ahead of UTC by these minutes.
bool parse_local(std::string_view text, int64_t minutes_ahead, uint64_t& time_ns) {
    Time time;
    if (text.find('T') == text.npos || !from_text(text, Names(), time).empty()) return false;
    time_ns = time.value - static_cast<uint64_t>(minutes_ahead * 60'000'000'000);
    return true;
}

// "2026-11-24T09:30:00+08:00"
bool parse_offset(std::string_view text, uint64_t& time_ns) {
    if (text.size() < 25 || text.ends_with('Z')) return false;
    const std::string_view offset = text.substr(text.size() - 6);
    unsigned hours = 0, minutes = 0;
    if ((offset[0] != '+' && offset[0] != '-') || offset[3] != ':' ||
        !parse_number(offset.substr(1, 2), hours) || !parse_number(offset.substr(4), minutes)) {
        return false;
    }
    const int64_t ahead = int64_t{hours} * 60 + minutes;
    return parse_local(text.substr(0, text.size() - 6), offset[0] == '+' ? ahead : -ahead, time_ns);
}

// Whether this command's events hold what is looked for; `found` is set for as long as that may
// still change.
class Search {
public:
    explicit Search(const Until& until) : until_(until), serial_(until.serial) {}

    // False when nothing that comes can matter any more.
    bool see(uint64_t sequence, const EventHead& event) {
        switch (until_.kind) {
            case Until::Kind::event:
            case Until::Kind::trade:
                if (sequence + event.slots <= until_.value) return true;
                if (sequence == until_.value && is_wanted(event)) command = event.command;
                return false;
            case Until::Kind::order:
                if (is_about(event, until_.order) && event.type != EventType::rejected)
                    command = event.command;
                mirror_.apply(sequence, event);
                return !command || mirror_.is_open(until_.order);
            default:
                if (serial_.moves(event)) command = event.command;
                return true;
        }
    }
    std::optional<uint64_t> command;

private:
    bool is_wanted(const EventHead& event) const {
        return until_.kind == Until::Kind::event || event.type == EventType::trade;
    }

    const Until& until_;
    OrderMirror mirror_;
    SerialMoves serial_;
};

std::string what(const Until& until) {
    switch (until.kind) {
        case Until::Kind::event:
            return "event " + std::to_string(until.value);
        case Until::Kind::trade:
            return "trade " + std::to_string(until.value);
        case Until::Kind::order:
            return "order " + until.text;
        default:
            return "serial " + until.serial.prefix + ":" + std::to_string(until.serial.number);
    }
}

}  // namespace

Until parse_until(const std::string& text, int32_t utc_offset_minutes) {
    Until until;
    until.text = text;
    if (text.empty()) return until;
    const Names none;
    std::string_view rest = text;
    const auto number = [&](Until::Kind kind) {
        until.kind = kind;
        return parse_number(rest, until.value) && until.value > 0;
    };
    bool good = false;
    if (take_prefix(rest, "serial:")) {
        until.kind = Until::Kind::serial;
        until.serial = parse_serial(std::string(rest));
        good = true;
    } else if (take_prefix(rest, "event:")) {
        good = number(Until::Kind::event);
    } else if (take_prefix(rest, "trade:")) {
        good = number(Until::Kind::trade);
    } else if (take_prefix(rest, "command:") || rest.find_first_not_of("0123456789") == rest.npos) {
        good = number(Until::Kind::command);
    } else if (take_prefix(rest, "local:")) {
        until.kind = Until::Kind::time;
        good = parse_local(rest, utc_offset_minutes, until.value);
    } else if (rest.ends_with('B') || rest.ends_with('S')) {
        rest.remove_suffix(1);
        good = number(Until::Kind::event);
    } else if (Time time; from_text(rest, none, until.order).empty()) {
        until.kind = Until::Kind::order;
        good = true;
    } else if (parse_offset(rest, until.value)) {
        until.kind = Until::Kind::time;
        good = true;
    } else if (from_text(rest, none, time).empty()) {
        until.kind = Until::Kind::time;
        until.value = time.value;
        good = true;
    }
    if (!good) throw std::runtime_error("--until " + text + ": " + forms);
    return until;
}

bool needs_search(const Until& until) {
    return until.kind == Until::Kind::event || until.kind == Until::Kind::trade ||
           until.kind == Until::Kind::order || until.kind == Until::Kind::serial;
}

uint64_t find_command(const Until& until, ReplayPass& pass) {
    Search search(until);
    bool open = true;
    while (open && pass.coming() != nullptr) {
        pass.apply();
        pass.for_each_event([&](uint64_t sequence, const EventHead& event) {
            open = open && search.see(sequence, event);
        });
        if (stopped()) throw std::runtime_error("interrupted while looking for " + what(until));
    }
    if (!search.command) throw std::runtime_error("no " + what(until) + " is in this journal");
    return *search.command;
}

}  // namespace carbonx::tools
