#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "admission/examine.h"
#include "base/directory.h"
#include "base/files.h"
#include "base/text.h"
#include "oci-config/json.h"
#include "policy/settings/policy_reader.h"

namespace bulkhead::admission {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;

constexpr std::string_view kRemedy =
    "until it can be read and is valid no container starts; see `bulkhead policy check`";

std::unexpected<base::Error> unreadable(base::Error error) {
  error.code = ErrorCode::policy;
  error.remedy = kRemedy;
  return std::unexpected(std::move(error).within("reading the policy"));
}

Result<void> read_into(std::vector<policy::PolicyDocument>& documents, const std::string& path) {
  auto content = base::read_file_at(
      AT_FDCWD, path,
      {.max_bytes = oci_config::kMaxPolicyBytes, .symlinks = base::FollowSymlinks::yes});
  if (!content) return unreadable(std::move(content.error()));
  documents.push_back({path, std::move(content->bytes)});
  return {};
}

// Names of *.json in policy.d, sorted. Hidden files (an editor's, our own temporaries) are not
// policy.
Result<std::vector<std::string>> drop_in_names(const std::string& directory) {
  base::Directory listing(directory);
  if (!listing.valid() && errno == ENOENT) return std::vector<std::string>{};
  if (!listing.valid()) {
    return unreadable(base::fail_errno(ErrorCode::policy, "list", directory).error());
  }
  std::vector<std::string> names;
  while (const dirent* entry = listing.next()) {
    const std::string_view name = entry->d_name;
    if (name.ends_with(".json") && !name.starts_with('.')) names.emplace_back(name);
  }
  if (errno != 0) return unreadable(base::fail_errno(ErrorCode::policy, "list", directory).error());
  std::ranges::sort(names);
  return names;
}

}  // namespace

Result<policy::Policy> load_policy(const base::Paths& paths) {
  std::vector<policy::PolicyDocument> documents;
  const std::string main_file = cat(paths.settings, "/policy.json");
  if (base::file_exists_at(AT_FDCWD, main_file)) {
    if (auto read = read_into(documents, main_file); !read) {
      return std::unexpected(std::move(read.error()));
    }
  }
  const std::string directory = cat(paths.settings, "/policy.d");
  auto names = drop_in_names(directory);
  if (!names) return std::unexpected(std::move(names.error()));
  for (const std::string& name : *names) {
    if (auto read = read_into(documents, cat(directory, "/", name)); !read) {
      return std::unexpected(std::move(read.error()));
    }
  }
  if (documents.empty()) return policy::built_in_policy();
  return policy::read_policy(std::move(documents));
}

}  // namespace bulkhead::admission
