#include "policy/graph/work_budget.h"

#include "base/text.h"

namespace bulkhead::policy {

std::unexpected<base::Error> too_much_work(std::string_view what) {
  return base::fail(
      base::ErrorCode::unsupported,
      base::cat("not analysable: to settle what is decided for ", what, " takes more than the ",
                kMaxSteps, " steps that a question may cost"),
      "write fewer conditions that look at the same bits of different arguments, or "
      "one masked comparison for several");
}

}  // namespace bulkhead::policy
