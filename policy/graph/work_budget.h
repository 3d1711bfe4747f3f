// How much one question to the analysis may cost. Steps are counted, not time: what is answered on
// one machine is answered on every one.
//
// docs/how-the-analysis-works.md: "Where it ends".
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace bulkhead::policy {

inline constexpr std::uint64_t kMaxSteps = 5'000'000;  // about 100 ms at most

// Shared by all that one question costs.
struct WorkBudget {
  std::uint64_t left = kMaxSteps;
  [[nodiscard]] bool spend(std::uint64_t steps) {
    left = left > steps ? left - steps : 0;
    return left > 0;
  }
  [[nodiscard]] bool exhausted() const { return left == 0; }
};

// Error unsupported. `what` would cost too much: "'openat' on x86_64".
[[nodiscard]] std::unexpected<base::Error> too_much_work(std::string_view what);

}  // namespace bulkhead::policy
