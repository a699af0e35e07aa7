// The operators' socket from outside: sends commands and gets back what they caused.
//
// Threads: one; each call waits for the engine's answer, 30 seconds at most.
// Always: when send() returns, the command and its events are durable.
#pragma once

#include <string>
#include <vector>

#include "engine/api/event.h"
#include "engine/api/settings.h"
#include "engine/operators.h"

namespace carbonx::tools {

class OperatorsClient {
public:
    struct Answer {
        uint64_t sequence = 0;
        Event event;
    };

    // Throws std::runtime_error when no engine listens there.
    explicit OperatorsClient(const Settings& settings);
    ~OperatorsClient();
    OperatorsClient(const OperatorsClient&) = delete;
    OperatorsClient& operator=(const OperatorsClient&) = delete;

    // Does one command. Throws std::runtime_error with the engine's own line when it was not taken;
    // a rule's refusal is an event, not an exception.
    std::vector<Answer> send(const CommandHead& command);
    // A line for each value, name=value.
    std::string status();

    // The refusal among a command's events, or Reject::none.
    static Reject refusal(const std::vector<Answer>& answers);

private:
    void request(operators::Kind kind, const void* data, std::size_t bytes);
    operators::MessageHead receive(Event& body, std::string& text);
    void receive(void* data, std::size_t bytes);

    int socket_ = -1;
};

}  // namespace carbonx::tools
