// What a stage of the shim came to: go on to the runtime, or not.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "audit/events/event.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "policy/decide/decide.h"

namespace bulkhead::shim {

struct Admitted {
  audit::Event event;
  bool drop_weakening_environment = false;
};

struct Refused {
  base::Error error;
  audit::Event event;
};

using Outcome = std::expected<Admitted, Refused>;

// A failure before there was a decision. In enforce mode it refuses; in observe mode the container
// goes on as it was, and the event says what enforce would have done.
[[nodiscard]] Outcome outcome_of(base::Error error, const policy::Identity& identity,
                                 std::string_view stage, policy::Mode mode);

// A decision whose plan has been carried out, or that was a refusal.
[[nodiscard]] Outcome outcome_of(const policy::Decision& decision, const policy::Identity& identity,
                                 std::string_view stage);

}  // namespace bulkhead::shim
