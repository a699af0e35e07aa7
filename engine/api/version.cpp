#include "engine/api/version.h"

namespace carbonx {

std::string_view build_text() { return CARBONX_BUILD; }
static_assert(sizeof(CARBONX_BUILD) <= 33, "it fits an EngineStarted");

}  // namespace carbonx
