// The messages that waited for the exchange: the gateway's part of waiting.h.
#include <spdlog/spdlog.h>

#include <exception>

#include "gateway/gateway.h"

namespace carbonx::gateway {
namespace {

constexpr std::size_t waiting_a_poll = 64;  // of each session: each is stored on its own

}  // namespace

std::size_t Gateway::serve_waiting() {
    std::size_t served = 0;
    std::erase_if(with_waiting_, [&](SessionIndex session) {
        WaitingMessages& waiting = *clients_[session].waiting;
        for (std::size_t count = 0; count < waiting_a_poll && !waiting.empty(); ++count) {
            waiting_.parse(waiting.front().text);
            if (!handle_waiting(session, waiting.front().arrival)) break;
            // Without its answer in the store it must not count as taken.
            if (!sessions_.write_stores()) stop_if_failed();
            waiting.pop();
            ++served;
        }
        return waiting.empty();
    });
    return served;
}

// It is in the file: what it throws would stop the gateway now and at each start.
bool Gateway::handle_waiting(SessionIndex session, const Arrival& arrival) {
    try {
        return handle(session, waiting_, arrival);
    } catch (const std::exception& error) {
        spdlog::error("fix {}: message {}, which waited, is refused: {}", clients_[session].comp_id,
                      arrival.msg_seq_num, error.what());
    }
    constexpr int other = 0;
    reject(session, waiting_, other, "the message waited and then could not be read");
    return true;
}

}  // namespace carbonx::gateway
