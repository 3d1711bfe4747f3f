#include "kernel/observe/observe_namespaces.h"

#include <sys/stat.h>

#include <string_view>

#include "base/text.h"

namespace bulkhead::kernel {

using base::Result;
using oci_config::NamespaceType;
using policy::NamespaceId;
using policy::ObservedNamespace;

namespace {

// The name below /proc/<pid>/ns. "pid" and "time" are those of the task itself, not those that its
// children will have.
std::string_view file_of(NamespaceType type) {
  switch (type) {
    case NamespaceType::cgroup: return "cgroup";
    case NamespaceType::ipc: return "ipc";
    case NamespaceType::mount: return "mnt";
    case NamespaceType::network: return "net";
    case NamespaceType::pid: return "pid";
    case NamespaceType::time: return "time";
    case NamespaceType::user: return "user";
    case NamespaceType::uts: return "uts";
  }
  return "";
}

Result<ObservedNamespace> observe_namespace(pid_t task, NamespaceType type,
                                            const std::string& proc_root) {
  const std::string_view file = file_of(type);
  const auto id = namespace_at(base::cat(proc_root, '/', task, "/ns/", file));
  if (!id) return std::unexpected(id.error());
  const auto own = namespace_at(base::cat(proc_root, "/self/ns/", file));
  if (!own) return std::unexpected(own.error());
  return ObservedNamespace{.id = *id, .of_observer = *own};
}

}  // namespace

Result<NamespaceId> namespace_at(const std::string& path) {
  struct stat file = {};
  if (::stat(path.c_str(), &file) != 0) {
    return base::fail_errno(base::ErrorCode::kernel, "look at", path);
  }
  return NamespaceId{.device = file.st_dev, .inode = file.st_ino};
}

Result<std::vector<ObservedNamespace>> observe_namespaces(
    pid_t task, const std::vector<policy::PlannedNamespace>& planned,
    const std::string& proc_root) {
  std::vector<ObservedNamespace> observed;
  observed.reserve(planned.size());
  for (const policy::PlannedNamespace& one : planned) {
    const auto seen = observe_namespace(task, one.type, proc_root);
    if (!seen) return std::unexpected(seen.error());
    observed.push_back(*seen);
  }
  return observed;
}

}  // namespace bulkhead::kernel
