// The venue's SecurityList (35=y), read row by row.
//
// Threads: any; a pure function.
#pragma once

#include <string_view>
#include <vector>

#include "tools/fix_message.h"

namespace carbonx::tools {

// Texts as the message has them, valid as long as its bytes.
struct ListedCounter {
    std::string_view symbol;
    std::string_view currency;
    std::string_view name;
    std::string_view tick;
    std::string_view low;
    std::string_view high;
    std::string_view reference;
};

inline std::vector<ListedCounter> read_security_list(const FixView& message) {
    std::vector<ListedCounter> rows;
    for (const auto& [tag, value] : message.fields()) {
        if (tag == 55) rows.push_back({value, {}, {}, {}, {}, {}, {}});
        if (rows.empty()) continue;
        ListedCounter& row = rows.back();
        if (tag == 15) row.currency = value;
        if (tag == 107) row.name = value;
        if (tag != 872) continue;  // an attribute: name=value
        const std::size_t equals = value.find('=');
        const std::string_view attribute = value.substr(0, equals);
        const std::string_view text = value.substr(equals + 1);
        if (attribute == "MinPriceIncrement") row.tick = text;
        if (attribute == "LowLimitPrice") row.low = text;
        if (attribute == "HighLimitPrice") row.high = text;
        if (attribute == "ReferencePrice") row.reference = text;
    }
    return rows;
}

// Whether more fragments follow.
inline bool is_last_fragment(const FixView& message) { return message[893] != "N"; }

}  // namespace carbonx::tools
