// The operators' socket: who may come in, and what they are told.

#include <unistd.h>
#include <catch2/catch.hpp>
#include <future>

#include "engine/operators.h"
#include "engine/status.h"
#include "tests/engine_host.h"
#include "tools/operators_client.h"

using namespace carbonx;
using carbonx::tests::EngineHost;
using carbonx::tools::OperatorsClient;

namespace {

// An engine whose socket answers on a thread of its own, while the test polls the rest.
class Served {
public:
    explicit Served(EngineHost& host) : host_(host) {
        host.start();
        host.settle();
        operators_ = std::make_unique<Operators>(host.settings, host.engine(), [&] {
            return status_text(host.settings, host.engine(), 0);
        });
        thread_ = std::thread([this] { operators_->run(); });
    }
    ~Served() {
        operators_->stop();
        thread_.join();
    }
    // What the client says, with the engine at work meanwhile.
    template <class Say>
    auto ask(Say say) {
        auto answer = std::async(std::launch::async, [this, say] {
            OperatorsClient client(host_.settings);
            return say(client);
        });
        while (answer.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
            host_.settle();
        return answer.get();
    }

private:
    EngineHost& host_;
    std::unique_ptr<Operators> operators_;
    std::thread thread_;
};

ListParticipant participant(const char* name) {
    auto command = make_command<ListParticipant>();
    command.participant_class = ParticipantClass::house;
    command.open_orders_max = 1;
    command.name = Text<24>(name);
    return command;
}

std::string complaint(const std::function<void()>& action) {
    try {
        action();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("operators: a command is answered by the events that it caused, and by no others") {
    EngineHost host;
    Served served(host);
    const auto answers =
        served.ask([](OperatorsClient& client) { return client.send(participant("A").head); });
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].event.head.type == EventType::participant_listed);
    CHECK(OperatorsClient::refusal(answers) == Reject::none);

    const auto again =
        served.ask([](OperatorsClient& client) { return client.send(participant("A").head); });
    REQUIRE(again.size() == 1);
    CHECK(OperatorsClient::refusal(again) == Reject::already_listed);
    CHECK(again[0].sequence > answers[0].sequence);
}

TEST_CASE("operators: many at once each get their own answers") {
    EngineHost host;
    Served served(host);
    const auto all = served.ask([&](OperatorsClient&) {
        std::vector<std::future<bool>> clients;
        for (int i = 0; i < 8; ++i) {
            clients.push_back(std::async(std::launch::async, [&host, i] {
                OperatorsClient client(host.settings);
                for (int n = 0; n < 5; ++n) {
                    const std::string name = "P" + std::to_string(i) + "-" + std::to_string(n);
                    const auto answers = client.send(participant(name.c_str()).head);
                    if (answers.size() != 1 ||
                        as_event<ParticipantListed>(answers[0].event.head).listing.name.view() !=
                            name) {
                        return false;
                    }
                }
                return true;
            }));
        }
        bool right = true;
        for (auto& client : clients) right = client.get() && right;
        return right;
    });
    CHECK(all);
}

TEST_CASE("operators: a user who is none gets one line and nothing else") {
    EngineHost host;
    host.settings.engine.operators = {{::getuid() + 1, "somebody else"}};
    Served served(host);
    const std::string line = served.ask([](OperatorsClient& client) {
        return complaint([&] { client.send(participant("A").head); });
    });
    CHECK(line == "user " + std::to_string(::getuid()) +
                      " is not an operator: add an [[engine.operators]] entry with this uid to the "
                      "settings and "
                      "restart the engine");
}

TEST_CASE("operators: a broker's or the sequencer's command is not taken from them") {
    EngineHost host;
    Served served(host);
    const uint64_t before = host.engine().status().next_command;
    const auto refused = [&](const CommandHead& command) {
        return served.ask(
            [&](OperatorsClient& client) { return complaint([&] { client.send(command); }); });
    };
    CHECK(refused(make_command<NewOrder>().head) == "operators do not send such a command");
    CHECK(refused(make_command<SourceDown>().head) == "operators do not send such a command");
    auto shortened = participant("A");
    shortened.head.slots = 1;
    CHECK(refused(shortened.head) == "operators do not send such a command");
    CHECK(host.engine().status().next_command == before);
}

TEST_CASE("operators: every command of theirs is taken from them") {
    const auto first = static_cast<uint8_t>(CommandType::list_participant);
    const auto last = static_cast<uint8_t>(CommandType::configure) - 1;
    for (int value = first; value <= last; ++value) {
        const auto type = static_cast<CommandType>(value);
        CAPTURE(value);
        CHECK((operators::verb_of(type) != nullptr) == (slots_of(type) != 0));
    }
}

TEST_CASE("operators: no text has a control character, which would end a field of FIX") {
    EngineHost host;
    Served served(host);
    const uint64_t before = host.engine().status().next_command;
    const auto refused = [&](const CommandHead& command) {
        return served.ask(
            [&](OperatorsClient& client) { return complaint([&] { client.send(command); }); });
    };
    auto halt = make_command<HaltCounter>();
    halt.reason = Text<4>("A\0011");
    CHECK(refused(halt.head) == "reason has a control character: leave it out");
    auto project = make_command<ListProject>();
    project.name = Text<96>("Peat\00158=all is well");
    CHECK(refused(project.head) == "name has a control character: leave it out");
    project.name = Text<96>("Peat");
    project.methodology = Text<96>("VM0007\n");
    CHECK(refused(project.head) == "methodology has a control character: leave it out");
    auto deposit = make_command<DepositCash>();
    deposit.reference = Text<24>("wire\x7f");
    CHECK(refused(deposit.head) == "reference has a control character: leave it out");
    auto cancel = make_command<MassCancel>();
    cancel.client_id = ClientId("\t");
    CHECK(refused(cancel.head) == "client_id has a control character: leave it out");
    CHECK(host.engine().status().next_command == before);

    const auto answers = served.ask(
        [](OperatorsClient& client) { return client.send(participant("Île verte \"A\"").head); });
    CHECK(OperatorsClient::refusal(answers) == Reject::none);
}

TEST_CASE("operators: the status names phase, cursors, rings, readers, threads, memory and disk") {
    EngineHost host;
    Served served(host);
    const std::string status = served.ask([](OperatorsClient& client) { return client.status(); });
    for (const char* line :
         {"venue=test\n", "phase=closed\n", "trading_day=none yet\n", "durability=disk\n",
          "durable=", "ring.operators=0 of 4096 slots, ", "ring.gateway-1=0 of 256 slots, ",
          "reader.operators=", "thread.", "memory.anonymous=", "disk_left=", "uptime="}) {
        CAPTURE(line);
        CHECK(status.find(line) != std::string::npos);
    }
}

TEST_CASE("operators: without an engine the client says so, and the mend") {
    const EngineHost host;
    CHECK(complaint([&] { OperatorsClient client(host.settings); }).find("no engine answers at ") ==
          0);
}
