// The gateway's directory: what is listed, whose it is, and who is disabled, as the events told.
#include <catch2/catch.hpp>

#include "gateway/directory.h"

namespace carbonx::tests {
namespace {

using gateway::Directory;

ParticipantListed participant(uint16_t id, std::string_view name) {
    ParticipantListed event;
    event.head.type = ParticipantListed::type;
    event.id = ParticipantId{id};
    event.listing.name = Text<24>(name);
    return event;
}
AccountListed account(uint32_t id, std::string_view name, uint16_t participant) {
    AccountListed event;
    event.head.type = AccountListed::type;
    event.id = AccountId{id};
    event.listing.name = Text<24>(name);
    event.listing.participant = ParticipantId{participant};
    return event;
}
SessionListed session(uint16_t id, std::string_view comp_id, uint16_t participant) {
    SessionListed event;
    event.head.type = SessionListed::type;
    event.id = SessionId{id};
    event.listing.name = Text<24>(comp_id);
    event.listing.participant = ParticipantId{participant};
    event.listing.source = Source::gateway;
    return event;
}
ParticipantChanged changed(uint16_t id, bool enabled) {
    ParticipantChanged event;
    event.head.type = ParticipantChanged::type;
    event.participant = ParticipantId{id};
    event.enabled = enabled;
    return event;
}

}  // namespace

TEST_CASE("directory: an account and a session belong to the participant of their listing") {
    Directory directory;
    directory.apply(participant(1, "FIRM1").head);
    directory.apply(participant(2, "FIRM2").head);
    directory.apply(account(1, "FIRM1-A", 1).head);
    directory.apply(account(2, "FIRM2-A", 2).head);
    directory.apply(account(3, "FIRM1-B", 1).head);
    directory.apply(session(1, "BROKER2", 2).head);

    CHECK(directory.owner(AccountId{1}) == ParticipantId{1});
    CHECK(directory.owner(AccountId{2}) == ParticipantId{2});
    CHECK(directory.owner(directory.account("FIRM1-B")) == ParticipantId{1});
    CHECK(directory.owner(SessionId{1}) == ParticipantId{2});
    CHECK(directory.owner(directory.account("FIRM3-A")) == ParticipantId{});
    CHECK(directory.owner(AccountId{4}) == ParticipantId{});
    CHECK(directory.owner(SessionId{2}) == ParticipantId{});
    CHECK(directory.participant(ParticipantId{2})->name.view() == "FIRM2");
    CHECK(directory.participant(ParticipantId{3}) == nullptr);
    CHECK(directory.account_name(AccountId{3}) == "FIRM1-B");
}

TEST_CASE("directory: a participant is disabled by the kill switch until it is enabled again") {
    Directory directory;
    directory.apply(participant(1, "FIRM1").head);
    directory.apply(participant(2, "FIRM2").head);

    CHECK(directory.participant(ParticipantId{2})->enabled);
    directory.apply(changed(2, false).head);
    CHECK_FALSE(directory.participant(ParticipantId{2})->enabled);
    CHECK(directory.participant(ParticipantId{1})->enabled);
    directory.apply(changed(2, true).head);
    CHECK(directory.participant(ParticipantId{2})->enabled);
}

TEST_CASE("directory: an instrument is found by its name, which its counters share") {
    Directory directory;
    InstrumentListed event;
    event.head.type = InstrumentListed::type;
    event.id = InstrumentId{3};
    event.listing.name = Text<8>("V415024");
    event.listing.vintage = 2024;
    directory.apply(event.head);

    CHECK(directory.instrument("V415024") == InstrumentId{3});
    CHECK(directory.instrument(InstrumentId{3})->name.view() == "V415024");
    CHECK(directory.instrument("V415023") == InstrumentId{});
}

TEST_CASE("directory: an instrument's labels are those of the last change") {
    Directory directory;
    for (const auto id : {InstrumentId{1}, InstrumentId{2}}) {
        InstrumentListed listed;
        listed.head.type = InstrumentListed::type;
        listed.id = id;
        listed.listing.labels = label_ccb;
        directory.apply(listed.head);
    }
    LabelsChanged event;
    event.head.type = LabelsChanged::type;
    event.instrument = InstrumentId{2};
    event.labels = label_icvcm_ccp | label_corsia;
    event.previous = label_ccb;
    directory.apply(event.head);
    CHECK(directory.instrument(InstrumentId{2})->labels == (label_icvcm_ccp | label_corsia));
    CHECK(directory.instrument(InstrumentId{1})->labels == label_ccb);
}

TEST_CASE("directory: a counter's halt has its reason until it is resumed") {
    Directory directory;
    CounterListed listed;
    listed.head.type = CounterListed::type;
    listed.head.counter = CounterId{1};
    listed.listing.symbol = Symbol("V415024H");
    directory.apply(listed.head);
    CounterHalted halted;
    halted.head.type = CounterHalted::type;
    halted.head.counter = CounterId{1};
    halted.reason = Text<4>("NEWS");
    CHECK_FALSE(directory.counter(CounterId{1})->halted);
    directory.apply(halted.head);
    CHECK(directory.counter("V415024H")->halted);
    CHECK(directory.counter("V415024H")->halt_reason.view() == "NEWS");
    CounterResumed resumed;
    resumed.head.type = CounterResumed::type;
    resumed.head.counter = CounterId{1};
    directory.apply(resumed.head);
    CHECK_FALSE(directory.counter("V415024H")->halted);
    CHECK(directory.counter("V415024H")->halt_reason.view().empty());
}

}  // namespace carbonx::tests
