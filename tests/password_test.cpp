// Passwords as the settings hold them, and the tool that makes them.

#include <catch2/catch.hpp>
#include <cstdio>

#include "engine/api/password.h"
#include "tests/secret.h"

using namespace carbonx;

namespace {

std::string complaint(const std::string& text) {
    try {
        parse_password_hash(text);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

struct Output {
    std::string text;
    int status = 0;
};

// carbonx-admin hash-password, with this on its standard input: in the shell's printf.
Output hash_by_tool(const std::string& input) {
    const std::string command = "printf '" + input + "' | " + std::string(CARBONX_BINARIES) +
                                "/carbonx-admin hash-password 2>&1";
    std::FILE* pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    Output output;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
        output.text.push_back(static_cast<char>(c));
    }
    output.status = ::pclose(pipe);
    return output;
}

}  // namespace

TEST_CASE("password: a hash that another scrypt made is right for its password alone") {
    const PasswordHash cheap = parse_password_hash(tests::secret_hash);  // Python's hashlib
    CHECK(is_right("secret", cheap));
    for (const char* wrong : {"", "Secret", "secre", "secrets", "secret "}) {
        CHECK_FALSE(is_right(wrong, cheap));
    }
    CHECK(is_quick(cheap));

    const PasswordHash demo = parse_password_hash(
        "scrypt:16384:8:1:1b707a7aab0873f7d9b53b67475df5f7:"
        "b164c74a1ac4216ef0585affc51ba023f7576e8340f78415fcb41b534f58d50c");
    CHECK(is_right("demo-broker1", demo));
    CHECK_FALSE(is_right("demo-broker2", demo));
    CHECK_FALSE(is_quick(demo));
}

TEST_CASE("password: a new hash has its own salt and the cost of the old one, and reads back") {
    const PasswordHash old = parse_password_hash(tests::secret_hash);
    const PasswordHash one = hash_password("secret", old);
    const PasswordHash two = hash_password("secret", old);
    CHECK(one.salt != two.salt);
    CHECK(one.digest != two.digest);
    CHECK(one.cost == old.cost);
    CHECK(is_right("secret", one));
    CHECK(parse_password_hash(to_text(one)) == one);
    CHECK(to_text(old) == tests::secret_hash);
    CHECK_FALSE(is_quick(PasswordHash{}));
}

TEST_CASE("password: a text that is no hash is refused with what it should be") {
    const std::string salt(16, 'a'), hash(64, 'b');
    const auto text = [&](const std::string& start) { return start + ":" + salt + ":" + hash; };
    CHECK(complaint(text("scrypt:16384:8:1")) == "");
    for (const std::string& wrong : {std::string(),
                                     std::string("secret"),
                                     "bcrypt:2:1:1:" + salt + ":" + hash,
                                     text("scrypt:2:1"),
                                     text("scrypt:2:1:1") + ":",
                                     text("scrypt:0:1:1"),
                                     text("scrypt:3:1:1"),
                                     text("scrypt:1:1:1"),
                                     text("scrypt:+2:1:1"),
                                     text("scrypt:02:1:1"),
                                     text("scrypt:2 :1:1"),
                                     text("scrypt:2097152:1:1"),
                                     text("scrypt:2:0:1"),
                                     text("scrypt:2:33:1"),
                                     text("scrypt:2:1:17"),
                                     text("scrypt:1048576:8:1"),
                                     "scrypt:2:1:1:" + salt.substr(2) + ":" + hash,
                                     "scrypt:2:1:1:" + salt + "a:" + hash,
                                     "scrypt:2:1:1:" + std::string(66, 'a') + ":" + hash,
                                     "scrypt:2:1:1:" + std::string(16, 'g') + ":" + hash,
                                     "scrypt:2:1:1:" + salt + ":" + hash.substr(2),
                                     "scrypt:2:1:1:" + salt + ":" + hash + "bb",
                                     "scrypt:2:1:1:" + salt + ":" + hash + " "}) {
        INFO(wrong);
        CHECK(complaint(wrong).find("must be what `carbonx-admin hash-password` prints") == 0);
    }
}

TEST_CASE("password: one that is empty, short, too simple or not printable is refused") {
    CHECK(password_flaw("demo-spare") == "");
    CHECK(password_flaw("correct horse battery staple") == "");
    CHECK(password_flaw("") == "is empty");
    CHECK(password_flaw("tiny-word") == "is too short: at least 10 characters");
    CHECK(password_flaw("ababababababab") == "is too simple: at least 5 different characters");
    CHECK(password_flaw(" demo-spare") == "begins or ends with a space");
    CHECK(password_flaw("demo-spare\x01") == "has a character that is not printable ASCII");
    CHECK(password_flaw("d\xC3\xA9mo-spare") == "has a character that is not printable ASCII");
    std::string longest;
    while (longest.size() < 128) longest += "abcdefgh";
    CHECK(password_flaw(longest) == "");
    CHECK(password_flaw(longest + "a") == "is too long: at most 128 characters");
}

TEST_CASE("password: carbonx-admin hash-password prints the line of the settings") {
    for (const char* ending : {"\\n", ""}) {
        const Output output = hash_by_tool(std::string("demo-broker1") + ending);
        CHECK(output.status == 0);
        const std::string start = "password_hash = \"";
        REQUIRE(output.text.find(start) == 0);
        REQUIRE(output.text.ends_with("\"\n"));
        const std::string text =
            output.text.substr(start.size(), output.text.size() - start.size() - 2);
        CHECK(is_right("demo-broker1", parse_password_hash(text)));
    }
    CHECK(hash_by_tool("").text == "carbonx-admin: the password is empty\n");
    CHECK(hash_by_tool("short\\n").status != 0);
    CHECK(hash_by_tool("demo-broker1\\nmore\\n").text ==
          "carbonx-admin: standard input has more than one line: give the password alone\n");
    CHECK(hash_by_tool("demo-\\001-spare").text ==
          "carbonx-admin: the password has a character that is not printable ASCII\n");
}
