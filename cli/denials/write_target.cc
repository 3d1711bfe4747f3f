#include "cli/denials/write_target.h"

#include <fcntl.h>

#include <filesystem>
#include <system_error>

#include "base/files.h"
#include "base/text.h"
#include "cli/frame/input.h"
#include "oci-config/seccomp_profile.h"

namespace bulkhead::cli {

using base::cat;
using base::Result;

Result<InForce> read_profile(const std::string& path) {
  auto text = read_input(path, oci_config::kMaxProfileBytes);
  if (!text) return std::unexpected(std::move(text.error()));
  return InForce{*std::move(text), path};
}

bool is_same_file(const std::string& one, const std::string& other) {
  std::error_code failed;
  return std::filesystem::equivalent(one, other, failed) && !failed;
}

Result<void> check_target(const std::string& file, const InForce& before,
                          const std::string& after) {
  if (is_same_file(file, before.path) || !base::file_exists_at(AT_FDCWD, file)) return {};
  const auto there = read_input(file, oci_config::kMaxProfileBytes);
  if (there && *there == after) return {};
  return base::fail(base::ErrorCode::usage,
                    cat(base::quoted(file), " is there, and is not the profile that was in force"),
                    cat("name a new file, or give --profile ", file, " to change that one"));
}

}  // namespace bulkhead::cli
