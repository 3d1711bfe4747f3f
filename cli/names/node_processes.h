// The processes of the node, and which containers they belong to.
//
// No control group's name is trusted to tell a container: engines differ, and CRI-O keeps a process
// of its own in a pod's group. What tells one is where a process is: in another mount namespace
// than the node's first process, and in another pid namespace too or on another root file system (a
// container that shares the node's processes). So a service of systemd's with a mount namespace of
// its own is none, nor is a daemon in a chroot.
//
// Not supported: a container without a mount namespace of its own that has no record.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "audit/records/record.h"

namespace bulkhead::cli {

struct NodeProcess {
  pid_t pid = 0;
  std::string cgroup;
  ino_t mount_namespace = 0;
  ino_t pid_namespace = 0;
  bool is_apart = false;  // in a container's place, as above
};

// Every process below /proc that has not ended.
[[nodiscard]] std::vector<NodeProcess> node_processes(const std::string& proc_root);

struct Population {
  std::vector<std::vector<pid_t>> of_record;  // as the records stand, the init first
  std::vector<pid_t> unrecorded;              // in a container's place, and of no record
};

// A process belongs to a record whose init it is, whose mount and pid namespaces it shares (where
// those are not the node's), or whose control group, or one above, is its own.
[[nodiscard]] Population population_of(const std::vector<audit::ContainerRecord>& records,
                                       const std::vector<NodeProcess>& processes);

}  // namespace bulkhead::cli
