// A decision as people and scripts read it.
#pragma once

#include <string>

#include "policy/decide/decide.h"

namespace bulkhead::cli {

// Stable text for people: identity, each planned thing with its reason, findings with remedies;
// or the refusal. 80 columns, no colour.
[[nodiscard]] std::string explain(const policy::Decision& decision,
                                  const policy::Identity& identity);

// The same as one JSON object (compact). docs/events.md and scripts rely on its members' names.
[[nodiscard]] std::string explain_json(const policy::Decision& decision,
                                       const policy::Identity& identity);

}  // namespace bulkhead::cli
