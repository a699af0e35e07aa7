#include "tools/listen_lines.h"

#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <system_error>

#include "tools/feed_text.h"

namespace carbonx::tools {
namespace {

void check(bool written) {
    if (!written) throw std::system_error(errno, std::generic_category(), "standard output");
}

}  // namespace

void print(const std::string& text) {
    check(std::fwrite(text.data(), 1, text.size(), stdout) == text.size());
}

void flush_output() { check(std::fflush(stdout) == 0); }

ListenLines::ListenLines(const ListenOptions& options) {
    if (options.messages) kind_ = Kind::messages;
    if (options.json.empty()) return;
    if (options.json == "messages") {
        kind_ = Kind::json_messages;
    } else if (options.json == "tops") {
        kind_ = Kind::json_tops;
    } else if (options.json == "trades") {
        kind_ = Kind::json_trades;
    } else {
        throw std::runtime_error("--json " + options.json +
                                 ": expected messages, tops (the best bid and ask of each counter, "
                                 "when they change) or trades");
    }
}

void ListenLines::message(const marketdata::Receiver& receiver, uint64_t sequence,
                          std::span<const unsigned char> message) {
    const marketdata::Image& image = receiver.image();
    const MessagePlace place{receiver.arbiter().session().view(), sequence};
    switch (kind_) {
        case Kind::none:
            break;
        case Kind::messages:
            print(std::to_string(sequence) + " " + message_text(message, image) + "\n");
            break;
        case Kind::json_messages:
            print(message_json(place, message, image));
            break;
        case Kind::json_trades:
            print(trade_json(place, message, image));
            break;
        case Kind::json_tops:
            print(std::exchange(retell_, false) ? tops_.all(place, image)
                                                : tops_.after(place, message, image));
            break;
    }
}

void ListenLines::poll(const marketdata::Receiver& receiver) {
    const bool retells = kind_ == Kind::json_tops && retell_ && receiver.arbiter().caught_up();
    if (retells) {
        retell_ = false;
        const MessagePlace place{receiver.arbiter().session().view(),
                                 receiver.arbiter().next_sequence() - 1};
        print(tops_.all(place, receiver.image()));
    }
    flush_output();
}

}  // namespace carbonx::tools
