// The operators' way in: a Unix socket that knows who they are by their user ids, and the one
// writer of the operators' ring. engine/README.md has the protocol as a table.
//
// Threads: run() on an ordinary thread of its own; stop() from any.
// Always: one command is under way at a time, and its answer is sent when it is durable; a user who
// is not an operator gets one line and nothing else.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/api/command.h"
#include "engine/api/settings.h"

namespace carbonx {

class Engine;

namespace operators {

// Each message in both directions is this head and that many bytes behind it.
enum class Kind : uint32_t {
    command = 1,  // in: a command record
    status = 2,   // in: nothing
    event = 3,    // out: an event record that the command caused
    done = 4,     // out: nothing; all events of the command have been sent
    text = 5,     // out: the status, a line for each value: name=value
    refused = 6,  // out: one line for a person; the request was not done
};

struct MessageHead {
    Kind kind{};
    uint32_t bytes = 0;
    uint64_t sequence = 0;  // of the event; of a done, the command's source sequence; 0 elsewhere
};
static_assert(sizeof(MessageHead) == 16);

// A type of command that operators send: its name as the logs have it, and its record's size.
struct Verb {
    CommandType type{};
    std::string_view name;
    uint8_t slots = 0;
};
// nullptr when operators do not send it.
const Verb* verb_of(CommandType type);

}  // namespace operators

class Operators {
public:
    // Listens at operator_socket(settings). Throws std::system_error. status() gives the text.
    Operators(const Settings& settings, Engine& engine, std::function<std::string()> status);
    ~Operators();

    void run();  // until stop()
    void stop();

private:
    class Server;
    std::unique_ptr<Server> server_;
};

}  // namespace carbonx
