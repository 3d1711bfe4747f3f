// Where a process is: its namespaces and its root directory. Two processes of which all of these
// are the same are not told apart by anything that confines a container.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace bulkhead::kernel {

struct FileId {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const FileId&) const = default;
};

struct Place {
  static constexpr std::size_t kNamespaces = 7;  // mnt pid user net ipc uts cgroup
  std::array<ino_t, kNamespaces> namespaces{};
  FileId root;
  bool operator==(const Place&) const = default;
  // A zombie shows no namespaces: its place reads as nothing and decides nothing.
  [[nodiscard]] bool is_known() const { return namespaces[0] != 0 && root.inode != 0; }
};

[[nodiscard]] Place place_of(pid_t process, const std::string& proc_root = "/proc");

// Whether it is at a place that is known. Cheaper than place_of(): nothing is looked at beyond the
// first difference.
[[nodiscard]] bool is_at(pid_t process, const Place& place, const std::string& proc_root = "/proc");

// Whether its place is known and another one.
[[nodiscard]] bool is_elsewhere(pid_t process, const Place& place,
                                const std::string& proc_root = "/proc");

// Whether two processes are in the same container: the same mount, pid and user namespace.
[[nodiscard]] bool share_container(pid_t one, pid_t other, const std::string& proc_root = "/proc");

[[nodiscard]] bool share_user_namespace(pid_t one, pid_t other,
                                        const std::string& proc_root = "/proc");

// The process of the same container that began first, other than `process` itself; nothing where
// there is none.
[[nodiscard]] std::optional<pid_t> first_process_beside(pid_t process,
                                                        const std::string& proc_root = "/proc");

// The file at a path; nothing (zeros) where it cannot be looked at.
[[nodiscard]] FileId file_id(const std::string& path);

}  // namespace bulkhead::kernel
