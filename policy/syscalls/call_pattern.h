// A system call as people write it, with some of its arguments: "userfaultfd", "socket(AF_ALG)",
// "ioctl(*, TIOCSTI)".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace bulkhead::policy {

struct CallPattern {
  std::string name;
  bool has_brackets = false;
  std::vector<std::optional<std::uint64_t>> arguments;  // none: "*", any value

  bool operator==(const CallPattern&) const = default;
};

// Errors: invalid_input: a name that no architecture with a table has (with the nearest one), an
// argument that is no number, no known name and not "*", or more than six; a name that another
// argument of the call has; arguments of a call whose flags lie in memory (clone3).
[[nodiscard]] base::Result<CallPattern> parse_call_pattern(std::string_view text);

}  // namespace bulkhead::policy
