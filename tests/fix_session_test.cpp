// The session layer of the FIX gateway over real sockets.
#include <sys/resource.h>

#include "gateway/session_log.h"
#include "tests/captured_log.h"
#include "tests/fix_client.h"

using namespace carbonx;
using namespace carbonx::gateway;
using namespace carbonx::gateway::test;
using carbonx::tests::CapturedLog;

using Received = std::vector<Handler::Received>;
using Events = std::vector<std::string>;

TEST_CASE("fix: a client with the right password is logged on, with its wish for its orders") {
    Venue venue;
    venue.start();
    Client client(venue);
    client.send(logon(1, "BROKER1", "secret", "5001=Y|"));

    const std::string reply = client.receive();
    CHECK(value(reply, "35") == "A");
    CHECK(value(reply, "34") == "1");
    CHECK(value(reply, "108") == "30");
    CHECK(venue.sessions->is_logged_on(0));

    client.send(new_order(2, "a"));
    client.send(fix(header("5", 3)));
    CHECK(value(client.receive(), "35") == "5");
    CHECK(client.is_closed());
    CHECK(venue.received(Received{{0, "a", 2, false, false}}));
    CHECK(venue.happened(Events{"logon 0 day", "logout 0"}));
}

TEST_CASE("fix: a wrong password is closed without a word, and changes nothing") {
    Venue venue;
    venue.session_settings[0].reset_accepted = true;
    venue.start();
    REQUIRE(venue.report("1", 2));
    for (const char* wrong : {"Secret", "", "secre", "secrets"}) {
        Client client(venue);
        client.send(logon(1, "BROKER1", wrong, "141=Y|"));
        CHECK(client.is_closed());
        CHECK(client.hears_nothing());
    }
    CHECK(venue.counters().wrong_password == 4);
    CHECK(venue.handler.events.empty());
    CHECK(venue.sessions->next_sender_number(0) == 2);

    Client again(venue);
    again.send(logon(1));
    CHECK(value(again.receive("A"), "34") == "2");
}

TEST_CASE("fix: a password that takes long to check is checked beside the gateway thread") {
    Venue venue;
    for (SessionSettings& session : venue.session_settings) {
        session.password_hash = to_text(hash_password("secret", {1024, 8, 1, {}, {}}));
    }
    venue.start();
    Client first(venue), unknown(venue), wrong(venue);
    unknown.send(logon(1, "NOBODY"));
    wrong.send(logon(1, "BROKER2", "Secret"));
    // What comes behind the Logon waits for the verdict, and is not lost.
    first.send(logon(1) + new_order(2, "a") + new_order(3, "b"));

    CHECK(value(first.receive(), "35") == "A");
    CHECK(venue.received(Received{{0, "a", 2, false, false}, {0, "b", 3, false, false}}));
    CHECK(unknown.is_closed());
    CHECK(wrong.is_closed());
    CHECK(venue.counters().unknown_session == 1);
    CHECK(venue.counters().wrong_password == 1);
}

TEST_CASE("fix: too many logons at once are closed, and those before them let in") {
    TransportSettings settings;
    settings.connections_per_address_max = 200;
    Venue venue(settings);
    venue.session_settings[0].password_hash =
        to_text(hash_password("secret", {1024, 8, 1, {}, {}}));
    venue.start();
    Client right(venue);
    std::vector<std::unique_ptr<Client>> storm;
    for (int i = 0; i < 100; ++i) storm.push_back(std::make_unique<Client>(venue));
    const std::string message = logon(1, "NOBODY");
    right.send_unstepped(logon(1));
    venue.transport->poll(venue.now);
    for (const auto& client : storm) client->send_unstepped(message);

    CHECK(value(right.receive(), "35") == "A");
    for (const auto& client : storm) CHECK(client->is_closed());
    CHECK(venue.counters().logons_waiting_max > 0);
    CHECK(venue.counters().logons_waiting_max + venue.counters().unknown_session == 100);
    Client late(venue);
    late.send(logon(1, "BROKER2"));
    CHECK(value(late.receive(), "35") == "A");
}

TEST_CASE("fix: a Logon that fails within is refused, and the venue goes on") {
    Venue venue;
    venue.start();
    venue.handler.fails_at_logon = true;
    Client client(venue);
    client.send(logon(1));
    CHECK(text_of(client.receive("5")) == "the Logon could not be taken");
    CHECK(client.is_closed());
    CHECK_FALSE(venue.sessions->is_logged_on(0));

    venue.handler.fails_at_logon = false;
    Client again(venue);
    again.send(logon(2));
    CHECK(value(again.receive(), "35") == "A");
}

TEST_CASE("fix: a heartbeat outside the bounds and an unwanted reset are refused with a reason") {
    Venue venue;
    venue.start();
    Client slow(venue);
    slow.send(fix(header("A", 1) + "98=0|108=3600|554=secret|"));
    CHECK(text_of(slow.receive("5")) == "HeartBtInt must be from 5 to 60 seconds");
    CHECK(slow.is_closed());

    Client resetting(venue);
    resetting.send(logon(1, "BROKER1", "secret", "141=Y|"));
    CHECK(text_of(resetting.receive("5")) == "ResetSeqNumFlag is not accepted");
    CHECK(resetting.is_closed());

    Client invalid(venue);
    invalid.send(logon(1, "BROKER1", "secret", "9999=x|"));
    CHECK(text_of(invalid.receive("5")) == "the Logon is not valid: Invalid tag number:9999");
    CHECK(invalid.is_closed());
}

TEST_CASE("fix: a reset at logon is honoured where the settings accept it") {
    Venue venue;
    venue.session_settings[0].reset_accepted = true;
    venue.start();
    REQUIRE(venue.report("1", 8));
    Client client(venue);
    client.send(logon(1, "BROKER1", "secret", "141=Y|"));

    const std::string reply = client.receive("A");
    CHECK(value(reply, "34") == "1");
    CHECK(value(reply, "141") == "Y");
    CHECK(venue.sessions->last_report_key(0) == 8);
}

TEST_CASE("fix: an unknown CompID, a wrong venue, or no Logon at all is closed without a word") {
    Venue venue;
    venue.start();
    Client stranger(venue);
    stranger.send(logon(1, "NOBODY"));
    CHECK(stranger.is_closed());
    CHECK(stranger.hears_nothing());
    CHECK(venue.counters().unknown_session == 1);

    Client early(venue);
    early.send(new_order(1, "a"));
    CHECK(early.is_closed());
    CHECK(venue.counters().not_a_logon == 1);
    CHECK(venue.sessions->next_sender_number(0) == 1);
}

TEST_CASE("fix: an address that is not on the list is closed without a word") {
    Venue venue;
    venue.session_settings[0].allowed_addresses = {"10.0.0.1"};
    venue.session_settings[1].allowed_addresses = {"10.0.0.1", "127.0.0.1"};
    venue.start();
    Client outside(venue);
    outside.send(logon(1));
    CHECK(outside.is_closed());
    CHECK(venue.counters().address_not_allowed == 1);

    Client inside(venue);
    inside.send(logon(1, "BROKER2"));
    CHECK(value(inside.receive(), "35") == "A");
}

TEST_CASE("fix: a second logon of a live CompID is closed and the first one goes on") {
    Venue venue;
    venue.start();
    Client first(venue);
    first.send(logon(1));
    REQUIRE(value(first.receive(), "35") == "A");
    Client second(venue);
    second.send(logon(2));
    CHECK(second.is_closed());
    CHECK(venue.counters().already_connected == 1);

    first.send(fix(header("1", 2) + "112=still here|"));
    CHECK(value(first.receive("0"), "112") == "still here");

    first.disconnect();
    Client third(venue);
    third.send(logon(3));
    CHECK(value(third.receive(), "35") == "A");
}

TEST_CASE("fix: garbage between messages is skipped") {
    Venue venue;
    venue.start();
    Client client(venue);
    client.send("hello 8=FI " + logon(1) +
                "8=FIX.4.4\x01"
                "9=x\x01" +
                new_order(2, "a") +
                "8=FIX.4.4\x01"
                "9=5\x01"
                "35=D\x01nonsense" +
                new_order(3, "b") + "8=FIX");
    client.send("ED" + new_order(4, "c"));

    CHECK(value(client.receive(), "35") == "A");
    CHECK(venue.wait([&] { return venue.handler.messages.size() == 3; }));
    CHECK(venue.counters().garbage_bytes > 0);
    CHECK(client.hears_nothing());
}

TEST_CASE("fix: a whole number that is too great to be read is rejected, not wrapped around") {
    Venue venue;
    venue.start();
    Client client(venue);
    client.send(logon(1));
    CHECK(value(client.receive(), "35") == "A");
    // 2^32 + 2 wraps around to 2.
    client.send(new_order(2, "a", "581=4294967298|", "97=Y|"));
    const std::string reject = client.receive();
    CHECK(value(reject, "35") == "3");
    CHECK(value(reject, "371") == "581");
    CHECK(value(reject, "373") == "6");
    CHECK(venue.handler.messages.empty());
    client.send(new_order(3, "b", "581=3|"));
    CHECK(venue.received({{0, "b", 3, false, false}}));
}

TEST_CASE("fix: a message with a wrong checksum is as if it had never come") {
    Venue venue;
    venue.start();
    Client client(venue);
    client.send(logon(1));
    REQUIRE(value(client.receive(), "35") == "A");
    std::string garbled = new_order(2, "a");
    garbled[garbled.size() - 2] = garbled[garbled.size() - 2] == '0' ? '1' : '0';
    client.send(garbled);
    CHECK(client.hears_nothing());
    client.send(new_order(3, "b"));

    const std::string reply = client.receive();
    CHECK(value(reply, "35") == "2");
    CHECK(value(reply, "7") == "2");
    CHECK(venue.handler.messages.empty());
}

TEST_CASE("fix: messages that come one byte at a time are whole all the same") {
    Venue venue;
    venue.start();
    Client client(venue);
    for (const char c : logon(1) + new_order(2, "a")) client.send(std::string(1, c));

    CHECK(value(client.receive(), "35") == "A");
    CHECK(venue.received(Received{{0, "a", 2, false, false}}));
}

TEST_CASE("fix: a BodyLength above the limit closes the connection before its body is read") {
    Venue venue;
    venue.start();
    Client client(venue);
    client.send(
        "8=FIX.4.4\x01"
        "9=2000000000");
    CHECK(client.is_closed());

    Client logged_on(venue);
    logged_on.send(logon(1));
    REQUIRE(value(logged_on.receive(), "35") == "A");
    logged_on.send(
        "8=FIX.4.4\x01"
        "9=8193\x01");
    CHECK(logged_on.is_closed());
    CHECK(venue.counters().message_too_large == 2);
    CHECK(venue.happened(Events{"logon 0", "logout 0"}));
}

TEST_CASE("fix: a message of the largest size is read") {
    Venue venue;
    venue.start();
    Client client(venue);
    client.send(logon(1));
    REQUIRE(value(client.receive(), "35") == "A");
    client.send(new_order(2, "a", "58=" + std::string(8'000, 'x') + "|"));
    CHECK(venue.wait([&] { return venue.handler.messages.size() == 1; }));
}

TEST_CASE("fix: a connection that does not log on in time is closed") {
    Venue venue;
    venue.start();
    Client client(venue);
    venue.now += 4s;
    client.send("8=FIX.4.4\x01");
    CHECK(client.stays_open());
    venue.now += 2s;
    CHECK(client.is_closed());
    CHECK(venue.counters().logon_timed_out == 1);
    CHECK(venue.wait([&] { return venue.transport->connection_count() == 0; }));
}

TEST_CASE("fix: connections above the cap of an address, or of all, are closed at once") {
    TransportSettings settings;
    settings.connections_per_address_max = 2;
    Venue venue(settings);
    venue.start();
    const CapturedLog log;
    Client first(venue), second(venue), third(venue);
    CHECK(third.is_closed());
    CHECK(log.text.str().find("closed: there are connections_per_address_max from there") !=
          std::string::npos);
    CHECK(first.stays_open());
    CHECK(venue.counters().over_connections_per_address_max == 1);
    first.disconnect();
    REQUIRE(venue.wait([&] { return venue.transport->connection_count() == 1; }));
    Client fourth(venue);
    CHECK(fourth.stays_open());

    settings = {};
    settings.connections_max = 1;
    Venue small(settings);
    small.start();
    Client only(small), too_many(small);
    CHECK(too_many.is_closed());
    CHECK(log.text.str().find("closed: there are connections_max already") != std::string::npos);
    CHECK(small.counters().over_connections_max == 1);
}

TEST_CASE("fix: out of descriptors, clients are accepted again as soon as there are some") {
    Venue venue;
    venue.start();
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const int next_file = ::dup(0);
    ::close(next_file);
    rlimit limit = before;
    limit.rlim_cur = static_cast<rlim_t>(next_file) + 1;  // one more: the client's own socket
    ::setrlimit(RLIMIT_NOFILE, &limit);
    const CapturedLog log;
    Client client(venue);
    ::setrlimit(RLIMIT_NOFILE, &before);
    CHECK(venue.counters().accept_failed == 1);
    CHECK(venue.counters().accepted == 0);
    CHECK(log.text.str().find("a connection that came closed: Too many open files") !=
          std::string::npos);
    venue.now += 200ms;
    client.send(logon(1));
    CHECK(value(client.receive(), "35") == "A");
}

TEST_CASE("fix: a client that does not read is disconnected, and gets all later by a resend") {
    TransportSettings settings;
    settings.output_bytes_max = 256 * 1024;
    settings.send_buffer_bytes = 16 * 1024;
    Venue venue(settings);
    venue.start();
    Client client(venue, 16 * 1024);
    client.send(logon(1));
    REQUIRE(value(client.receive(), "35") == "A");
    const std::string text(1000, 'x');
    uint64_t key = 0;
    while (key < 1000) {
        ++key;
        REQUIRE(venue.report(std::to_string(key), key, text));
        venue.transport->poll(venue.now);
    }
    venue.now += 4s;
    venue.transport->poll(venue.now);
    CHECK(venue.sessions->is_logged_on(0));
    // What the loopback had under way may still have moved: five seconds from the last byte on.
    REQUIRE(venue.wait([&] {
        venue.now += 100ms;
        return venue.counters().slow_consumer == 1;
    }));
    CHECK(venue.happened(Events{"logon 0", "logout 0"}));
    client.disconnect();

    // The resend of more than the output may hold goes out in pieces, a live report in turn.
    Client again(venue);
    again.send(logon(2));
    REQUIRE(value(again.receive(), "35") == "A");
    again.send(fix(header("2", 3) + "7=2|16=0|"));
    REQUIRE(venue.wait([&] { return venue.sessions->next_target_number(0) == 4; }));
    REQUIRE(venue.report("live", key + 1));
    std::vector<std::string> exec_ids;
    int expected = 2;
    while (expected < venue.sessions->next_sender_number(0)) {
        const std::string message = again.receive();
        REQUIRE_FALSE(message.empty());
        REQUIRE(value(message, "34") == std::to_string(expected));
        if (value(message, "35") == "4") {
            expected = std::stoi(value(message, "36"));
        } else {
            exec_ids.push_back(value(message, "17"));
            ++expected;
        }
    }
    CHECK(exec_ids.size() == key + 1);
    CHECK(exec_ids.front() == "1");
    CHECK(exec_ids.back() == "live");
    CHECK(expected == venue.sessions->next_sender_number(0));
    CHECK(venue.counters().slow_consumer == 1);
}

TEST_CASE("fix: sequence numbers and the report key go on after a kill") {
    Venue venue;
    venue.start();
    {
        Client client(venue);
        client.send(logon(1));
        client.send(new_order(2, "a"));
        REQUIRE(venue.received(Received{{0, "a", 2, false, false}}));
        REQUIRE(venue.report("1", 42));
        REQUIRE(value(client.receive("8"), "34") == "2");
        venue.restart();
    }
    CHECK(venue.sessions->last_report_key(0) == 42);
    CHECK(venue.sessions->next_sender_number(0) == 3);
    CHECK(venue.sessions->next_target_number(0) == 3);

    Client client(venue);
    client.send(logon(3));
    CHECK(value(client.receive(), "34") == "3");
    CHECK(client.hears_nothing());
}

TEST_CASE("fix: a message of an unsupported type is a business reject, one of no type a reject") {
    Venue venue;
    venue.start();
    Client client(venue);
    client.send(logon(1));
    REQUIRE(value(client.receive(), "35") == "A");

    client.send(fix(header("V", 2) + "262=r|263=1|264=0|267=1|269=0|146=1|55=SYM|"));
    const std::string unsupported = client.receive();
    CHECK(value(unsupported, "35") == "j");
    CHECK(value(unsupported, "380") == "3");
    CHECK(value(unsupported, "45") == "2");
    CHECK(value(unsupported, "372") == "V");

    client.send(fix(header("ZZ", 3)));
    CHECK(value(client.receive(), "373") == "11");

    client.send(new_order(4, "a", "9999=x|"));
    const std::string unknown_tag = client.receive();
    CHECK(value(unknown_tag, "35") == "3");
    CHECK(value(unknown_tag, "371") == "9999");
    CHECK(value(unknown_tag, "373") == "0");

    client.send(new_order(5, "a", "126=tomorrow|"));
    CHECK(value(client.receive(), "371") == "126");

    client.send(new_order(6, "b", "", "97=Y|"));
    CHECK(venue.received(Received{{0, "b", 6, false, true}}));
    CHECK(client.hears_nothing());
}

TEST_CASE("fix: a client that reads gets more than its output may hold, in order") {
    TransportSettings settings;
    settings.output_bytes_max = 256 * 1024;
    settings.send_buffer_bytes = 16 * 1024;
    Venue venue(settings);
    venue.start();
    Client client(venue, 16 * 1024);
    client.send(logon(1));
    REQUIRE(value(client.receive(), "35") == "A");
    const std::string text(1000, 'x');
    for (uint64_t key = 1; key <= 1000; ++key) {
        REQUIRE(venue.report(std::to_string(key), key, text));
        if (key % 2 == 0) venue.transport->poll(venue.now);
    }
    bool was_held = false;
    for (int number = 1; number <= 1001; ++number) {
        if (number == 500) REQUIRE(venue.report("1001", 1001));  // while others wait
        const std::string message = client.receive();
        REQUIRE(value(message, "34") == std::to_string(number + 1));
        REQUIRE(value(message, "17") == std::to_string(number));
        was_held = was_held || value(message, "43") == "Y";
    }
    CHECK(was_held);
    CHECK(venue.counters().slow_consumer == 0);
    REQUIRE(venue.report("1002", 1002));
    const std::string live = client.receive();
    CHECK(value(live, "17") == "1002");
    CHECK(value(live, "43").empty());
}

TEST_CASE("fix: a gap is asked for again, and what came after it waits its turn") {
    Venue venue;
    venue.start();
    Client client(venue);
    client.send(logon(1));
    REQUIRE(value(client.receive(), "35") == "A");
    client.send(new_order(3, "b"));
    CHECK(value(client.receive("2"), "7") == "2");
    CHECK(venue.handler.messages.empty());
    client.send(new_order(2, "a", "", "43=Y|122=" + now_text() + "|"));

    CHECK(venue.received(Received{{0, "a", 2, true, false}, {0, "b", 3, false, false}}));
    client.send(new_order(2, "a", "", "43=Y|122=" + now_text() + "|"));
    client.send(fix(header("1", 4) + "112=done|"));
    CHECK(value(client.receive("0"), "112") == "done");
    CHECK(venue.handler.messages.size() == 2);
}

TEST_CASE("fix: a client that runs far ahead of a gap is logged out") {
    Venue venue;
    venue.start();
    Client client(venue);
    client.send(logon(1));
    std::string batch;
    for (int i = 0; i < 10'001; ++i) {
        batch += fix(header("0", 3 + i));
        if (batch.size() > 30'000) client.send(std::exchange(batch, ""));
    }
    client.send(batch);
    CHECK(text_of(client.receive("5")) == "too many messages ahead of MsgSeqNum");
    CHECK(client.is_closed());
}

TEST_CASE("fix: what a client sends ahead of a gap is bounded in bytes too") {
    Venue venue;
    venue.start();
    Client client(venue);
    client.send(logon(1));
    const std::string text = "58=" + std::string(7'500, 'x') + "|";
    for (int i = 0; i < 500; ++i) client.send(new_order(3 + i, "a", text));  // 3.8 MiB
    client.send(fix(header("2", 503) + "7=1|16=0|"));
    CHECK(client.stays_open());
    for (int i = 0; i < 60; ++i) client.send(new_order(504 + i, "a", text));
    CHECK(text_of(client.receive("5")) == "too many messages ahead of MsgSeqNum");
    CHECK(client.is_closed());
}

TEST_CASE("fix: an operator logs a client out with a reason") {
    Venue venue;
    venue.start();
    Client client(venue);
    client.send(logon(1));
    REQUIRE(value(client.receive(), "35") == "A");
    venue.sessions->logout(0, "too many messages");
    CHECK(text_of(client.receive()) == "too many messages");
    CHECK(client.is_closed());
    CHECK(venue.happened(Events{"logon 0", "logout 0"}));
}

TEST_CASE("fix: settings that would not work are refused at start") {
    Venue venue;
    venue.session_settings[1].target_comp_id = "BROKER1";
    CHECK_THROWS_WITH(venue.start(), Catch::Contains("listed twice"));
    venue.session_settings[1].target_comp_id = "../BROKER";
    CHECK_THROWS_WITH(venue.start(), Catch::Contains("CompID"));
    venue.session_settings[1].target_comp_id = "BROKER2";
    venue.session_settings[1].password_hash = "secret";
    CHECK_THROWS_WITH(venue.start(), Catch::Contains("hash-password"));
}

TEST_CASE("fix: passwords are masked in what is logged") {
    const std::string masked = without_passwords(fix("35=A|554=secret|925=new|553=me|"));
    CHECK(value(masked, "554") == "***");
    CHECK(value(masked, "925") == "***");
    CHECK(value(masked, "553") == "me");
    CHECK(without_passwords("8=x\x01"
                            "554=cut") ==
          "8=x\x01"
          "554=***");
}

TEST_CASE("fix: any cut of a stream gives the same messages") {
    const std::string stream = logon(1) + "xx8=FIX.4.4\x01" + new_order(2, "a");
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        std::string buffer;
        int messages = 0;
        for (const std::string& part : {stream.substr(0, cut), stream.substr(cut)}) {
            buffer += part;
            for (;;) {
                const Frame frame = next_frame(buffer, 4096);
                buffer.erase(0, frame.skipped + frame.size);
                if (frame.kind != Frame::Kind::message) break;
                ++messages;
            }
        }
        CHECK(messages == 2);
        CHECK(buffer.empty());
    }
}
