#include "audit/records/loss_counts.h"

#include "base/counted.h"
#include "base/text.h"

namespace bulkhead::audit {

std::string text_of(const LossCounts& losses) {
  std::string text;
  for (const LossRow& row : kLossRows) {
    const std::uint64_t count = losses.*row.count;
    if (count == 0) continue;
    text += base::cat(text.empty() ? "" : ", ", base::counted(count, row.noun), ' ', row.rest);
  }
  return text;
}

std::uint64_t KernelLost::now(std::uint32_t lost) {
  sum_ += lost >= last_ ? lost - last_ : lost;
  last_ = lost;
  return sum_;
}

}  // namespace bulkhead::audit
