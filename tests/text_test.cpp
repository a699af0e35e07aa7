// The common text form: every record, every field, there and back; and what it refuses.
#include <catch2/catch.hpp>
#include <random>

#include "engine/api/decimal.h"
#include "engine/text/text.h"
#include "engine/text/text_fields.h"

namespace carbonx::tests {

namespace {

// Fills every field of a record at random: the same table as the text form, another visitor.
class Randomizer {
public:
    explicit Randomizer(uint64_t seed) : random_(seed) {}
    template <class T>
    void operator()(const char*, T& value, Show = Show::when_set) {
        if (random_() % 4 != 0) set(value);
    }
    template <class T>
    void with_default(const char*, T& value, const T& usual) {
        value = usual;
        if (random_() % 4 == 0) set(value);
    }

private:
    void set(bool& value) { value = random_() % 2 != 0; }
    void set(SerialRange& value) {
        value.lot = static_cast<LotId>(random_());
        value.first = random_();
        value.count = static_cast<uint32_t>(random_());
    }
    template <std::size_t N>
    void set(Text<N>& value) {
        const std::size_t size = random_() % (N + 1);
        for (std::size_t i = 0; i < size; ++i) {
            value.bytes[i] = static_cast<char>(random_() % 255 + 1);
        }
    }
    template <std::integral T>
    void set(T& value) {
        value = static_cast<T>(random_() >> random_() % 64);
    }
    template <class E>
    requires std::is_enum_v<E>
    void set(E& value) { value = static_cast<E>(random_() >> random_() % 64); }
    template <class T>
    requires requires(T value) { value.value; }
    void set(T& value) { set(value.value); }
    std::mt19937_64 random_;
};

template <class Record, class Room>
Room random_record(Room room, uint64_t seed) {
    Randomizer randomizer(seed);
    auto& record = reinterpret_cast<Record&>(room);
    if constexpr (is_event<Record> && requires { record.head.terms; }) {
        describe_head(randomizer, record.head, Show::always);
    } else {
        describe_head(randomizer, record.head);
    }
    describe(randomizer, record);
    return room;
}

template <class Record>
void commands_round_trip() {
    for (uint64_t seed = 0; seed < 300; ++seed) {
        const Command command = random_record<Record>(empty_command(Record::type), seed);
        const std::string text = to_text(command.head, Names{});
        CAPTURE(seed, text);
        Command read;
        std::string error;
        REQUIRE(parse_command(text, Names{}, read, error));
        REQUIRE(std::memcmp(&read, &command, sizeof command) == 0);
    }
}
template <class Record>
void events_round_trip() {
    for (uint64_t seed = 0; seed < 300; ++seed) {
        const Event event = random_record<Record>(empty_event(Record::type), seed);
        const std::string text = to_text(event.head, Names{});
        CAPTURE(seed, text);
        Event read;
        std::string error;
        REQUIRE(parse_event(text, Names{}, read, error));
        REQUIRE(std::memcmp(&read, &event, sizeof event) == 0);
    }
}

template <class... Records>
void all_commands_round_trip() {
    (commands_round_trip<Records>(), ...);
    REQUIRE(sizeof...(Records) == words(CommandType{}).size());
}
template <class... Records>
void all_events_round_trip() {
    (events_round_trip<Records>(), ...);
    REQUIRE(sizeof...(Records) == words(EventType{}).size());
}

std::string error_of(std::string_view line) {
    Command command;
    std::string error;
    REQUIRE_FALSE(parse_command(line, Names{}, command, error));
    return error;
}

template <class Record, class Id>
void learn(Names& names, Id id, void (*fill)(Record&)) {
    Event room = empty_event(Record::type);
    auto& event = reinterpret_cast<Record&>(room);
    if constexpr (std::same_as<Id, CounterId>) {
        event.head.counter = id;
    } else {
        event.id = id;
    }
    fill(event);
    names.observe(event.head);
}

}  // namespace

TEST_CASE("text: every command is read from its text as the same bytes") {
    all_commands_round_trip<NewOrder, CancelOrder, ReplaceOrder, MassCancel, OrderStatus,
                            AccountQuery, SessionUp, SessionDown, ListParticipant, ListAccount,
                            ListSession, ListProject, ListInstrument, ListCounter, DepositCredits,
                            WithdrawCredits, DepositCash, WithdrawCash, SetPhase, HaltCounter,
                            ResumeCounter, DisableParticipant, EnableParticipant, ChangeLabels,
                            Configure, SourceUp, SourceDown, carbonx::Tick, EngineStarted>();
}

TEST_CASE("text: every event is read from its text as the same bytes") {
    all_events_round_trip<Accepted, Rejected, Trade, Delivery, Rested, Cancelled, Replaced,
                          OrderState, MassCancelled, Restated, PhaseChanged, CounterHalted,
                          CounterResumed, ReferenceChanged, ParticipantListed, AccountListed,
                          SessionListed, ProjectListed, InstrumentListed, CounterListed,
                          LabelsChanged, CreditsDeposited, CreditsWithdrawn, CashMoved,
                          AccountState, HoldingState, CashState, ParticipantChanged, SessionChanged,
                          SourceChanged, Configured, Ticked, Refused, EngineStartedEvent>();
}

TEST_CASE("text: an order reads as a sentence, with names for ids") {
    Names names;
    learn<SessionListed>(names, SessionId{3},
                         [](SessionListed& e) { e.listing.name = Text<24>("BROKER1"); });
    learn<AccountListed>(names, AccountId{2},
                         [](AccountListed& e) { e.listing.name = Text<24>("ALPHA"); });
    learn<CounterListed>(names, CounterId{9},
                         [](CounterListed& e) { e.listing.symbol = Symbol("V415024H"); });
    auto order = make_command<NewOrder>(SessionId{3}, CounterId{9});
    order.account = AccountId{2};
    order.quantity = Quantity{100};
    order.price = Price{100'500};
    order.client_id = ClientId("A 1");
    const std::string text = to_text(order.head, names);
    REQUIRE(text ==
            "new_order session=BROKER1 counter=V415024H account=ALPHA side=buy type=limit "
            "time_in_force=day quantity=100 price=10.05 client_id=\"A 1\"");
    Command read;
    std::string error;
    REQUIRE(parse_command(text, names, read, error));
    REQUIRE(std::memcmp(&read, &order, sizeof order) == 0);
}

TEST_CASE("text: a time is a date or a duration since 1970") {
    const auto time_of = [](std::string_view line) {
        Command command;
        std::string error;
        REQUIRE(parse_command(line, Names{}, command, error));
        return command.head.time_ns;
    };
    REQUIRE(time_of("tick time=2026-11-24T09:30:00.5Z") == 1'795'512'600'500'000'000);
    REQUIRE(time_of("tick time=1795512600500000000") == 1'795'512'600'500'000'000);
    REQUIRE(time_of("tick time=5ms") == 5'000'000);
    auto tick = make_command<carbonx::Tick>();
    tick.head.time_ns = 1'795'512'600'500'000'000;
    REQUIRE(to_text(tick.head, Names{}) == "tick time=2026-11-24T09:30:00.5Z");
}

TEST_CASE("text: a refusal says what is wrong and what is expected") {
    REQUIRE_THAT(error_of("buy quantity=1"), Catch::Contains("'buy' is nothing this venue knows"));
    REQUIRE_THAT(error_of("cancel_order prize=1"),
                 Catch::Contains("cancel_order has no field 'prize': it has time, source"));
    REQUIRE(error_of("new_order price=1.00001") ==
            "price=1.00001: expected a decimal number with at most 4 decimals");
    REQUIRE(error_of("new_order price=300000") ==
            "price=300000: expected a price below 214748.3648");
    REQUIRE(error_of("new_order quantity=-1") ==
            "quantity=-1: expected a whole number up to 4294967295");
    REQUIRE(error_of("new_order side=left") == "side=left: expected one of buy, sell");
    REQUIRE(error_of("new_order session=NOBODY") ==
            "session=NOBODY: expected a listed name, or # and its number");
    REQUIRE(error_of("new_order client_id=123456789012345678901") ==
            "client_id=123456789012345678901: expected a text of at most 20 bytes");
    REQUIRE(error_of("cancel_order order_id=7") ==
            "order_id=7: expected an order id as slot.generation");
    REQUIRE(error_of("tick time=24:00") ==
            "time=24:00: expected a time as 2026-11-24T09:30:00.5Z, or since 1970 as 5s or "
            "nanoseconds");
    REQUIRE(error_of("tick now") == "'now' is not key=value");
    REQUIRE(error_of("tick time=1 time=2") == "time is given twice");
    REQUIRE_THAT(error_of("list_account name=\"A"), Catch::Contains("closing quote"));
}

TEST_CASE("decimal: four decimals, exactly, over the whole range") {
    REQUIRE(parse_decimal("10.05") == 100'500);
    REQUIRE(parse_decimal("10.050000") == 100'500);
    REQUIRE(parse_decimal("-0.0001") == -1);
    REQUIRE(parse_decimal("7.") == 70'000);
    REQUIRE(parse_decimal(".5") == 5'000);
    for (const std::string_view bad : {"", "-", ".", "1.00001", "1e3", "+1", " 1", "1,5", "1.2.3",
                                       "922337203685477.5808", "99999999999999999999"}) {
        CAPTURE(bad);
        REQUIRE_FALSE(parse_decimal(bad));
    }
    REQUIRE(decimal_text(100'500) == "10.05");
    REQUIRE(decimal_text(-1) == "-0.0001");
    REQUIRE(decimal_text(0) == "0.00");
    std::mt19937_64 random(1);
    for (int i = 0; i < 100'000; ++i) {
        const auto value = static_cast<int64_t>(random() >> random() % 64);
        REQUIRE(parse_decimal(decimal_text(value)) == value);
    }
    REQUIRE(parse_decimal(decimal_text(INT64_MIN)) == INT64_MIN);
}

}  // namespace carbonx::tests
