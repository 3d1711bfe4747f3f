// A kernel that keeps few audit records while nobody reads them loses denials under a storm.
#pragma once

#include <cstdint>
#include <string>

namespace bulkhead::audit {

// Of the kernel's backlog limit; 0 is no limit.
[[nodiscard]] bool is_small_backlog(std::uint32_t limit);
// What that means and what to do, as one sentence.
[[nodiscard]] std::string small_backlog_sentence(std::uint32_t limit);

}  // namespace bulkhead::audit
