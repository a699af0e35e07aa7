// Whether a message that a broker has received is one of our dictionary, as QuickFIX judges it.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>

#include "gateway/dictionary.h"
#include "gateway/quickfix.h"
#include "tests/broker.h"

namespace carbonx::tests {

// The message again, for what follows.
inline Fields valid(Fields message) {
    static const auto dictionary = gateway::load_dictionary();
    std::string text = message.text;
    std::replace(text.begin(), text.end(), '|', '\x01');
    INFO(message.text);
    CHECK_NOTHROW(dictionary->validate(FIX::Message(text, *dictionary)));
    return message;
}

}  // namespace carbonx::tests
