// What a client is sent again, over real sockets: as it was, but for the marks of a resend.
#include "tests/fix_client.h"

using namespace carbonx;
using namespace carbonx::gateway;
using namespace carbonx::gateway::test;

TEST_CASE("fix: what was sent while the client was away is resent with 43=Y, the same otherwise") {
    Venue venue;
    venue.start();
    std::string live;
    {
        Client client(venue);
        client.send(logon(1));
        REQUIRE(value(client.receive(), "35") == "A");
        REQUIRE(venue.report("1", 2));
        live = client.receive("8");
    }
    REQUIRE(venue.report("2", 4));
    venue.restart();
    REQUIRE(venue.report("3", 6));

    Client client(venue);
    client.send(logon(2));
    CHECK(value(client.receive(), "34") == "5");
    client.send(fix(header("2", 3) + "7=1|16=0|"));
    const std::string gap = client.receive();
    CHECK(value(gap, "35") == "4");
    CHECK(value(gap, "36") == "2");
    for (const std::string id : {"1", "2", "3"}) {
        const std::string report = client.receive();
        CHECK(value(report, "17") == id);
        CHECK(value(report, "43") == "Y");
        CHECK(value(report, "5003") == "LOT-" + id);
        if (id != "1") continue;
        CHECK(value(report, "122") == value(live, "52"));
        CHECK(value(report, "34") == value(live, "34"));
        const auto body = [](const std::string& m) {
            return m.substr(m.find("\x01"
                                   "6="),
                            m.rfind("\x01"
                                    "10=") -
                                m.find("\x01"
                                       "6="));
        };
        CHECK(body(report) == body(live));
    }
    CHECK(value(client.receive(), "36") == "6");
    client.send(fix(header("2", 4) + "7=9|16=0|"));
    CHECK(value(client.receive("3"), "371") == "7");
}

TEST_CASE("fix: a fill of any number of serial ranges is resent whole") {
    Venue venue;
    venue.start();
    Client client(venue);
    client.send(logon(1));
    REQUIRE(value(client.receive(), "35") == "A");
    MessageWriter fill;
    fill.begin("8");
    fill.add(17, "1B");
    fill.add(5002, 500);
    for (int i = 1; i <= 500; ++i) {
        for (const int tag : {5003, 5004, 5005}) fill.add(tag, i);
    }
    venue.sessions->send(0, fill, 2);
    REQUIRE(venue.sessions->write_stores());
    const std::string live = client.receive("8");
    client.send(fix(header("2", 2) + "7=2|16=2|"));
    const std::string again = client.receive();
    CHECK(value(again, "34") == "2");
    CHECK(value(again, "43") == "Y");
    const auto body = [](const std::string& message) {
        const std::size_t begin = message.find(
            "\x01"
            "17=");
        return message.substr(begin, message.rfind("\x01"
                                                   "10=") -
                                         begin);
    };
    CHECK(body(again) == body(live));
    CHECK(body(again).ends_with("5005=500"));
}

TEST_CASE(
    "fix: a TestRequest that comes while a resend is under way is answered in its turn, once") {
    Venue venue;
    venue.start();
    Client client(venue);
    client.send(logon(1));
    REQUIRE(value(client.receive(), "35") == "A");
    const std::string text(1000, 'x');
    for (int number = 2; number <= 1001; ++number) {
        REQUIRE(venue.report(std::to_string(number), static_cast<uint64_t>(number), text));
        REQUIRE(value(client.receive(), "34") == std::to_string(number));
    }
    client.send(fix(header("2", 2) + "7=2|16=0|") + fix(header("1", 3) + "112=alive?|"));
    for (int number = 2; number <= 1001; ++number) {
        const std::string again = client.receive();
        REQUIRE(value(again, "34") == std::to_string(number));
        REQUIRE(value(again, "43") == "Y");
    }
    const std::string answer = client.receive("0", std::chrono::seconds(1));
    CHECK(value(answer, "34") == "1002");
    CHECK(value(answer, "112") == "alive?");
    CHECK(value(answer, "43").empty());

    // Sent now, it is one of the session's own messages like all others.
    client.send(fix(header("2", 4) + "7=1001|16=0|"));
    CHECK(value(client.receive(), "34") == "1001");
    const std::string fill = client.receive();
    CHECK(value(fill, "35") == "4");
    CHECK(value(fill, "36") == "1003");
}
