// Asks the kernel what a loaded AppArmor profile lets a task do (aa_query_label(2)). A profile in
// complain mode is answered for as if it were enforced.
//
// Of capabilities the kernel answers "allowed" whatever the profile says: see policy_blob.h.
// Whether a mount is allowed hangs on more than a query can hold.
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

// What is asked about, as the kernel's matcher reads it: the class of rules (AA_CLASS_*), then
// bytes of the class's own. A class that the profile was compiled without is allowed.
struct RuleQuery {
  std::uint8_t rule_class = 0;
  std::string key;
  std::uint32_t mask = 0;  // all of it must be allowed
  bool operator==(const RuleQuery&) const = default;
};

// `profile` as the kernel lists it, of a stack too. Errors: unsupported: no AppArmor, or a kernel
// without queries; invalid_input: no such profile is loaded.
[[nodiscard]] base::Result<QueryAnswer> query_rule(const std::string& profile,
                                                   const RuleQuery& query);
[[nodiscard]] base::Result<QueryAnswer> query_file(const std::string& profile,
                                                   const std::string& path,
                                                   const FilePermission& permission);

}  // namespace bulkhead::kernel
