// The tools' own FIX client, and the demo's listings.
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tools/demo_listings.h"
#include "tools/fix_client.h"
#include "tools/fix_terminal.h"
#include "tools/percentiles.h"

using namespace carbonx;
using namespace carbonx::tools;
namespace asio = boost::asio;

namespace {

std::string message_text(const FixMessage& message, uint64_t sequence) {
    std::string bytes;
    append_message(bytes, message, sequence, "CARBONX", "BROKER1", "20260302-01:02:03.004");
    return bytes;
}

// The venue's end of a connection: it says what the test says.
class FarEnd {
public:
    FarEnd() : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}), socket_(io_) {}

    FixClientSettings settings() const {
        FixClientSettings settings;
        settings.port = acceptor_.local_endpoint().port();
        settings.comp_id = "BROKER1";
        settings.password = "secret";
        return settings;
    }
    void accept() { acceptor_.accept(socket_); }
    void say(const FixMessage& message, uint64_t sequence) {
        asio::write(socket_, asio::buffer(message_text(message, sequence)));
    }
    // The next message of the client's, which must have been sent.
    FixView hear() {
        while (first_message(input_).value().empty()) {
            char bytes[4096];
            input_.append(bytes, socket_.read_some(asio::buffer(bytes)));
        }
        heard_ = *first_message(input_);
        input_.erase(0, heard_.size());
        FixView view;
        view.read(heard_);
        return view;
    }

    asio::io_context& io() { return io_; }

private:
    asio::io_context io_;
    asio::ip::tcp::acceptor acceptor_;
    asio::ip::tcp::socket socket_;
    std::string input_;
    std::string heard_;
};

// A client that keeps the numbers of the application messages handed on.
struct Listener {
    explicit Listener(FarEnd& far)
        : client(far.io(), far.settings(),
                 [this](const FixView& message) { heard.push_back(message.number(34)); }) {
        client.connect();
        far.accept();
        REQUIRE(far.hear().type() == "A");
        far.say(FixMessage("A").add(98, 0).add(108, 30).add(141, "Y"), 1);
        poll();
        REQUIRE(client.is_logged_on());
    }
    // Until this many messages have been read.
    void poll(std::size_t messages = 1) {
        for (std::size_t read = 0; read < messages; read += client.poll()) {
            REQUIRE(wait_readable({client.descriptor()}, 5000));
        }
    }

    std::vector<int64_t> heard;
    FixClient client;
};

}  // namespace

TEST_CASE("fix client: a message is framed, counted and summed as FIX says") {
    const std::string bytes =
        message_text(FixMessage("D").add(11, "1").add(58, "grün").add(38, 100), 7);
    REQUIRE(bytes ==
            "8=FIX.4.4\x01"
            "9=78\x01"
            "35=D\x01"
            "34=7\x01"
            "49=CARBONX\x01"
            "52=20260302-01:02:03.004\x01"
            "56=BROKER1\x01"
            "11=1\x01"
            "58=grün\x01"
            "38=100\x01"
            "10=093\x01");
    FixView view;
    view.read(bytes);
    CHECK(view.type() == "D");
    CHECK(view.number(38) == 100);
    CHECK(view[58] == "grün");
    CHECK_FALSE(view.has(44));
}

TEST_CASE("fix client: a message that is not whole waits, and what is no FIX is told apart") {
    const std::string bytes = message_text(FixMessage("0"), 1);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CAPTURE(size);
        REQUIRE(first_message(std::string_view(bytes).substr(0, size)).value().empty());
    }
    CHECK(first_message(bytes + "8=FIX").value() == bytes);
    CHECK_FALSE(first_message("HTTP/1.1 400 Bad Request\r\n\r\n").has_value());
    CHECK_FALSE(first_message("8=FIX.4.4\x01"
                              "9=99999999\x01"
                              "35=0\x01")
                    .has_value());
}

TEST_CASE("fix client: what was missed is asked for once, and handed on in order") {
    FarEnd far;
    Listener listener(far);
    far.say(FixMessage("8").add(150, "0"), 2);
    far.say(FixMessage("8").add(150, "F"), 4);
    far.say(FixMessage("8").add(150, "F"), 5);
    listener.poll(3);
    CHECK(listener.heard == std::vector<int64_t>{2});
    const FixView request = far.hear();
    REQUIRE(request.type() == "2");
    CHECK(request.number(7) == 3);

    for (const uint64_t sequence : {3U, 4U, 5U}) {
        far.say(FixMessage("8").add(43, "Y").add(150, "F"), sequence);
    }
    far.say(FixMessage("8").add(43, "Y").add(150, "F"), 4);  // once more
    far.say(FixMessage("1").add(112, "there?"), 6);
    listener.poll(5);
    CHECK(listener.heard == std::vector<int64_t>{2, 3, 4, 5});
    const FixView answer = far.hear();  // and no second request before it
    CHECK(answer.type() == "0");
    CHECK(answer[112] == "there?");
}

TEST_CASE("fix client: what it sent is never sent again, but filled") {
    FarEnd far;
    Listener listener(far);
    listener.client.send(FixMessage("D").add(11, "1"));
    listener.client.send(FixMessage("D").add(11, "2"));
    CHECK(far.hear()[11] == "1");
    CHECK(far.hear()[11] == "2");
    far.say(FixMessage("2").add(7, 2).add(16, 0), 2);
    listener.poll();
    const FixView fill = far.hear();
    CHECK(fill.type() == "4");
    CHECK(fill.number(34) == 2);
    CHECK(fill[123] == "Y");
    CHECK(fill.number(36) == 4);
}

TEST_CASE("fix client: a gap fill and a Logout end as they should") {
    FarEnd far;
    Listener listener(far);
    far.say(FixMessage("4").add(123, "Y").add(36, 10), 2);
    far.say(FixMessage("8").add(150, "0"), 10);
    listener.poll(2);
    CHECK(listener.heard == std::vector<int64_t>{10});
    far.say(FixMessage("5").add(58, "the day is over"), 11);
    listener.poll();
    CHECK_FALSE(listener.client.is_logged_on());
    CHECK(listener.client.ended_because() == "the day is over");
    CHECK(far.hear().type() == "5");
}

TEST_CASE("fix terminal: an order's life in plain words") {
    FarEnd far;
    std::ostringstream out;
    FixTerminal* desk = nullptr;
    FixClient client(far.io(), far.settings(),
                     [&](const FixView& message) { desk->report(message); });
    FixTerminal terminal(client, "BROKER1", out);
    desk = &terminal;
    terminal.command("buy V415024H 100 @ 10.05");
    CHECK(out.str() == "not connected\n");
    out.str("");
    client.connect();
    far.accept();
    far.hear();
    far.say(FixMessage("A").add(98, 0).add(108, 30).add(141, "Y"), 1);
    const auto poll = [&] {
        wait_readable({client.descriptor()}, 1000);
        client.poll();
    };
    poll();

    terminal.command("buy v415024h 100 @ 10.05 gtc # a comment");
    const FixView order = far.hear();
    CHECK(order[55] == "V415024H");
    CHECK(order[54] == "1");
    CHECK(order[38] == "100");
    CHECK(order[44] == "10.05");
    CHECK(order[59] == "1");
    const std::string id(order[11]);
    const auto report = [&](const char* kind, const char* status, int executed, uint64_t sequence) {
        FixMessage message("8");
        message.add(37, "9").add(11, id).add(55, "V415024H").add(54, "1").add(38, 100);
        message.add(44, "10.05").add(150, kind).add(39, status).add(14, executed);
        message.add(151, 100 - executed).add(32, executed).add(31, "10.04");
        far.say(message, sequence);
        poll();
    };
    report("0", "0", 0, 2);
    report("F", "1", 40, 3);
    terminal.command("orders");
    report("D", "1", 40, 4);
    terminal.command("orders");
    report("4", "4", 40, 5);
    terminal.command("cancel 1");
    terminal.command("buy V415024H 1 @");
    CHECK(out.str() ==
          "order 1: buying 100 V415024H at 10.05, accepted\n"
          "order 1: bought 40 V415024H at 10.04, 60 open\n"
          "order 1: buy 100 V415024H at 10.05, 40 done, 60 open\n"
          "order 1: carried into the new day, buying 60 V415024H at 10.05\n"
          "order 1: buy 100 V415024H at 10.05, 40 done, 60 open\n"
          "order 1: cancelled, 40 of 100 V415024H bought\n"
          "order 1 is not open\n"
          "buy SYMBOL QUANTITY @ PRICE, or buy SYMBOL QUANTITY market\n");
}

TEST_CASE("demo: at least forty real project-vintages in two counters each, every symbol unique") {
    std::vector<std::string> left_out;
    const auto offerings =
        read_offerings(CARBONX_SOURCE_DIRECTORY "/tools/demo-data/listings.csv", left_out);
    CHECK(offerings.size() >= 40);
    CHECK(left_out.size() == 3);
    std::set<std::string> symbols;
    std::size_t counters = 0;
    for (const Command& command : demo_commands(offerings, 20260302)) {
        if (command.head.type == CommandType::deposit_credits) {
            const auto& deposit = reinterpret_cast<const DepositCredits&>(command);
            REQUIRE(deposit.serial_prefix.view().starts_with("SYNTHETIC-"));
        }
        if (command.head.type != CommandType::list_counter) continue;
        ++counters;
        const auto& listing = reinterpret_cast<const ListCounter&>(command);
        REQUIRE(listing.symbol.view().size() == 8);
        REQUIRE(listing.reference.value % listing.tick.value == 0);
        symbols.emplace(listing.symbol.view());
    }
    CHECK(counters == offerings.size() * 2 + 1);  // one for certification
    CHECK(symbols.contains(std::string(test_counter)));
    CHECK(symbols.size() == counters);
    CHECK(symbols.contains("V415024H"));
}

TEST_CASE("demo: drop copies are sessions of their firms, and come after those that had numbers") {
    std::vector<const ListSession*> sessions;
    const auto commands = demo_commands({}, 20260302);
    for (const Command& command : commands) {
        if (command.head.type != CommandType::list_session) continue;
        sessions.push_back(reinterpret_cast<const ListSession*>(&command));
    }
    REQUIRE(sessions.size() == 8);
    CHECK(sessions[0]->name.view() == "BROKER1");
    CHECK(sessions[4]->name.view() == "SPARE");
    CHECK(sessions[6]->name.view() == "COPY1");
    CHECK(sessions[6]->participant == sessions[0]->participant);
    CHECK(sessions[7]->name.view() == "SPARECOPY");
    CHECK(sessions[7]->participant == sessions[4]->participant);
}

TEST_CASE("demo: what does not fit is left out, not cut") {
    const auto file = std::filesystem::temp_directory_path() /
                      ("carbonx-listings-" + std::to_string(::getpid()) + ".csv");
    std::ofstream(file) << "registry,...\n"
                           "VCS,VCS1,One,KE,M,F,2020,,,,,N,\n"
                           "VCS,VCS2,Two,KE;UG,M,F,2020,,,,,N,\n"
                           "VCS,VCS3456789012345678901234,Three,KE,M,F,2020,,,,,N,\n"
                           "VCS,VCS34567890123456789012345,Four,KE,M,F,2020,,,,,N,\n";
    std::vector<std::string> left_out;
    const auto offerings = read_offerings(file, left_out);
    std::filesystem::remove(file);
    CHECK(offerings.size() == 2);
    CHECK(left_out == std::vector<std::string>{
                          "VCS2: its host country is not a code of two letters",
                          "VCS34567890123456789012345: its key is too long for serial numbers"});
}

TEST_CASE("demo: two projects that end in the same digits get different names") {
    Offering offering;
    offering.registry = "GLD";
    offering.project = "GS10968";
    offering.vintage = 2024;
    const std::string first = instrument_name(offering, {});
    CHECK(first == "G096824");
    offering.project = "GS20968";
    CHECK(instrument_name(offering, {first}) == "GA96824");
}

TEST_CASE("percentiles: the least latency that a share of all does not exceed") {
    Percentiles latencies;
    CHECK(latencies.text() == "p50=0.0us p99=0.0us p99.9=0.0us max=0.0us");
    for (uint64_t i = 1; i <= 1001; ++i) latencies.add(i * 1000);
    CHECK(latencies.text() == "p50=501.0us p99=991.0us p99.9=1000.0us max=1001.0us");
}
