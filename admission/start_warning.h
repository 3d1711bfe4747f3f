// What keeps a container from reaching its program although it starts as planned: said to whoever
// starts it, and to its engine once the runtime gave up.
#pragma once

#include <string>

#include "admission/voice.h"
#include "policy/decide/decide.h"

namespace bulkhead::admission {

// The findings of which policy::keeps_from_starting() is true, as "A; B"; empty where there is
// none.
[[nodiscard]] std::string what_keeps_from_starting(const policy::Plan& plan);

// One line on stderr each, before the runtime says anything.
void warn_of_start(const Voice& voice, const policy::Plan& plan);

// The last word in the engine's log, where engines look for the sentence that they show. Nothing
// where nothing was found.
void explain_failed_start(const Voice& voice, const policy::Plan& plan);

}  // namespace bulkhead::admission
