#include "admission/start.h"

#include <utility>
#include <variant>

#include "base/exit_codes.h"
#include "base/text.h"
#include "policy/decide/enforce_answer.h"

namespace bulkhead::admission {

using base::Error;
using base::Result;

namespace {

std::string what_does_not_begin(const Start& start) {
  const std::string container = policy::describe(start.identity);
  switch (start.begins) {
    case Begins::container: return base::cat(container, " is not started: ");
    case Begins::process: break;
  }
  return base::cat("exec into ", container, " is refused: ");
}

Error not_begun(const Start& start) {
  return {base::ErrorCode::refused,
          base::cat(what_does_not_begin(start), start.refusal->sentence()),
          {}};
}

audit::Event event_of_failure(const Start& start, const Error& error) {
  return start.refusal
             ? audit::event_of(policy::Decision{*start.refusal}, start.identity, start.stage)
             : audit::event_of(error, start.identity, start.stage);
}

}  // namespace

Result<policy::Plan> take_plan(Start& start, policy::Decision decision) {
  if (auto* plan = std::get_if<policy::Plan>(&decision)) return std::move(*plan);
  start.refusal = std::get<policy::Refusal>(std::move(decision));
  return std::unexpected(not_begun(start));
}

Result<void> check_it_can_start(Start& start, const policy::Plan& plan) {
  if (!plan.cannot_start || plan.mode == policy::Mode::observe) return {};
  start.refusal = policy::why_it_cannot_start(plan);
  return std::unexpected(not_begun(start));
}

Result<policy::Plan> plan_start(Start& start, const oci_config::JsonDocument& config,
                                const Request& request, const policy::Policy& policy) {
  auto examined = examine(config, request, policy);
  if (!examined) return std::unexpected(std::move(examined.error()));
  start.identity = std::move(examined->identity);
  return take_plan(start, std::move(examined->decision));
}

int refuse(const Voice& voice, const Start& start, const Error& error) {
  say_to_engine(voice, error.sentence());
  log_event(voice, event_of_failure(start, error));
  return static_cast<int>(base::exit_code_for(error.code));
}

std::optional<int> refuse_unless_observing(const Voice& voice, const Start& start,
                                           const Error& error) {
  if (start.mode == policy::Mode::enforce) return refuse(voice, start, error);
  audit::Event event = event_of_failure(start, error);
  event.kind = audit::EventKind::observed;
  event.message = base::cat(policy::kWouldRefuse, event.message);
  log_event(voice, event);
  return std::nullopt;
}

}  // namespace bulkhead::admission
