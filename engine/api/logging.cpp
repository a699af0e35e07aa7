#include "engine/api/logging.h"

#include <spdlog/async.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <utility>

#include "engine/api/check.h"

namespace carbonx {
namespace {

constexpr std::size_t file_bytes = std::size_t{16} << 20;
constexpr std::size_t file_count = 8;
constexpr std::size_t queue_lines = 8192;

// What is logged may have come from outside: a line stays one line, and SOH of FIX can be read.
class Printable final : public spdlog::custom_flag_formatter {
public:
    void format(const spdlog::details::log_msg& message, const std::tm&,
                spdlog::memory_buf_t& line) override {
        for (const char c : message.payload) {
            const bool is_control = static_cast<unsigned char>(c) < ' ' || c == 127;
            line.push_back(c == '\x01' ? '|' : is_control ? '?' : c);
        }
    }
    std::unique_ptr<custom_flag_formatter> clone() const override {
        return std::make_unique<Printable>();
    }
};

// `pattern` has %* for what is logged.
void set_pattern(spdlog::sinks::sink& sink, const std::string& pattern) {
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    formatter->add_flag<Printable>('*').set_pattern(pattern);
    sink.set_formatter(std::move(formatter));
}

void log_stop(std::string_view message) {
    spdlog::critical("stopped: {}", message);
    spdlog::shutdown();  // waits until the line is written
}

}  // namespace

Logging::Logging(const std::string& process, const std::filesystem::path& directory) try {
    std::filesystem::create_directories(directory);
    spdlog::init_thread_pool(queue_lines, 1);
    const auto file = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
        (directory / (process + ".log")).string(), file_bytes, file_count);
    const auto terminal = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    set_pattern(*file, "%Y-%m-%dT%H:%M:%S.%f%z %L [%t] %*");
    set_pattern(*terminal, process + ": %l: %*");
    terminal->set_level(spdlog::level::warn);
    // A full queue drops its oldest lines: no thread of the venue ever waits for its log.
    spdlog::set_default_logger(std::make_shared<spdlog::async_logger>(
        process, spdlog::sinks_init_list{file, terminal}, spdlog::thread_pool(),
        spdlog::async_overflow_policy::overrun_oldest));
    spdlog::flush_on(spdlog::level::warn);
    spdlog::flush_every(std::chrono::seconds(1));
    on_stop(log_stop);
} catch (const std::exception& error) {
    throw std::runtime_error("cannot log in " + directory.string() + ": " + error.what());
}

Logging::~Logging() {
    on_stop(nullptr);
    spdlog::shutdown();
}

}  // namespace carbonx
