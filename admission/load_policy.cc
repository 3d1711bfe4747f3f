#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "admission/examine.h"
#include "admission/ignored_files.h"
#include "base/directory.h"
#include "base/files.h"
#include "base/text.h"
#include "kernel/observe/observe.h"
#include "oci-config/json.h"
#include "policy/settings/policy_reader.h"

namespace bulkhead::admission {

namespace {

using base::cat;
using base::ErrorCode;
using base::quoted;
using base::Result;

constexpr std::string_view kRemedy =
    "until it can be read and is valid no container starts; see `bulkhead policy check`";

std::unexpected<base::Error> unreadable(base::Error error) {
  error.code = ErrorCode::policy;
  error.remedy = kRemedy;
  return std::unexpected(std::move(error).within("reading the policy"));
}

// The node's root has another name in a user namespace: that of whoever is not mapped. There mode
// bits alone can tell.
struct stat as_the_node_sees_it(struct stat status) {
  constexpr unsigned kNotMapped =
      65534;  // /proc/sys/kernel/overflowuid, as every distribution has it
  if (!kernel::is_in_user_namespace()) return status;
  if (status.st_uid == kNotMapped) status.st_uid = 0;
  if (status.st_gid == kNotMapped) status.st_gid = 0;
  return status;
}

// Who may write a policy decides what every container of the node may do.
Result<void> check_writers(const struct stat& status, const std::string& path) {
  if (!base::others_may_write(status)) return {};
  if (!base::others_may_write(as_the_node_sees_it(status))) return {};
  return base::fail(ErrorCode::policy, cat(quoted(path), " can be written by others than root"),
                    "chown root:root and chmod go-w it, after reading what is in it");
}

Result<void> check_directory(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) return check_writers(status, path);
  if (errno == ENOENT) return {};
  return base::fail_errno(ErrorCode::policy, "look at", path);
}

Result<void> read_into(std::vector<policy::PolicyDocument>& documents, const std::string& path) {
  auto content = base::read_file_at(
      AT_FDCWD, path,
      {.max_bytes = oci_config::kMaxPolicyBytes, .symlinks = base::FollowSymlinks::yes});
  if (!content) return unreadable(std::move(content.error()));
  if (auto checked = check_writers(content->status, path); !checked) {
    return unreadable(std::move(checked.error()));
  }
  documents.push_back({path, std::move(content->bytes)});
  return {};
}

// What lies in policy.d: *.json is policy; another name, and a hidden one (an editor's, our own
// temporaries), is not.
struct DropIns {
  std::vector<std::string> names;  // sorted
  std::vector<std::string> ignored;
};

bool is_policy(std::string_view name) { return name.ends_with(".json") && !name.starts_with('.'); }

Result<DropIns> drop_ins_of(const std::string& directory) {
  if (auto checked = check_directory(directory); !checked) {
    return unreadable(std::move(checked.error()));
  }
  base::Directory listing(directory);
  if (!listing.valid() && errno == ENOENT) return DropIns{};
  if (!listing.valid()) {
    return unreadable(base::fail_errno(ErrorCode::policy, "list", directory).error());
  }
  DropIns found;
  while (const dirent* entry = listing.next()) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    (is_policy(name) ? found.names : found.ignored).emplace_back(name);
  }
  if (errno != 0) return unreadable(base::fail_errno(ErrorCode::policy, "list", directory).error());
  std::ranges::sort(found.names);
  std::ranges::sort(found.ignored);
  return found;
}

Result<policy::Policy> policy_of(std::vector<policy::PolicyDocument> documents) {
  if (documents.empty()) return policy::built_in_policy();
  return policy::read_policy(std::move(documents));
}

// Without effect where anything is wrong with it: what is recorded never decides whether a
// container starts. Of what such a document says, `record` alone counts.
Result<policy::Policy> recordings_of(const std::string& path) {
  std::vector<policy::PolicyDocument> documents;
  if (auto read = read_into(documents, path); !read)
    return std::unexpected(std::move(read.error()));
  return policy::read_policy(std::move(documents));
}

bool add_recordings(const std::string& path, std::vector<policy::Rule>& recordings) {
  auto document = recordings_of(path);
  if (!document) return false;
  std::ranges::move(document->rules, std::back_inserter(recordings));
  return true;
}

void add_recordings(policy::Policy& policy, const base::Paths& paths) {
  const std::string directory = cat(paths.settings, "/record.d");
  if (!base::Directory(directory).valid() && errno == ENOENT) return;
  const auto found = drop_ins_of(directory);
  if (!found) return policy.ignored.push_back(directory);
  for (const std::string& name : found->names) {
    std::string path = cat(directory, "/", name);
    if (!add_recordings(path, policy.recordings)) policy.ignored.push_back(std::move(path));
  }
}

}  // namespace

Result<PolicyDocuments> read_policy_documents(const base::Paths& paths) {
  PolicyDocuments read_here;
  if (auto checked = check_directory(paths.settings); !checked) {
    return unreadable(std::move(checked.error()));
  }
  const std::string main_file = cat(paths.settings, "/policy.json");
  if (!base::is_absent_at(AT_FDCWD, main_file)) {
    if (auto read = read_into(read_here.documents, main_file); !read) {
      return std::unexpected(std::move(read.error()));
    }
  }
  const std::string directory = cat(paths.settings, "/policy.d");
  auto found = drop_ins_of(directory);
  if (!found) return std::unexpected(std::move(found.error()));
  for (const std::string& name : found->names) {
    if (auto read = read_into(read_here.documents, cat(directory, "/", name)); !read) {
      return std::unexpected(std::move(read.error()));
    }
  }
  for (const std::string& name : found->ignored) {
    read_here.ignored.push_back(cat(directory, "/", name));
  }
  return read_here;
}

std::vector<std::string> ignored_recordings(const base::Paths& paths) {
  policy::Policy policy = policy::built_in_policy();
  add_recordings(policy, paths);
  return policy.ignored;
}

std::string why_ignored(const std::string& path) {
  constexpr std::string_view kMended = "it was changed just now";
  const std::string name = path.substr(path.rfind('/') + 1);
  if (name == "record.d") {
    const auto listed = drop_ins_of(path);
    return listed ? std::string(kMended) : listed.error().message;
  }
  if (!is_policy(name)) return "a policy's name ends in .json and does not begin with a dot";
  const auto read = recordings_of(path);
  return read ? std::string(kMended) : cat("nothing is recorded by it: ", read.error().message);
}

Result<policy::Policy> load_policy(const base::Paths& paths) {
  auto read = read_policy_documents(paths);
  if (!read) return std::unexpected(std::move(read.error()));
  auto policy = policy_of(std::move(read->documents));
  if (!policy) return policy;
  policy->ignored = std::move(read->ignored);
  add_recordings(*policy, paths);
  return policy;
}

}  // namespace bulkhead::admission
