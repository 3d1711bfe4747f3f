// Asks the kernel what a loaded AppArmor profile lets a task do with a path (aa_query_label(2)).
//
// Only files are asked about. For other classes the kernel's answer is not to be trusted: of
// capabilities it says "allowed" whatever the profile says, and ptrace, signal and mount rules need
// more than a query can hold. A profile in complain mode is answered for as if it were enforced.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace bulkhead::kernel {

struct FilePermission {
  std::string_view name;  // "read"
  char letter;            // as in a rule: 'r'
  std::uint32_t mask;
};
[[nodiscard]] std::span<const FilePermission> file_permissions();
// By name or letter; nullptr when it is none.
[[nodiscard]] const FilePermission* file_permission_named(std::string_view word);

struct QueryAnswer {
  bool allowed = false;
  bool audited = false;  // the decision leaves a record
};

// `profile` as the kernel lists it, of a stack too. Errors: unsupported: no AppArmor, or a kernel
// without queries; invalid_input: no such profile is loaded.
[[nodiscard]] base::Result<QueryAnswer> query_file(const std::string& profile,
                                                   const std::string& path,
                                                   const FilePermission& permission);

}  // namespace bulkhead::kernel
