// The books as a replay shows them, made from events.
#include <catch2/catch.hpp>
#include <sstream>

#include "engine/text/text.h"
#include "tools/order_mirror.h"

namespace carbonx::tests {

using namespace carbonx::tools;

namespace {

// Events from their texts, each at ten more than the one before.
class Shown {
public:
    Shown() {
        happens("counter_listed counter=#1 symbol=V415024H");
        happens("counter_listed counter=#2 symbol=A102023C");
    }
    void happens(std::string_view line) {
        Event event;
        std::string error;
        CAPTURE(line);
        REQUIRE(parse_event(line, names_, event, error));
        names_.observe(event.head);
        mirror_.apply(sequence_, event.head);
        sequence_ += 10;
    }
    std::string books() const {
        std::ostringstream out;
        mirror_.print(out, names_);
        return out.str();
    }

private:
    Names names_;
    OrderMirror mirror_;
    uint64_t sequence_ = 10;
};

}  // namespace

TEST_CASE("order mirror: symbols in order, buys before sells, best price first, then priority") {
    Shown shown;
    shown.happens(
        "accepted counter=V415024H side=sell flags=resting order_id=0.1 price=10.05 quantity=5");
    shown.happens(
        "accepted counter=V415024H side=sell flags=resting order_id=1.1 price=10.04 quantity=6");
    shown.happens(
        "accepted counter=V415024H side=buy flags=resting order_id=2.1 price=9.9 quantity=7");
    shown.happens(
        "accepted counter=V415024H side=buy flags=resting order_id=3.1 price=10 quantity=8");
    shown.happens(
        "accepted counter=V415024H side=buy flags=resting order_id=4.1 price=10 quantity=9");
    shown.happens(
        "accepted counter=A102023C side=buy flags=resting order_id=5.1 price=1 quantity=1");
    REQUIRE(shown.books() ==
            "A102023C B 1.0000 1 80\n"
            "V415024H B 10.0000 8 60\n"
            "V415024H B 10.0000 9 70\n"
            "V415024H B 9.9000 7 50\n"
            "V415024H S 10.0400 6 40\n"
            "V415024H S 10.0500 5 30\n");
}

TEST_CASE("order mirror: a reference is the event that gave the order its place") {
    Shown shown;
    shown.happens(
        "accepted counter=V415024H side=sell flags=resting order_id=0.1 price=10 quantity=50");
    shown.happens("accepted counter=V415024H side=buy order_id=1.1 price=10 quantity=70");
    REQUIRE(shown.books() == "V415024H S 10.0000 50 30\n");
    shown.happens("trade counter=V415024H side=buy maker=0.1 taker=1.1 price=10 quantity=50");
    REQUIRE(shown.books() == "");
    shown.happens("rested counter=V415024H side=buy flags=resting order_id=1.1 price=10 leaves=20");
    REQUIRE(shown.books() == "V415024H B 10.0000 20 60\n");
    shown.happens(
        "replaced counter=V415024H flags=priority_kept order_id=1.1 price=10 quantity=60 "
        "leaves=10");
    REQUIRE(shown.books() == "V415024H B 10.0000 10 60\n");
    shown.happens(
        "replaced counter=V415024H flags=resting order_id=1.1 price=11 quantity=60 leaves=10");
    REQUIRE(shown.books() == "V415024H B 11.0000 10 80\n");
    shown.happens(
        "restated counter=V415024H side=buy flags=resting order_id=1.1 price=11 leaves=10");
    REQUIRE(shown.books() == "V415024H B 11.0000 10 90\n");
    shown.happens("cancelled counter=V415024H order_id=1.1 leaves=10 reason=requested");
    REQUIRE(shown.books() == "");
}

}  // namespace carbonx::tests
