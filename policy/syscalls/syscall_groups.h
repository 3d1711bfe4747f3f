// System calls by what they are for, so that a person can review a filter page by page.
#pragma once

#include <span>
#include <string_view>

namespace bulkhead::policy {

struct SyscallGroup {
  std::string_view name;   // "files"
  std::string_view help;   // one line
  std::string_view calls;  // separated by spaces
};

// Every call of x86-64 and i386 is in one group, the last group takes what none of the others
// names.
[[nodiscard]] std::span<const SyscallGroup> syscall_groups();
[[nodiscard]] const SyscallGroup& group_of(std::string_view syscall);

}  // namespace bulkhead::policy
