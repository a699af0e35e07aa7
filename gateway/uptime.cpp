#include "gateway/uptime.h"

#include <fstream>
#include <random>

namespace carbonx::gateway {
namespace {

constexpr const char* stopped = "stopped";

std::string file_name(const Settings& settings) {
    return "gateway-" + std::to_string(settings.gateway.number) + ".running";
}

std::string first_word(const std::filesystem::path& file) {
    std::string word;
    std::ifstream(file) >> word;
    return word;
}

}  // namespace

void replace_file(const DiskCalls& calls, const std::filesystem::path& file,
                  const std::string& text) {
    const std::filesystem::path making = file.string() + ".making";
    const File made(making, O_WRONLY | O_CREAT | O_TRUNC);
    made.write(calls, text.data(), text.size(), 0);
    made.sync(calls);
    rename_file(calls, making, file);
    sync_directory(calls, file.parent_path());
}

Uptime::Uptime(const Settings& settings, const DiskCalls& calls)
    : calls_(calls),
      durable_(settings.data_directory / "sessions" / file_name(settings)),
      in_memory_(settings.runtime_directory / file_name(settings)) {
    const std::string words = first_word(durable_);
    // Without the file no store was ever used: it is written before.
    if (words.empty() || words == stopped) {
        start_ = Start::after_stop;
    } else if (words != first_word(in_memory_)) {
        start_ = Start::after_power_cut;
    }
}

void Uptime::begin() {
    std::filesystem::create_directories(durable_.parent_path());
    std::filesystem::create_directories(in_memory_.parent_path());
    std::random_device random;
    const std::string words =
        std::to_string(random()) + "-" + std::to_string(random()) + "-" + std::to_string(random());
    // Killed between the two, the next start finds what this one found.
    std::ofstream(in_memory_, std::ios::trunc) << words << std::endl;
    replace_file(calls_, durable_, words + "\n");
}

void Uptime::stop() { replace_file(calls_, durable_, std::string(stopped) + "\n"); }

}  // namespace carbonx::gateway
