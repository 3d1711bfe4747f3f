#include "kernel/gate/place.h"

#include <sys/stat.h>

#include <algorithm>
#include <string_view>

#include "base/directory.h"
#include "base/text.h"
#include "kernel/observe/observe.h"

namespace bulkhead::kernel {

namespace {

constexpr std::array<std::string_view, Place::kNamespaces> kNames = {"mnt", "pid", "user",  "net",
                                                                     "ipc", "uts", "cgroup"};

constexpr std::size_t kOfContainer = 3;  // mnt pid user

bool same_container(const Place& one, const Place& other) {
  return one.is_known() && std::equal(one.namespaces.begin(), one.namespaces.begin() + kOfContainer,
                                      other.namespaces.begin());
}

}  // namespace

FileId file_id(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {.device = status.st_dev, .inode = status.st_ino};
}

Place place_of(pid_t process, const std::string& proc_root) {
  const std::string directory = base::cat(proc_root, "/", process);
  Place place;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    place.namespaces[i] = file_id(base::cat(directory, "/ns/", kNames[i])).inode;
  }
  place.root = file_id(base::cat(directory, "/root"));
  return place;
}

bool share_container(pid_t one, pid_t other, const std::string& proc_root) {
  return same_container(place_of(one, proc_root), place_of(other, proc_root));
}

bool share_user_namespace(pid_t one, pid_t other, const std::string& proc_root) {
  const auto of = [&](pid_t process) {
    return file_id(base::cat(proc_root, "/", process, "/ns/user"));
  };
  return of(one).inode != 0 && of(one) == of(other);
}

std::optional<pid_t> first_process_beside(pid_t process, const std::string& proc_root) {
  const Place place = place_of(process, proc_root);
  std::optional<pid_t> first;
  std::uint64_t earliest = UINT64_MAX;
  for (const pid_t candidate : base::pids_in(base::Directory(proc_root))) {
    if (candidate == process) continue;
    if (!same_container(place, place_of(candidate, proc_root))) continue;
    const auto start = read_start_time(candidate, proc_root);
    if (!start || *start >= earliest) continue;
    earliest = *start;
    first = candidate;
  }
  return first;
}

}  // namespace bulkhead::kernel
