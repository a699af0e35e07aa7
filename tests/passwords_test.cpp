// The passwords of the sessions: checked beside the gateway thread, changed for good.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "gateway/passwords.h"
#include "tests/fix_client.h"

using namespace carbonx;
using namespace carbonx::gateway;
using namespace carbonx::gateway::test;

namespace {

// Above what is quick, and still a test's.
const PasswordHash slow_kind{64, 1, 1, {}, {}};

// Someone who asks, and hears.
struct Asker {
    std::shared_ptr<int> self = std::make_shared<int>(0);
    std::vector<bool> heard;

    std::function<void(bool)> ear() {
        return [this](bool answer) { heard.push_back(answer); };
    }
    bool hears(Passwords& passwords, std::size_t count = 1) {
        const auto end = std::chrono::steady_clock::now() + 5s;
        while (heard.size() < count && std::chrono::steady_clock::now() < end) passwords.poll();
        return heard.size() == count;
    }
};

struct Fixture {
    TemporaryDirectory directory;
    const std::filesystem::path file = directory.path / "passwords";
    const std::string listed = to_text(hash_password("secret", slow_kind));
    std::unique_ptr<Passwords> passwords;

    explicit Fixture(const std::string& hash = "") { start(hash.empty() ? listed : hash); }
    void start(const std::string& hash) {
        passwords = std::make_unique<Passwords>(file, DiskCalls{});
        passwords->list("BROKER1", hash);
    }
    bool is_right(const std::string& password, const std::string& comp_id = "BROKER1") {
        const bool now = passwords->is_right(comp_id, password);
        Asker asker;
        REQUIRE(passwords->check(comp_id, password, asker.self, asker.ear()));
        CHECK(asker.heard.empty());  // only poll() tells
        REQUIRE(asker.hears(*passwords));
        CHECK(asker.heard[0] == now);
        return now;
    }
    bool change(const std::string& from, const std::string& to) {
        Asker asker;
        REQUIRE(passwords->change("BROKER1", from, to, asker.self, asker.ear()) == "");
        REQUIRE(asker.hears(*passwords));
        return asker.heard[0];
    }
    std::string text() const {
        std::ifstream in(file);
        return {std::istreambuf_iterator<char>(in), {}};
    }
};

}  // namespace

TEST_CASE("passwords: the right one is right, at any cost; of a stranger none is") {
    for (const std::string& hash : {std::string(), std::string(tests::secret_hash)}) {
        Fixture fixture(hash);
        CHECK(fixture.is_right("secret"));
        CHECK(fixture.is_right("secret"));  // known again
        CHECK_FALSE(fixture.is_right("Secret"));
        CHECK_FALSE(fixture.is_right(""));
        CHECK_FALSE(fixture.is_right("secret", "NOBODY"));
        CHECK_FALSE(fixture.is_right("", "NOBODY"));
        CHECK(fixture.passwords->hash_of("NOBODY") == nullptr);
        // The same key to HMAC, and not the same password.
        CHECK_FALSE(fixture.is_right(std::string("secret\0", 7)));
        CHECK_FALSE(fixture.change(std::string("secret\0", 7), "harbour-77"));
        CHECK(fixture.is_right("secret"));
    }
}

TEST_CASE(
    "passwords: nobody waits behind more than the queue holds, and who is gone costs nothing") {
    Fixture fixture(to_text(hash_password("secret", {4096, 8, 1, {}, {}})));
    Asker asker, other;
    for (std::size_t i = 0; i < PasswordQueue::waiting_max; ++i) {
        REQUIRE(fixture.passwords->check("BROKER1", "wrong", i == 0 ? asker.self : other.self,
                                         i == 0 ? asker.ear() : other.ear()));
    }
    CHECK_FALSE(fixture.passwords->check("NOBODY", "x", asker.self, asker.ear()));
    CHECK(fixture.passwords->change("BROKER1", "secret", "demo-spare", asker.self, asker.ear()) ==
          "too many passwords are being checked");
    other.self.reset();
    REQUIRE(asker.hears(*fixture.passwords));
    CHECK_FALSE(asker.heard[0]);
    CHECK(fixture.is_right("secret"));
    CHECK(other.heard.empty());
}

TEST_CASE("passwords: a change needs the old one, and holds over a restart") {
    Fixture fixture;
    CHECK(fixture.is_right("secret"));
    CHECK_FALSE(fixture.change("Secret", "demo-spare"));
    CHECK(fixture.is_right("secret"));
    CHECK_FALSE(std::filesystem::exists(fixture.file));

    CHECK(fixture.change("secret", "demo-spare"));
    CHECK(fixture.is_right("demo-spare"));
    CHECK_FALSE(fixture.is_right("secret"));
    CHECK(fixture.text().find("demo-spare") == std::string::npos);
    fixture.start(fixture.listed);
    CHECK(fixture.is_right("demo-spare"));
    CHECK_FALSE(fixture.is_right("secret"));

    CHECK(fixture.change("demo-spare", "demo-other"));
    fixture.start(fixture.listed);
    CHECK(fixture.is_right("demo-other"));
    fixture.passwords->forget("BROKER1");
    CHECK(fixture.is_right("secret"));
    fixture.start(fixture.listed);
    CHECK(fixture.is_right("secret"));
    CHECK_FALSE(fixture.is_right("demo-other"));
}

TEST_CASE("passwords: a new one in the settings beats the change, now and at the next start") {
    Fixture fixture;
    CHECK(fixture.change("secret", "demo-spare"));
    const std::string given = to_text(hash_password("given-by-operator", slow_kind));
    fixture.passwords->list("BROKER1", given);
    CHECK(fixture.is_right("given-by-operator"));
    CHECK_FALSE(fixture.is_right("demo-spare"));
    fixture.start(given);
    CHECK(fixture.is_right("given-by-operator"));
    CHECK(fixture.change("given-by-operator", "demo-other"));
    CHECK(fixture.is_right("demo-other"));
    fixture.passwords->unlist("BROKER1");
    CHECK_FALSE(fixture.is_right("demo-other"));
}

TEST_CASE("passwords: two changes under way at once do not both count") {
    Fixture fixture;
    Asker asker;
    for (const char* next : {"demo-spare", "demo-other"}) {
        REQUIRE(fixture.passwords->change("BROKER1", "secret", next, asker.self, asker.ear()) ==
                "");
    }
    REQUIRE(asker.hears(*fixture.passwords, 2));
    CHECK(asker.heard == std::vector<bool>{true, false});
    CHECK(fixture.is_right("demo-spare"));
}

TEST_CASE("passwords: a new one that nobody should have is refused with the reason") {
    Fixture fixture;
    Asker asker;
    CHECK(fixture.passwords->change("BROKER1", "secret", "short", asker.self, asker.ear()) ==
          "the new password is too short: at least 10 characters");
    CHECK(fixture.passwords->change("NOBODY", "secret", "demo-spare", asker.self, asker.ear()) ==
          "the session has no password");
}

TEST_CASE("passwords: a file of changes that is damaged anywhere stops the start") {
    Fixture fixture;
    CHECK(fixture.change("secret", "demo-spare"));
    const std::string whole = fixture.text();
    const auto starts_with = [&](const std::string& text) {
        std::ofstream(fixture.file, std::ios::trunc) << text;
        fixture.start(fixture.listed);
    };
    for (std::size_t i = 0; i < whole.size(); ++i) {
        std::string flipped = whole;
        flipped[i] = static_cast<char>(flipped[i] ^ 1);
        CHECK_THROWS_WITH(starts_with(flipped), Catch::Contains("is damaged: restore it"));
        CHECK_THROWS_WITH(starts_with(whole.substr(0, i)), Catch::Contains("is damaged"));
    }
    CHECK_NOTHROW(starts_with(whole));
    CHECK(fixture.is_right("demo-spare"));
}

TEST_CASE("passwords: a change that cannot be written is an error, and does not hold") {
    Fixture fixture;
    DiskCalls calls;
    calls.rename = [](const char*, const char*) {
        errno = EIO;
        return -1;
    };
    Passwords passwords(fixture.file, calls);
    passwords.list("BROKER1", fixture.listed);
    CHECK_THROWS_AS(passwords.change("BROKER1", hash_password("demo-spare", slow_kind)),
                    std::system_error);
    CHECK(passwords.is_right("BROKER1", "secret"));
}
