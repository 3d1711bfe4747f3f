#include "kernel/apparmor/apparmor_query.h"

#include <sys/apparmor.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/text.h"

namespace bulkhead::kernel {

using base::ErrorCode;

namespace {

constexpr std::array<FilePermission, 8> kPermissions = {{
    {"append", 'a', AA_MAY_APPEND},
    {"create", 'c', AA_MAY_CREATE},
    {"delete", 'd', AA_MAY_DELETE},
    {"exec", 'x', AA_MAY_EXEC},
    {"lock", 'k', AA_MAY_LOCK},
    {"mmap", 'm', AA_EXEC_MMAP},
    {"read", 'r', AA_MAY_READ},
    {"write", 'w', AA_MAY_WRITE},
}};

}  // namespace

std::span<const FilePermission> file_permissions() { return kPermissions; }

const FilePermission* file_permission_named(std::string_view word) {
  const auto* found = std::ranges::find_if(kPermissions, [&](const FilePermission& permission) {
    return permission.name == word || word == std::string_view(&permission.letter, 1);
  });
  return found == kPermissions.end() ? nullptr : found;
}

// aa_query_file_path() of libapparmor 3.0 loses the last byte of the path, so the query is built
// here: room for the command, the label, NUL, the class and the key.
base::Result<QueryAnswer> query_rule(const std::string& profile, const RuleQuery& asked) {
  if (::aa_is_enabled() != 1) {
    return base::fail(ErrorCode::unsupported, "AppArmor is not enabled in this kernel",
                      "boot with AppArmor enabled (apparmor=1 security=apparmor)");
  }
  std::string query(AA_QUERY_CMD_LABEL_SIZE, '\0');
  query += profile;
  query += '\0';
  query += static_cast<char>(asked.rule_class);
  query += asked.key;
  int allowed = 0;
  int audited = 0;
  if (::aa_query_label(asked.mask, query.data(), query.size(), &allowed, &audited) == 0) {
    return QueryAnswer{.allowed = allowed != 0, .audited = audited != 0};
  }
  if (errno == ENOENT || errno == EINVAL) {
    return base::fail(ErrorCode::invalid_input,
                      base::cat("no AppArmor profile ", base::quoted(profile), " is loaded"),
                      "bulkhead apparmor list shows those that are");
  }
  return base::fail_errno(ErrorCode::unsupported, "ask the kernel about the profile", profile);
}

base::Result<QueryAnswer> query_file(const std::string& profile, const std::string& path,
                                     const FilePermission& permission) {
  return query_rule(profile, {.rule_class = AA_CLASS_FILE, .key = path, .mask = permission.mask});
}

}  // namespace bulkhead::kernel
