// All that is left to chance in a simulation, from one seed.
//
// Threads: one. Always: the same seed and the same questions give the same answers, on any machine.
#pragma once

#include <cstdint>
#include <random>
#include <stdexcept>

namespace carbonx::tests {

class Chance {
public:
    explicit Chance(uint64_t seed) : random_(seed) {}

    uint64_t next() { return random_(); }
    uint64_t below(uint64_t bound) { return random_() % bound; }
    uint64_t between(uint64_t least, uint64_t most) { return least + below(most - least + 1); }
    bool percent(uint64_t chance) { return below(100) < chance; }
    bool one_in(uint64_t bound) { return below(bound) == 0; }

private:
    std::mt19937_64 random_;
};

// What a simulation has found: one text for a person.
struct Finding : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace carbonx::tests
