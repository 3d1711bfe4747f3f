#include "audit/denials/small_backlog.h"

#include "base/text.h"

namespace bulkhead::audit {

bool is_small_backlog(std::uint32_t limit) {
  constexpr std::uint32_t kSmallBacklog = 1024;
  return limit != 0 && limit < kSmallBacklog;
}

std::string small_backlog_sentence(std::uint32_t limit) {
  return base::cat("the kernel keeps only ", limit,
                   " audit records while nobody reads them, and loses what is more; \"audit\": "
                   "{\"backlog_limit\": 8192} in the policy lets `bulkhead watch` raise that");
}

}  // namespace bulkhead::audit
