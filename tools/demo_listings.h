// What the demo lists: real project-vintages from demo-data/listings.csv, each in HKD and CNH, and
// invented brokers with invented holdings, as commands to the engine.
//
// Threads: any.
// Always: the same file gives the same commands, ids and symbols. A row that cannot be listed is
// left out and named, never bent to fit.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/command.h"

namespace carbonx::tools {

// For certification; the demo's brokers leave it alone.
constexpr std::string_view test_counter = "TEST001H";

// One row of the file.
struct Offering {
    std::string registry;  // VCS, GLD, ACR, CAR, ART
    std::string project;
    std::string name;
    std::string country;
    std::string methodology;
    std::string family;
    uint16_t vintage = 0;
    uint32_t labels = 0;
    bool removal = false;
};

// The offerings, and into `left_out` one line for each row that is none. Throws std::runtime_error.
std::vector<Offering> read_offerings(const std::filesystem::path& file,
                                     std::vector<std::string>& left_out);

// Seven characters: the registry's letter, the project's last digits, the vintage's last two;
// V415024 is VCS4150 of 2024. Taken: names given already.
std::string instrument_name(const Offering& offering, const std::vector<std::string>& taken);

// Everything from the empty venue to open trading, in order. trading_day: yyyymmdd.
std::vector<Command> demo_commands(const std::vector<Offering>& offerings, uint32_t trading_day);

}  // namespace carbonx::tools
