#include "kernel/observe/observe_namespaces.h"

#include <sys/stat.h>

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "kernel/tasks/namespace_link.h"

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

// All namespaces are files of one file system (nsfs). Which one matters where one was looked at by
// its path, and the kernel makes an inode to answer.
Result<dev_t> device_of(const std::vector<policy::PlannedNamespace>& planned,
                        const std::string& proc_root) {
  const bool matters = std::ranges::any_of(
      planned, [](const policy::PlannedNamespace& one) { return one.joined.has_value(); });
  if (!matters) return 0;
  const auto own = namespace_at(proc_root + "/self/ns/mnt");
  if (!own) return std::unexpected(own.error());
  return own->device;
}

Result<ino_t> inode_at(const std::string& link) {
  const auto inode = namespace_inode(link);
  if (!inode) return base::fail_errno(base::ErrorCode::kernel, "look at", link);
  return *inode;
}

Result<ObservedNamespace> observe_namespace(pid_t task, NamespaceType type, dev_t device,
                                            const std::string& proc_root) {
  const std::string_view file = file_of(type);
  const auto inode = inode_at(base::cat(proc_root, '/', task, "/ns/", file));
  if (!inode) return std::unexpected(inode.error());
  const auto own = inode_at(base::cat(proc_root, "/self/ns/", file));
  if (!own) return std::unexpected(own.error());
  return ObservedNamespace{.id = {.device = device, .inode = *inode},
                           .of_observer = {.device = device, .inode = *own}};
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
  const auto device = device_of(planned, proc_root);
  if (!device) return std::unexpected(device.error());
  std::vector<ObservedNamespace> observed;
  observed.reserve(planned.size());
  for (const policy::PlannedNamespace& one : planned) {
    const auto seen = observe_namespace(task, one.type, *device, proc_root);
    if (!seen) return std::unexpected(seen.error());
    observed.push_back(*seen);
  }
  return observed;
}

}  // namespace bulkhead::kernel
