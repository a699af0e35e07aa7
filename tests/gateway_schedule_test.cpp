// The gateway's day under a fake clock: opening hours, and the daily reset of the sequence numbers.
#include <sys/mman.h>
#include <sys/wait.h>

#include <random>

#include "gateway/operations.h"
#include "gateway/store.h"
#include "tests/broker.h"
#include "tests/forgetful_disk.h"

using namespace carbonx;
using namespace carbonx::tests;

namespace {

constexpr uint64_t hour_ms = 3'600'000;
constexpr uint64_t day_ms = 24 * hour_ms;

// Its clock stands at Monday 2026-03-02, 15:20 at the venue. The reset is at 16:00.
struct ScheduledVenue : GatewayVenue {
    explicit ScheduledVenue(const ScheduleSettings& schedule = {0, 1440, 0x7F, 16 * 60},
                            const DiskCalls& disk = {})
        : GatewayVenue(1U << 10, disk) {
        kill_gateway();
        clock_shift_ms = 0;
        venue.settings.gateway.schedule = schedule;
        start_gateway();
    }
    void pass(uint64_t ms) {
        venue.advance_ms(ms);
        settle();
    }
    // As `sessions` shows them: in and out.
    std::pair<int, int> numbers(const std::string& comp_id) {
        for (const auto& one : gateway->sessions()) {
            if (one.comp_id == comp_id) return {one.next_in, one.next_out};
        }
        return {};
    }
    std::string refusal(const std::string& comp_id, int next_out, int next_in) {
        Broker broker(*this, comp_id, next_out, next_in);
        broker.send_logon();
        const Fields reply = broker.receive();
        return reply[35] == "5" ? reply[58] : "let in by " + reply[35];
    }
};

using Numbers = std::pair<int, int>;

const std::string reset_text = "daily reset: both sequence numbers begin at 1, log on again";

// Dies with the process behind a number of writes, syncs and the like: as a kill between two.
struct KilledDisk {
    static int& left() {
        static int* const count = static_cast<int*>(::mmap(
            nullptr, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
        return *count;
    }
    static void step() {
        if (--left() == 0) ::_exit(9);
    }
    static DiskCalls calls() {
        DiskCalls calls;
        calls.write = [](int file, const void* data, std::size_t size, off_t offset) {
            step();
            return ::pwrite(file, data, size, offset);
        };
        calls.sync = [](int file) {
            step();
            return ::fdatasync(file);
        };
        calls.truncate = [](int file, off_t size) {
            step();
            return ::ftruncate(file, size);
        };
        return calls;
    }
};

}  // namespace

TEST_CASE("schedule: at the daily reset brokers are logged out, and begin at 1") {
    ScheduledVenue venue;
    Broker one(venue, "BROKER1"), two(venue, "BROKER2");
    one.log_on();
    two.log_on();
    one.send("D", Broker::order("a", '1', 100, "10.00"));
    CHECK(one.receive()[11] == "a");
    venue.pass(39 * 60'000);
    CHECK(one.hears_nothing());
    venue.pass(60'000);
    CHECK(one.receive()[58] == reset_text);
    CHECK(two.receive()[58] == reset_text);
    CHECK(one.is_closed());
    CHECK(venue.numbers("BROKER1") == Numbers{1, 1});
    CHECK(venue.numbers("BROKER2") == Numbers{1, 1});
    CHECK(std::filesystem::file_size(venue.venue.settings.data_directory / "sessions" /
                                     "BROKER1.messages") == 0);

    Broker again(venue, "BROKER1");
    again.log_on();
    CHECK(again.hears_nothing());
    again.send("D", Broker::order("a", '1', 100, "10.00"));
    CHECK(again.receive()[103] == "6");  // a ClOrdID is used for the trading day
    again.send("F", Broker::cancel("b", "a", '1'));
    CHECK(again.receive()[11] == "b");
    venue.pass(day_ms - 60'000);
    CHECK(again.hears_nothing());
    venue.pass(60'000);
    CHECK(again.receive()[58] == reset_text);
    CHECK(venue.numbers("BROKER1") == Numbers{1, 1});
}

TEST_CASE("schedule: a gateway that was down at the reset resets at its start, once") {
    ScheduledVenue venue;
    {
        Broker broker(venue, "BROKER1");
        broker.log_on();
        broker.send("D", Broker::order("a", '1', 100, "10.00", "59=1|"));
        CHECK(broker.receive()[11] == "a");
    }
    venue.settle();
    venue.kill_gateway();
    venue.pass(day_ms);
    venue.venue.set_phase(Phase::closed);
    venue.venue.set_phase(Phase::pre_open, Venue::first_day + 1);
    venue.start_gateway();
    Broker broker(venue, "BROKER1");
    broker.log_on("5001=N|");
    // What happened while it was down is told under the new numbers.
    CHECK(broker.receive()[150] == "D");
    CHECK(broker.hears_nothing());
    const Numbers numbers = venue.numbers("BROKER1");
    CHECK(numbers == Numbers{broker.next_out(), broker.next_in()});

    venue.kill_gateway();
    venue.start_gateway();
    venue.pass(60'000);
    CHECK(venue.numbers("BROKER1") == numbers);
}

TEST_CASE("schedule: a clock that goes back resets no day again") {
    ScheduledVenue venue;
    venue.pass(hour_ms);
    Broker broker(venue, "BROKER1");
    broker.log_on();
    broker.send("D", Broker::order("a", '1', 100, "10.00"));
    CHECK(broker.receive()[11] == "a");
    for (const int64_t shift :
         {-2 * int64_t{hour_ms}, int64_t{0}, -3 * int64_t{day_ms}, int64_t{0}}) {
        venue.clock_shift_ms = shift;
        venue.settle();
        CHECK(broker.hears_nothing());
        CHECK(venue.numbers("BROKER1") == Numbers{3, 3});
    }
    venue.clock_shift_ms = -2 * int64_t{hour_ms};
    venue.kill_gateway();
    venue.start_gateway();
    CHECK(venue.numbers("BROKER1") == Numbers{3, 3});

    // Not even where an operator has reset meanwhile.
    broker.disconnect();
    venue.gateway->reset("BROKER1");
    Broker anew(venue, "BROKER1");
    anew.log_on();
    venue.clock_shift_ms = 0;
    venue.settle();
    CHECK(anew.hears_nothing());
    CHECK(venue.numbers("BROKER1") == Numbers{2, 2});
}

TEST_CASE(
    "schedule: killed anywhere in the reset, the next start completes it, and tells nothing "
    "twice") {
    int kills = 0;
    for (int steps = 1;; ++steps) {
        ScheduledVenue venue({0, 1440, 0x7F, 16 * 60}, KilledDisk::calls());
        KilledDisk::left() = -1;
        for (const char* comp_id : {"BROKER1", "BROKER2"}) {
            Broker broker(venue, comp_id);
            broker.log_on();
            broker.send("D", Broker::order("a", '1', 100, "9.00", "",
                                           comp_id[6] == '1' ? "FIRM1" : "FIRM2"));
            CHECK(broker.receive()[11] == "a");
            broker.send("5", "");
            venue.settle();
        }
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            venue.venue.advance_ms(hour_ms);
            KilledDisk::left() = steps;
            for (int i = 0; i < 10; ++i) venue.step(false);
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        REQUIRE(WIFEXITED(status));
        // The child's locks are gone; the parent's gateway is the one before.
        venue.kill_gateway();
        KilledDisk::left() = -1;
        venue.venue.advance_ms(hour_ms);
        venue.start_gateway();
        CAPTURE(steps);
        for (const char* comp_id : {"BROKER1", "BROKER2"}) {
            CHECK(venue.numbers(comp_id) == Numbers{1, 1});
            Broker broker(venue, comp_id);
            broker.log_on();
            CHECK(broker.hears_nothing());
            broker.send("F", Broker::cancel("b", "a", '1'));
            CHECK(broker.receive()[11] == "b");
        }
        if (WEXITSTATUS(status) == 0) break;
        ++kills;
    }
    CHECK(kills >= 8);  // cut, sync, mark and its sync, of each
}

TEST_CASE("schedule: a power cut around the reset leaves each session reset for the day, once") {
    for (uint64_t seed = 1; seed <= 30; ++seed) {
        CAPTURE(seed);
        const ForgetfulDisk disk;
        ScheduledVenue venue({0, 1440, 0x7F, 16 * 60}, ForgetfulDisk::calls());
        std::mt19937_64 random(seed);
        {
            Broker broker(venue, "BROKER1");
            broker.log_on();
            broker.send("D", Broker::order("a", '1', 100, "9.00"));
            CHECK(broker.receive()[11] == "a");
        }
        venue.settle();
        venue.venue.advance_ms(hour_ms);
        for (uint64_t steps = random() % 4; steps > 0; --steps) venue.step(false);
        venue.kill_gateway();
        ForgetfulDisk::cut_power(venue.venue.settings.data_directory, random);
        venue.venue.cut_power();
        venue.start_gateway();
        CHECK(venue.numbers("BROKER1").first == 1);
        Numbers expected;
        {
            Broker broker(venue, "BROKER1");
            broker.log_on();
            while (true) {
                const Fields again = broker.receive(true, std::chrono::milliseconds(20));
                if (again.text.empty()) break;
                CHECK(again[97] == "Y");
            }
            expected = {broker.next_out(), broker.next_in()};
        }
        venue.settle();
        const Numbers numbers = venue.numbers("BROKER1");
        CHECK(numbers == expected);
        venue.kill_gateway();
        venue.start_gateway();
        CHECK(venue.numbers("BROKER1") == numbers);
    }
}

TEST_CASE("schedule: what waits for the exchange is answered before its session is reset") {
    ScheduledVenue venue;
    Broker broker(venue, "BROKER1");
    broker.log_on();
    venue.venue.hold_journal(true);
    broker.send("D", Broker::order("a", '1', 100, "10.00"));
    broker.send("F", Broker::cancel("b", "a", '1'));
    venue.settle();
    venue.venue.advance_ms(hour_ms);
    venue.settle();
    CHECK(broker.receive()[58] == reset_text);
    CHECK(venue.numbers("BROKER1").first == 4);
    CHECK(venue.numbers("BROKER2") == Numbers{1, 1});
    CHECK(venue.refusal("BROKER1", 4, 3) ==
          "the daily reset is under way: log on again in a moment");
    venue.venue.hold_journal(false);
    venue.settle();
    // The answer to what was handed on last comes under the new numbers.
    CHECK(venue.numbers("BROKER1") == Numbers{1, 2});
    Broker again(venue, "BROKER1");
    again.log_on();
    CHECK(again.receive()[11] == "b");
    CHECK(again.hears_nothing());
}

TEST_CASE("schedule: outside the opening hours nobody is in, and a Logon is told when to come") {
    ScheduledVenue venue({8 * 60, 16 * 60, 0x1F, {}});
    Broker broker(venue, "BROKER1");
    broker.log_on();
    venue.pass(40 * 60'000);
    CHECK(broker.receive()[58] == "closed: log on from Tue 2026-03-03 08:00 (UTC+08:00)");
    CHECK(broker.is_closed());
    CHECK(venue.refusal("BROKER1", 2, 3) == "closed: log on from Tue 2026-03-03 08:00 (UTC+08:00)");
    venue.pass(16 * hour_ms - 1000);
    CHECK(venue.refusal("BROKER1", 3, 4) == "closed: log on from Tue 2026-03-03 08:00 (UTC+08:00)");
    venue.pass(1000);
    Broker again(venue, "BROKER1", 2, 5);
    again.log_on();
    CHECK(again.hears_nothing());
}

TEST_CASE("schedule: a time of reset that is given by a reload is kept from its next coming on") {
    ScheduledVenue venue{ScheduleSettings{}};
    Broker broker(venue, "BROKER1");
    broker.log_on();
    Settings fresh = venue.venue.settings;
    fresh.gateway.schedule.reset_minute = 15 * 60;  // has passed today
    CHECK(venue.gateway->reload(fresh) == std::vector<std::string>{"nothing has changed"});
    venue.settle();
    CHECK(broker.hears_nothing());
    venue.pass(day_ms - hour_ms);
    CHECK(broker.hears_nothing());
    venue.pass(hour_ms);
    CHECK(broker.receive()[58] == reset_text);
    fresh.gateway.schedule = {8 * 60, 9 * 60, 0x7F, {}};
    venue.gateway->reload(fresh);
    venue.settle();
    CHECK(venue.refusal("BROKER1", 1, 1) == "closed: log on from Wed 2026-03-04 08:00 (UTC+08:00)");
}

TEST_CASE("schedule: a store from before there was a time of reset is not reset at the start") {
    ScheduledVenue venue{ScheduleSettings{}};
    {
        Broker broker(venue, "BROKER1");
        broker.log_on();
    }
    venue.settle();
    venue.kill_gateway();
    venue.venue.settings.gateway.schedule.reset_minute = 15 * 60;
    venue.start_gateway();
    CHECK(venue.numbers("BROKER1") == Numbers{2, 2});
    venue.pass(day_ms);
    CHECK(venue.numbers("BROKER1") == Numbers{1, 1});
}
