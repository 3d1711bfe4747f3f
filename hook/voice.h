// The hook speaks under its own name; no engine names a log to it.
#pragma once

#include "admission/voice.h"

namespace bulkhead::hook {

[[nodiscard]] inline admission::Voice voice(const base::Paths& paths = {}) {
  return {.program = "bulkhead-hook", .paths = paths};
}

}  // namespace bulkhead::hook
