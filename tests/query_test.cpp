// Account queries (rule S8), where a scenario cannot tell: how long an answer may be, and that
// asking changes nothing.
#include <catch2/catch.hpp>

#include "engine/api/version.h"
#include "tests/twins.h"
#include "tests/world.h"

namespace carbonx::tests {
namespace {

AccountQuery query(SessionId session, AccountContent content, AccountId account = {}) {
    auto command = make_command<AccountQuery>(session);
    command.content = content;
    command.account = account;
    command.client_id = ClientId("q1");
    return command;
}

// The exchange and the reference, with one firm of many accounts.
class ManyAccounts {
public:
    ManyAccounts() : twins_(capacities()) {
        auto configure = make_command<Configure>();
        configure.venue = 1;
        configure.capacities = capacities();
        apply(configure, Source::sequencer);
        auto started = make_command<EngineStarted>();
        started.rules = rules_version;
        apply(started, Source::sequencer);
        auto participant = make_command<ListParticipant>();
        participant.participant_class = ParticipantClass::house;
        participant.open_orders_max = 1;
        participant.name = Text<24>("FIRM");
        apply(participant, Source::operators);
        auto session = make_command<ListSession>();
        session.participant = ParticipantId{1};
        session.source = Source::gateway;
        session.name = Text<24>("FIRM");
        apply(session, Source::operators);
        apply(make_command<SessionUp>(SessionId{1}), Source::gateway);
    }

    void list_account() {
        auto account = make_command<ListAccount>();
        account.participant = ParticipantId{1};
        account.name = Text<24>("A" + std::to_string(++accounts_));
        apply(account, Source::operators);
    }
    template <class T>
    const std::vector<Event>& apply(const T& record, Source source = Source::gateway) {
        Command command{};
        std::memcpy(static_cast<void*>(&command), &record, sizeof record);
        command.head.source = source;
        command.head.time_ns = ++time_ns_;
        return twins_.apply(command.head);
    }

private:
    static Capacities capacities() {
        Capacities capacities;
        capacities.accounts = limits::answer_rows_max;
        return capacities;
    }
    Twins twins_;
    uint32_t accounts_ = 0;
    uint64_t time_ns_ = 0;
};

void begin_rules(World& world) {
    auto started = make_command<EngineStarted>();
    started.rules = rules_version;
    world.apply(started, Source::sequencer);
}

}  // namespace

TEST_CASE("queries: an answer has at most 4,096 rows; of one account it is always given") {
    ManyAccounts market;
    for (uint32_t i = 0; i < limits::answer_rows_max / 2; ++i) market.list_account();
    const auto all = query(SessionId{1}, AccountContent::cash);

    const std::vector<Event> longest = market.apply(all);
    REQUIRE(longest.size() == 1 + limits::answer_rows_max);
    CHECK(as_event<AccountState>(longest.front().head).count == limits::answer_rows_max);
    CHECK(as_event<CashState>(longest[1].head).remaining == limits::answer_rows_max - 1);
    CHECK(as_event<CashState>(longest.back().head).remaining == 0);

    market.list_account();
    const std::vector<Event> refused = market.apply(all);
    REQUIRE(refused.size() == 1);
    CHECK(as_event<Rejected>(refused.front().head).reason == Reject::answer_too_long);
    CHECK(market.apply(query(SessionId{1}, AccountContent::cash, AccountId{7})).size() == 3);
}

TEST_CASE("queries: asking changes nothing") {
    World asked;
    World silent;
    begin_rules(asked);
    begin_rules(silent);
    const auto order = asked.order(World::alpha, Side::sell, 100'000, 10);
    asked.apply(order);
    silent.apply(order);

    // Two commands of the gateway each: the one a query, the other a status that finds nothing.
    CHECK(asked.apply(query(World::alpha, AccountContent::holdings)).size() == 2);
    CHECK(asked.apply(query(World::alpha, AccountContent::cash)).size() == 3);
    auto status = make_command<OrderStatus>(World::alpha);
    status.order_id = OrderId{7};
    silent.apply(status);
    silent.apply(status);
    CHECK(asked.exchange.state_hash() == silent.exchange.state_hash());
}

TEST_CASE("queries: of another firm's account no more is told than of one that does not exist") {
    World world;
    begin_rules(world);
    const auto refusal = [&](AccountId account) {
        world.apply(query(World::alpha, AccountContent::holdings, account));
        REQUIRE(world.event_count() == 1);
        Rejected rejected = world.event<Rejected>(0);
        CHECK(rejected.account == account);  // as asked
        rejected.account = {};
        rejected.head.command = rejected.head.time_ns = 0;
        return rejected;
    };
    const Rejected others = refusal(World::beta_account);
    const Rejected nobodys = refusal(AccountId{99});
    CHECK(others.reason == Reject::account_unknown);
    CHECK(std::memcmp(&others, &nobodys, sizeof others) == 0);
}

}  // namespace carbonx::tests
