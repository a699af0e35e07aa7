// The common text form: see text.h. What a record's fields are is in text_fields.h, how one value
// is written in text_values.h; here are the line and the two visitors.
#include "engine/text/text.h"

#include <algorithm>

#include "engine/text/text_fields.h"

namespace carbonx {

namespace {

template <class... Records>
struct Types {
    // Calls work.operator()<Record>() for the record of this type; false when there is none.
    template <class Type, class Work>
    static bool with(Type type, Work&& work) {
        return ((Records::type == type && (work.template operator()<Records>(), true)) || ...);
    }
};
using Commands =
    Types<NewOrder, CancelOrder, ReplaceOrder, MassCancel, OrderStatus, AccountQuery, SessionUp,
          SessionDown, ListParticipant, ListAccount, ListSession, ListProject, ListInstrument,
          ListCounter, DepositCredits, WithdrawCredits, DepositCash, WithdrawCash, SetPhase,
          HaltCounter, ResumeCounter, DisableParticipant, EnableParticipant, ChangeLabels,
          Configure, SourceUp, SourceDown, carbonx::Tick, EngineStarted>;
using Events =
    Types<Accepted, Rejected, Trade, Delivery, Rested, Cancelled, Replaced, OrderState,
          MassCancelled, Restated, PhaseChanged, CounterHalted, CounterResumed, ReferenceChanged,
          ParticipantListed, AccountListed, SessionListed, ProjectListed, InstrumentListed,
          CounterListed, LabelsChanged, CreditsDeposited, CreditsWithdrawn, CashMoved, AccountState,
          HoldingState, CashState, ParticipantChanged, SessionChanged, SourceChanged, Configured,
          Ticked, Refused, EngineStartedEvent>;

// Whether an event is about an order, so that its terms mean something.
template <class E>
constexpr bool about_order = requires(E e) {
    e.leaves;
}
|| std::same_as<E, Accepted> || std::same_as<E, Trade>;

// All fields of a record, head first.
template <class Visit, class Record>
void describe_all(Visit& visit, Record& record) {
    if constexpr (is_event<Record> && requires { record.head.terms; }) {
        describe_head(visit, record.head, about_order<Record> ? Show::always : Show::when_set);
    } else {
        describe_head(visit, record.head);
    }
    describe(visit, record);
}

template <class T>
bool is_set(const T& value) {
    return value != T{};
}
bool is_set(const SerialRange& range) {
    return index(range.lot) != 0 || range.count != 0 || range.first != 0;
}

class Writer {
public:
    explicit Writer(const Names& names) : names_(names) {}
    template <class T>
    void operator()(const char* key, const T& value, Show show = Show::when_set) {
        fields.push_back({key, value_text(value, names_), show == Show::always || is_set(value)});
    }
    template <class T>
    void with_default(const char* key, const T& value, const T& usual) {
        fields.push_back({key, value_text(value, names_), value != usual});
    }
    std::vector<Field> fields;

private:
    const Names& names_;
};

// Finds the first text with a control character.
class ControlFinder {
public:
    template <class T>
    void operator()(const char*, const T&, Show = Show::when_set) {}
    template <std::size_t N>
    void operator()(const char* key, const Text<N>& value, Show = Show::when_set) {
        const auto is_control = [](unsigned char c) { return c < ' ' || c == 127; };
        const std::string_view text = value.view();
        const bool has_control = std::any_of(text.begin(), text.end(), is_control);
        if (has_control && found.empty()) found = key;
    }
    template <class T>
    void with_default(const char*, const T&, const T&) {}
    std::string found;
};

// Takes the values out of a line's fields; each that was used loses its key.
class Reader {
public:
    Reader(const Names& names, std::vector<Field>& fields, std::string& error)
        : names_(names), fields_(fields), error_(error) {}
    template <class T>
    void operator()(const char* key, T& value, Show = Show::when_set) {
        known.append(known.empty() ? "" : ", ").append(key);
        for (Field& field : fields_) {
            if (field.key != key) continue;
            const std::string expected = from_text(field.value, names_, value);
            if (!expected.empty() && error_.empty()) {
                error_ = field_text(field) + ": expected " + expected;
            }
            field.key.clear();
            return;
        }
    }
    template <class T>
    void with_default(const char* key, T& value, const T& usual) {
        value = usual;
        (*this)(key, value);
    }
    std::string known;  // the fields that the record has

private:
    const Names& names_;
    std::vector<Field>& fields_;
    std::string& error_;
};

template <class All, class Head>
std::vector<Field> all_fields(const Head& head, const Names& names) {
    Writer writer(names);
    All::with(head.type, [&]<class Record>() {
        Record copy = reinterpret_cast<const Record&>(head);
        describe_all(writer, copy);
    });
    return writer.fields;
}

template <class All, class Head>
std::string line(const Head& head, const Names& names) {
    std::string text = type_text(head.type);
    for (const Field& field : all_fields<All>(head, names)) {
        if (field.shown) text.append(" ").append(field_text(field));
    }
    return text;
}

template <class All, class Type, class Room>
Room empty(Type type) {
    Room room;
    room.head.slots = 0;
    All::with(type, [&]<class Record>() {
        room.head.type = type;
        room.head.slots = (sizeof(Record) / limits::slot_bytes) & 15;
    });
    return room;
}

template <class All, class Type, class Room>
bool parse(std::string_view text, const Names& names, Room& out, std::string& error) {
    std::string word;
    std::vector<Field> fields;
    error.clear();
    if (!split(text, word, fields, error)) return false;
    Type type{};
    if (!enum_from_text(word, type) || (out = empty<All, Type, Room>(type)).head.slots == 0) {
        error = "'" + word + "' is nothing this venue knows: expected one of " + enum_words<Type>();
        return false;
    }
    All::with(type, [&]<class Record>() {
        Reader reader(names, fields, error);
        describe_all(reader, reinterpret_cast<Record&>(out));
        for (const Field& field : fields) {
            if (field.key.empty() || !error.empty()) continue;
            error = word + " has no field '" + field.key + "': it has " + reader.known;
        }
    });
    return error.empty();
}

bool must_be_quoted(std::string_view value) {
    if (value.empty()) return true;
    for (const char c : value) {
        if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\\' || c == '=' || c == 127) {
            return true;
        }
    }
    return false;
}

// What stands in double quotes; text begins behind the first one and is moved behind the last.
bool unquote(std::string_view& text, std::string& value) {
    while (!text.empty() && text.front() != '"') {
        char c = text.front();
        text.remove_prefix(1);
        if (c == '\\') {
            if (text.empty()) return false;
            c = text.front();
            text.remove_prefix(1);
            if (c == 'x') {
                unsigned char byte = 0;
                const auto [end, failed] = std::from_chars(
                    text.data(), text.data() + std::min<std::size_t>(2, text.size()), byte, 16);
                if (failed != std::errc() || end != text.data() + 2) return false;
                text.remove_prefix(2);
                c = static_cast<char>(byte);
            }
        }
        value.push_back(c);
    }
    if (text.empty()) return false;
    text.remove_prefix(1);
    return text.empty() || text.front() == ' ';
}

}  // namespace

bool split(std::string_view line, std::string& type, std::vector<Field>& fields,
           std::string& error) {
    const auto skip_spaces = [&line] {
        line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    };
    skip_spaces();
    type = line.substr(0, line.find(' '));
    line.remove_prefix(type.size());
    fields.clear();
    for (skip_spaces(); !line.empty(); skip_spaces()) {
        if (line.starts_with('#')) return true;  // a remark
        const std::string_view word = line.substr(0, line.find(' '));
        const std::size_t equals = word.find('=');
        if (equals == word.npos || equals == 0) {
            error = "'" + std::string(word) + "' is not key=value";
            return false;
        }
        Field field{std::string(word.substr(0, equals)), ""};
        line.remove_prefix(equals + 1);
        if (line.starts_with('"')) {
            line.remove_prefix(1);
            if (!unquote(line, field.value)) {
                error = field.key +
                        ": expected a closing quote and then a space; inside, only "
                        "\\\" \\\\ and \\xHH after a backslash";
                return false;
            }
        } else {
            field.value = line.substr(0, line.find(' '));
            line.remove_prefix(field.value.size());
        }
        for (const Field& before : fields) {
            if (before.key != field.key) continue;
            error = field.key + " is given twice";
            return false;
        }
        fields.push_back(std::move(field));
    }
    return true;
}

std::string field_text(const Field& field) {
    std::string text = field.key + "=";
    if (!must_be_quoted(field.value)) return text + field.value;
    text += '"';
    for (const char c : field.value) {
        if (static_cast<unsigned char>(c) < ' ' || c == 127) {
            constexpr char digits[] = "0123456789abcdef";
            text.append({'\\', 'x', digits[c >> 4 & 15], digits[c & 15]});
            continue;
        }
        if (c == '"' || c == '\\') text += '\\';
        text += c;
    }
    return text + '"';
}

std::string to_text(const CommandHead& command, const Names& names) {
    return line<Commands>(command, names);
}
std::string to_text(const EventHead& event, const Names& names) {
    return line<Events>(event, names);
}
std::string text_with_control(const CommandHead& command) {
    ControlFinder finder;
    Commands::with(command.type, [&]<class Record>() {
        Record copy = reinterpret_cast<const Record&>(command);
        describe_all(finder, copy);
    });
    return finder.found;
}
bool parse_command(std::string_view line, const Names& names, Command& out, std::string& error) {
    return parse<Commands, CommandType>(line, names, out, error);
}
bool parse_event(std::string_view line, const Names& names, Event& out, std::string& error) {
    return parse<Events, EventType>(line, names, out, error);
}
std::vector<Field> fields_of(const EventHead& event, const Names& names) {
    return all_fields<Events>(event, names);
}
std::string type_text(CommandType type) { return enum_text(type); }
std::string type_text(EventType type) { return enum_text(type); }
Command empty_command(CommandType type) { return empty<Commands, CommandType, Command>(type); }
Event empty_event(EventType type) { return empty<Events, EventType, Event>(type); }

}  // namespace carbonx
