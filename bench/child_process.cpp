#include "bench/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "engine/api/check.h"
#include "engine/api/process.h"

namespace carbonx::bench {
namespace {

using boost::asio::ip::tcp;
using namespace std::chrono_literals;

constexpr uint64_t patience_ns = 10'000'000'000;

// In the child, between fork and exec: system calls only.
[[noreturn]] void become(char* const* arguments, int output, pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);  // the benchmark has gone meanwhile
    ::setpgid(0, 0);                          // out of the terminal's reach: Ctrl-C is for us
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::execv(arguments[0], arguments);
    ::_exit(127);
}

}  // namespace

ChildProcess::ChildProcess(const std::filesystem::path& program,
                           const std::vector<std::string>& arguments,
                           const std::filesystem::path& output)
    : name_(program.filename()), output_(output) {
    if (!std::filesystem::exists(program))
        throw std::runtime_error(program.string() + " is not there: build " + name_);
    std::vector<std::string> texts = {program};
    texts.insert(texts.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);

    const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (file < 0) throw std::runtime_error(output.string() + ": " + std::strerror(errno));
    const pid_t parent = ::getpid();
    process_ = ::fork();
    if (process_ == 0) become(pointers.data(), file, parent);
    ::close(file);
    if (process_ < 0) throw std::runtime_error(name_ + ": " + std::strerror(errno));
}

ChildProcess::~ChildProcess() {
    if (process_ < 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
}

void ChildProcess::check_alive() {
    if (process_ >= 0 && ::waitpid(process_, nullptr, WNOHANG) != process_) return;
    ended();
}

void ChildProcess::stop() {
    if (process_ < 0) return;
    ::kill(process_, SIGCONT);
    ::kill(process_, SIGTERM);
    const uint64_t end = monotonic_ns() + patience_ns;
    int status = 0;
    while (::waitpid(process_, &status, WNOHANG) != process_) {
        if (monotonic_ns() > end) throw std::runtime_error(name_ + " does not stop when asked");
        std::this_thread::sleep_for(5ms);
    }
    process_ = -1;
    if (status != 0) throw std::runtime_error(name_ + " failed: " + last_line());
}

void ChildProcess::pause() {
    check_alive();
    ::kill(process_, SIGSTOP);
    int status = 0;
    ::waitpid(process_, &status, WUNTRACED);
    if (!WIFSTOPPED(status)) ended();
}

void ChildProcess::resume() {
    check_alive();
    ::kill(process_, SIGCONT);
    int status = 0;
    ::waitpid(process_, &status, WCONTINUED);
    if (!WIFCONTINUED(status)) ended();
}

void ChildProcess::ended() {
    process_ = -1;
    throw std::runtime_error(name_ + " ended: " + last_line());
}

ProcessorTime ChildProcess::processor_time() const {
    clockid_t clock{};
    timespec time{};
    CARBONX_CHECK(::clock_getcpuclockid(process_, &clock) == 0);
    CARBONX_CHECK(::clock_gettime(clock, &time) == 0);
    ProcessorTime result;
    result.total_ns =
        static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);

    std::ifstream file("/proc/" + std::to_string(process_) + "/stat");
    std::string text;
    std::getline(file, text);
    std::istringstream fields(text.substr(text.rfind(')') + 1));  // from the third on
    std::string skipped;
    for (int i = 3; i < 14; ++i) fields >> skipped;
    fields >> result.user_ticks >> result.system_ticks;
    return result;
}

std::string ChildProcess::last_line() const {
    std::ifstream file(output_);
    std::string last = "it wrote nothing";
    for (std::string line; std::getline(file, line);) {
        if (!line.empty()) last = line;
    }
    return last;
}

std::filesystem::path program_directory() {
    return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

uint16_t free_port() {
    boost::asio::io_context io;
    const tcp::acceptor probe(io, {boost::asio::ip::address_v4::loopback(), 0});
    return probe.local_endpoint().port();
}

void wait_until_it_listens(ChildProcess& server, uint16_t port) {
    const uint64_t end = monotonic_ns() + patience_ns;
    while (!stopped()) {
        server.check_alive();
        boost::asio::io_context io;
        tcp::socket socket(io);
        boost::system::error_code error;
        socket.connect({boost::asio::ip::address_v4::loopback(), port}, error);
        if (!error) return;
        if (monotonic_ns() > end)
            throw std::runtime_error("nobody listens on port " + std::to_string(port));
        std::this_thread::sleep_for(20ms);
    }
}

}  // namespace carbonx::bench
