#include "shim/outcome.h"

#include "admission/examine.h"
#include "base/text.h"

namespace bulkhead::shim {

Outcome outcome_of(base::Error error, const policy::Identity& identity, std::string_view stage,
                   policy::Mode mode) {
  audit::Event event = audit::event_of(error, identity, stage);
  if (mode == policy::Mode::enforce) {
    return std::unexpected(Refused{std::move(error), std::move(event)});
  }
  event.kind = audit::EventKind::observed;
  event.message = base::cat("would refuse: ", error.sentence());
  return Admitted{.event = std::move(event)};
}

Outcome outcome_of(const policy::Decision& decision, const policy::Identity& identity,
                   std::string_view stage) {
  audit::Event event = audit::event_of(decision, identity, stage);
  if (const auto* refusal = std::get_if<policy::Refusal>(&decision)) {
    return std::unexpected(Refused{admission::to_error(*refusal, identity), std::move(event)});
  }
  const auto& plan = std::get<policy::Plan>(decision);
  return Admitted{.event = std::move(event),
                  .drop_weakening_environment = plan.drop_weakening_environment};
}

}  // namespace bulkhead::shim
