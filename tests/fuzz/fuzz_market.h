// What the fuzz targets have in common: a message around what the fuzzer made up, and a small
// market that the gateway's mirrors know.
#pragma once

#include <string>
#include <string_view>

#include "gateway/directory.h"
#include "gateway/inbound.h"
#include "gateway/orders.h"
#include "tests/venue.h"

namespace carbonx::gateway::fuzz {

inline constexpr SessionId broker1{1};

// BeginString, BodyLength and CheckSum around these fields.
inline void frame(std::string_view fields, std::string& text) {
    text.assign(
            "8=FIX.4.4\x01"
            "9=")
        .append(std::to_string(fields.size()))
        .append("\x01");
    text.append(fields);
    unsigned sum = 0;
    for (const char c : text) sum += static_cast<unsigned char>(c);
    sum %= 256;
    const char trailer[] = {'1',
                            '0',
                            '=',
                            static_cast<char>('0' + sum / 100),
                            static_cast<char>('0' + sum / 10 % 10),
                            static_cast<char>('0' + sum % 10),
                            '\x01'};
    text.append(trailer, sizeof trailer);
}

// BROKER1 has an open order "a", a filled one "b", and a request "c" that was not answered yet.
struct Market {
    tests::Venue venue;
    Directory directory;
    Orders orders;
    Inbound inbound{directory, orders};

    Market() {
        venue.list_small_market();
        for (const auto& [sequence, event] : venue.events()) {
            directory.apply(event.head);
            orders.apply(sequence, event.head);
        }
        accept("a", 1);
        Trade trade{};
        trade.head.type = EventType::trade;
        trade.maker = accept("b", 2);
        trade.price = Price{100'000};
        trade.quantity = Quantity{100};
        orders.apply(2000, trade.head);
        orders.begin_request(broker1, ClientId("c"));
    }

    OrderId accept(const char* client_id, uint32_t slot) {
        Accepted event{};
        event.head.type = EventType::accepted;
        event.head.session = broker1;
        event.head.counter = CounterId{1};
        event.order_id = order_id(slot, 1);
        event.account = AccountId{2};
        event.price = Price{100'000};
        event.quantity = Quantity{100};
        event.client_id = ClientId(client_id);
        orders.apply(1000 + slot, event.head);
        return event.order_id;
    }
};

}  // namespace carbonx::gateway::fuzz
