// System calls that containers have been escaped through, or that hand out what a filter is there
// to withhold: for `lint`, which tells profiles that allow them, and `explain`, which shows them
// first.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "policy/values/finding.h"

namespace bulkhead::policy {

enum class Danger : std::uint8_t {
  kernel_surface,  // large kernel code that is reachable without privilege
  node,            // changes or reads the node itself; capabilities are the second lock
  other_tasks,     // reaches into other processes
};
[[nodiscard]] std::string_view name_of(Danger danger);

struct NotoriousSyscall {
  std::string_view name;
  std::string_view arguments;  // with which it is; empty: with any. "CLONE_NEWUSER"
  Danger danger;
  Severity severity;  // of a profile that allows it to everybody
  std::string_view
      capability;  // that the kernel demands as well; empty: none, or only for tasks of others
  std::string_view harm;    // what it gives an attacker, one sentence
  std::string_view source;  // a CVE, a manual page, a publication
};

// "clone(CLONE_NEWUSER)", as parse_call_pattern() reads it.
[[nodiscard]] std::string text_of(const NotoriousSyscall& call);

// Sorted by danger, then by name.
[[nodiscard]] std::span<const NotoriousSyscall> notorious_syscalls();
[[nodiscard]] const NotoriousSyscall* find_notorious(std::string_view name);

}  // namespace bulkhead::policy
