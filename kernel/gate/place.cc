#include "kernel/gate/place.h"

#include <sys/stat.h>

#include <algorithm>
#include <span>
#include <string_view>

#include "base/directory.h"
#include "base/text.h"
#include "kernel/tasks/namespace_link.h"
#include "kernel/tasks/task_status.h"

namespace bulkhead::kernel {

namespace {

constexpr std::array<std::string_view, Place::kNamespaces> kNames = {"mnt", "pid", "user",  "net",
                                                                     "ipc", "uts", "cgroup"};

constexpr std::size_t kOfContainer = 3;  // mnt pid user

ino_t namespace_of(const std::string& directory, std::string_view name) {
  return namespace_inode(base::cat(directory, "/ns/", name)).value_or(0);
}

FileId root_of(const std::string& directory) { return file_id(directory + "/root"); }

// The first `count` of them. Asks for no more than it takes.
bool has_namespaces_of(const std::string& directory, const Place& place, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (namespace_of(directory, kNames[i]) != place.namespaces[i]) return false;
  }
  return true;
}

bool shows_root(const std::string& directory) { return root_of(directory).inode != 0; }
bool shows_place(const std::string& directory) {
  return namespace_of(directory, kNames[0]) != 0 && shows_root(directory);
}

std::string directory_of(pid_t process, const std::string& proc_root) {
  return base::cat(proc_root, "/", process);
}

bool is_in_container(pid_t process, const Place& place, const std::string& proc_root) {
  return place.is_known() &&
         has_namespaces_of(directory_of(process, proc_root), place, kOfContainer);
}

}  // namespace

FileId file_id(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {.device = status.st_dev, .inode = status.st_ino};
}

Place place_of(pid_t process, const std::string& proc_root) {
  const std::string directory = directory_of(process, proc_root);
  Place place;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    place.namespaces[i] = namespace_of(directory, kNames[i]);
  }
  place.root = root_of(directory);
  return place;
}

bool is_at(pid_t process, const Place& place, const std::string& proc_root) {
  const std::string directory = directory_of(process, proc_root);
  return has_namespaces_of(directory, place, Place::kNamespaces) &&
         root_of(directory) == place.root;
}

bool is_elsewhere(pid_t process, const Place& place, const std::string& proc_root) {
  if (is_at(process, place, proc_root)) return false;
  return shows_place(directory_of(process, proc_root));
}

bool share_container(pid_t one, pid_t other, const std::string& proc_root) {
  const std::string directory = directory_of(one, proc_root);
  const std::string beside = directory_of(other, proc_root);
  return shows_root(directory) &&
         std::ranges::all_of(std::span(kNames).first(kOfContainer), [&](std::string_view name) {
           const ino_t inode = namespace_of(directory, name);
           return inode != 0 && inode == namespace_of(beside, name);
         });
}

bool share_user_namespace(pid_t one, pid_t other, const std::string& proc_root) {
  const auto of = [&](pid_t process) {
    return namespace_of(directory_of(process, proc_root), "user");
  };
  const ino_t known = of(one);
  return known != 0 && known == of(other);
}

std::optional<pid_t> first_process_beside(pid_t process, const std::string& proc_root) {
  const Place place = place_of(process, proc_root);
  std::optional<pid_t> first;
  std::uint64_t earliest = UINT64_MAX;
  for (const pid_t candidate : base::pids_in(base::Directory(proc_root))) {
    if (candidate == process) continue;
    if (!is_in_container(candidate, place, proc_root)) continue;
    const auto start = read_start_time(candidate, proc_root);
    if (!start || *start >= earliest) continue;
    earliest = *start;
    first = candidate;
  }
  return first;
}

}  // namespace bulkhead::kernel
