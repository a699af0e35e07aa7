#include "tools/ladder_terminal.h"

#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "engine/api/process.h"

#define NCURSES_NOMACROS  // they have common names
#include <curses.h>

namespace carbonx::tools {
namespace {

constexpr int deadly_signals[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV};
constexpr int polite_signals[] = {SIGHUP, SIGQUIT};

SCREEN* terminal = nullptr;  // ncurses has one anyway

// What a dying process can still do; constant while the terminal is in use.
termios mode_before{};
char farewell[128];
std::size_t farewell_size = 0;

void die(int signal) {
    [[maybe_unused]] const ssize_t ignored = ::write(STDOUT_FILENO, farewell, farewell_size);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &mode_before);
    ::raise(signal);  // whose handler is the system's again
}

void stop_soon(int) { request_stop(); }

void handle(int signal, void (*handler)(int), int flags) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = flags;
    ::sigaction(signal, &action, nullptr);
}

// The texts by which this terminal leaves the drawing: plain ink, a cursor, the screen of before.
void prepare_farewell() {
    farewell_size = 0;
    for (const char* name : {"sgr0", "cnorm", "rmkx", "rmcup"}) {
        const char* text = ::tigetstr(name);
        if (text == nullptr || text == reinterpret_cast<const char*>(-1)) continue;
        const std::size_t size = std::strlen(text);
        if (farewell_size + size > sizeof farewell) continue;
        std::memcpy(farewell + farewell_size, text, size);
        farewell_size += size;
    }
}

attr_t attributes(Ink ink) {
    const bool colours = ::has_colors();
    const auto pair = [](int number) { return static_cast<attr_t>(COLOR_PAIR(number)); };
    switch (ink) {
        case Ink::plain:
            return A_NORMAL;
        case Ink::strong:
            return A_BOLD;
        case Ink::faint:
            return A_DIM;
        case Ink::chosen:
            return A_REVERSE;
        case Ink::buy:
        case Ink::good:
            return colours ? pair(1) : A_NORMAL;
        case Ink::sell:
            return colours ? pair(2) : A_NORMAL;
        case Ink::alarm:
            return colours ? pair(3) | A_BOLD : A_REVERSE;
    }
    return A_NORMAL;
}

int key_of(int key) {
    switch (key) {
        case ERR:
            return 0;
        case KEY_UP:
            return ladder_key::up;
        case KEY_DOWN:
            return ladder_key::down;
        case KEY_PPAGE:
            return ladder_key::page_up;
        case KEY_NPAGE:
            return ladder_key::page_down;
        case KEY_HOME:
            return ladder_key::home;
        case KEY_END:
            return ladder_key::end;
        case KEY_BTAB:
            return ladder_key::back_tab;
        case KEY_BACKSPACE:
        case '\b':
            return ladder_key::backspace;
        case KEY_ENTER:
        case '\r':
            return ladder_key::enter;
        default:
            return key < 256 ? key : -1;  // some other key
    }
}

}  // namespace

LadderTerminal::LadderTerminal() {
    if (::isatty(STDOUT_FILENO) == 0 || ::isatty(STDIN_FILENO) == 0) {
        throw std::runtime_error(
            "this is no terminal: use --once for the market as text, --messages or --json for "
            "every message");
    }
    const char* type = std::getenv("TERM");
    const std::string name = type == nullptr ? "" : type;
    ::tcgetattr(STDIN_FILENO, &mode_before);
    terminal = ::newterm(nullptr, stdout, stdin);
    const char* move = terminal == nullptr ? nullptr : ::tigetstr("cup");
    if (move == nullptr || move == reinterpret_cast<const char*>(-1)) {
        if (terminal != nullptr) {
            ::endwin();
            ::delscreen(std::exchange(terminal, nullptr));
        }
        throw std::runtime_error("a terminal of the type TERM=" + name +
                                 " cannot be drawn on: set TERM to what it is, as TERM=vt100 or "
                                 "TERM=xterm, or use --once");
    }
    ::cbreak();
    ::noecho();
    ::nonl();
    ::keypad(stdscr, TRUE);
    ::nodelay(stdscr, TRUE);
    ::set_escdelay(50);
    ::curs_set(0);
    if (::has_colors()) {
        ::start_color();
        ::use_default_colors();
        ::init_pair(1, COLOR_GREEN, -1);
        ::init_pair(2, COLOR_RED, -1);
        ::init_pair(3, COLOR_YELLOW, -1);
    }
    prepare_farewell();
    for (const int signal : deadly_signals) handle(signal, die, static_cast<int>(SA_RESETHAND));
    for (const int signal : polite_signals) handle(signal, stop_soon, 0);
}

LadderTerminal::~LadderTerminal() {
    ::endwin();
    ::delscreen(std::exchange(terminal, nullptr));
    for (const int signal : deadly_signals) handle(signal, SIG_DFL, 0);
}

int LadderTerminal::key() {
    int key = ::wgetch(stdscr);
    while (key == KEY_RESIZE) key = ::wgetch(stdscr);  // size() tells
    return key_of(key);
}

LadderSize LadderTerminal::size() const {
    return {static_cast<std::size_t>(getmaxy(stdscr)), static_cast<std::size_t>(getmaxx(stdscr))};
}

void LadderTerminal::draw(const std::vector<LadderText>& screen) {
    // What a terminal makes of its content when its size changes is its own affair.
    const bool anew = std::exchange(drawn_, size()) != drawn_;
    anew ? ::wclear(stdscr) : ::werase(stdscr);
    for (std::size_t row = 0; row < screen.size(); ++row) {
        ::wmove(stdscr, static_cast<int>(row), 0);
        for (const LadderSpan& span : screen[row]) {
            ::wattrset(stdscr, static_cast<int>(attributes(span.ink)));
            ::waddnstr(stdscr, span.text.data(), static_cast<int>(span.text.size()));
        }
    }
    ::wrefresh(stdscr);
}

}  // namespace carbonx::tools
