#include "tools/hash_password.h"

#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <string>

#include "engine/api/password.h"

namespace carbonx::tools {
namespace {

// Does not show what is typed, as long as it lives.
class Hidden {
public:
    Hidden() {
        ::tcgetattr(STDIN_FILENO, &before_);
        termios hidden = before_;
        hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    }
    ~Hidden() {
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
        std::fputc('\n', stderr);
    }
    Hidden(const Hidden&) = delete;
    Hidden& operator=(const Hidden&) = delete;

private:
    termios before_{};
};

std::string ask(const char* prompt) {
    std::fputs(prompt, stderr);
    const Hidden hidden;
    std::string line;
    std::getline(std::cin, line);
    return line;
}

std::string read_password() {
    if (::isatty(STDIN_FILENO) == 1) {
        const std::string password = ask("Password: ");
        if (ask("Once more: ") != password) {
            throw std::runtime_error("the two are different: begin again");
        }
        return password;
    }
    std::string password, more;
    std::getline(std::cin, password);
    if (std::getline(std::cin, more)) {
        throw std::runtime_error("standard input has more than one line: give the password alone");
    }
    return password;
}

}  // namespace

void hash_password_from_input() {
    const std::string password = read_password();
    const std::string flaw = password_flaw(password);
    if (!flaw.empty()) throw std::runtime_error("the password " + flaw);
    std::printf("password_hash = \"%s\"\n", to_text(hash_password(password)).c_str());
}

}  // namespace carbonx::tools
