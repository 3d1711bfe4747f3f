// One start, of a container or of a process in it: what is known of it so far, how it comes to its
// plan, and the one way in which it fails. Shim and hook, at every stage, begin with a Start.
//
//   Start start{.stage = "shim create", .identity = {.id = id}};
//   auto plan = plan_start(start, config, request, policy);
//   if (!plan) {
//     if (const auto code = refuse_unless_observing(voice, start, plan.error())) return *code;
//   }
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "admission/examine.h"
#include "admission/voice.h"
#include "base/error.h"
#include "policy/decide/decide.h"

namespace bulkhead::admission {

// What begins: a container, or a process in one that runs (`exec`).
enum class Begins : std::uint8_t { container, process };

struct Start {
  std::string stage;  // "shim create", "hook createRuntime"
  Begins begins = Begins::container;
  policy::Identity identity = {};             // the id alone before the documents were read
  policy::Mode mode = policy::Mode::enforce;  // the policy's, once that was read
  std::optional<policy::Refusal> refusal =
      std::nullopt;  // by the policy; else a failure is another's
};

// The plan of a decision. A refusal is kept in `start`, and is the error (code refused).
[[nodiscard]] base::Result<policy::Plan> take_plan(Start& start, policy::Decision decision);

// Examines the container's document and takes its plan. Errors: those of examine(); refused.
[[nodiscard]] base::Result<policy::Plan> plan_start(Start& start,
                                                    const oci_config::JsonDocument& config,
                                                    const Request& request,
                                                    const policy::Policy& policy);

// Error (code refused; the refusal is kept in `start`): nothing can start as planned. The engine is
// told so in time. Never in mode observe.
[[nodiscard]] base::Result<void> check_it_can_start(Start& start, const policy::Plan& plan);

// Says why the start fails wherever somebody looks, and logs the event. Returns the exit code.
[[nodiscard]] int refuse(const Voice& voice, const Start& start, const base::Error& error);

// The same; in observe mode nothing is said, the event tells what would have been refused, and
// there is no exit code: the container is let go as it is.
[[nodiscard]] std::optional<int> refuse_unless_observing(const Voice& voice, const Start& start,
                                                         const base::Error& error);

}  // namespace bulkhead::admission
