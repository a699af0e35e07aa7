// What an encoder makes of a script's events, message by message in hex; and the specification's
// examples in the same form.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "marketdata/encoder.h"
#include "marketdata/packet.h"
#include "tests/feed_script.h"

namespace carbonx::tests {

inline std::string hex(std::span<const unsigned char> bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const unsigned char byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

inline std::string hex(std::string_view text) {
    return hex({reinterpret_cast<const unsigned char*>(text.data()), text.size()});
}

inline std::string hex64(uint64_t value) {
    const marketdata::wire::U64 wire = value;
    return hex({reinterpret_cast<const unsigned char*>(&wire), sizeof wire});
}

// Hex without the spaces that make it readable.
inline std::string joined(std::string_view spaced) {
    std::string text(spaced);
    std::erase(text, ' ');
    return text;
}

// The lines of hex in this section of marketdata/README.md.
inline std::vector<std::string> readme_examples(const std::string& section) {
    std::ifstream readme(CARBONX_SOURCE_DIRECTORY "/marketdata/README.md");
    REQUIRE(readme);
    std::vector<std::string> examples;
    bool inside = false;
    for (std::string line; std::getline(readme, line);) {
        if (line.starts_with("## ")) inside = line == "## " + section;
        if (inside && line.starts_with("hex ")) examples.push_back(joined(line.substr(4)));
    }
    return examples;
}

// Each example of the section, so many of them, is among these messages, and they are not all.
inline void check_readme_examples(const std::string& section, std::size_t count,
                                  const std::vector<std::string>& messages) {
    const auto examples = readme_examples(section);
    CHECK(examples.size() == count);
    for (const std::string& example : examples) {
        INFO(example);
        CHECK(std::find(messages.begin(), messages.end(), example) != messages.end());
    }
    for (const std::string& message : messages) UNSCOPED_INFO(message);
    CHECK(messages.size() > examples.size());
}

template <class Encoder>
class EncodedFeed {
public:
    EncodedFeed() : script(scratch_.path()), events_(scratch_.path(), scratch_.path(), "test") {
        messages();
    }

    // What the events since the last call gave: messages without their lengths.
    std::vector<std::string> messages() {
        std::vector<std::string> list;
        while (const EventHead* event = events_.next()) {
            const marketdata::Encoded& encoded = encoder_.encode(*event, events_.sequence());
            if (encoded.session_begins)
                list.push_back("begin " + std::string(encoder_.session().view()));
            append(encoded.blocks, list);
            if (encoded.session_ends) list.push_back("end");
        }
        return list;
    }
    // The same, types only: "S R H A".
    std::string types() { return types_of(messages()); }
    // What a newcomer is given now.
    std::vector<std::string> snapshot() {
        marketdata::Blocks blocks;
        encoder_.snapshot(blocks);
        std::vector<std::string> list;
        append(blocks, list);
        return list;
    }

    static std::string types_of(const std::vector<std::string>& messages) {
        std::string text;
        for (const std::string& message : messages) {
            if (!text.empty()) text += ' ';
            const bool word = message.starts_with("begin") || message == "end";
            text += word ? message
                         : std::string(
                               1, static_cast<char>(std::stoi(message.substr(0, 2), nullptr, 16)));
        }
        return text;
    }

private:
    static void append(std::span<const unsigned char> blocks, std::vector<std::string>& list) {
        while (!blocks.empty()) {
            const auto block = marketdata::first_block(blocks);
            list.push_back(hex(block.subspan(2)));
            blocks = blocks.subspan(block.size());
        }
    }

    const ScratchDirectory scratch_;

public:
    FeedScript script;

private:
    EventReader events_;
    Encoder encoder_{480};
};

}  // namespace carbonx::tests
