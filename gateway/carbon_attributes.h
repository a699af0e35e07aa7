// What the credits of a counter are: the registry's project, the vintage, what they stand for. A
// group of tags of our own (5010), one entry a counter, behind all else: inside FIX's own groups it
// would end them for every client that reads by the standard's dictionary.
//
// Threads: any; functions of the directory.
// Always: what is not listed is left out; texts are whole, as the listing has them, in UTF-8.
#pragma once

#include <string>

#include "gateway/directory.h"
#include "gateway/message_writer.h"

namespace carbonx::gateway {

// CreditLabels (5019): "CCP CORSIA"; empty for none.
std::string labels_text(uint32_t labels);

// One entry; NoCarbonAttributes (5010) was written before the first.
void add_carbon_attributes(MessageWriter& message, const Directory& directory,
                           const Counter& counter);

}  // namespace carbonx::gateway
