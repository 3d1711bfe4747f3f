#include "cli/names/node_processes.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/directory.h"
#include "base/process_stat.h"
#include "base/text.h"
#include "kernel/observe/observe.h"
#include "kernel/tasks/obstacle.h"
#include "kernel/tasks/proc_file.h"

namespace bulkhead::cli {

namespace {

using audit::ContainerRecord;
using Namespaces = std::pair<ino_t, ino_t>;  // mount, pid

std::string_view take_word(std::string_view& line) {
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), word.size() + 1));
  return word;
}

// Device and directory that are mounted on "/", as /proc/<pid>/mountinfo says without touching
// them; empty where its root is no mount, as in a chroot.
std::string root_mount(pid_t pid, const std::string& proc_root) {
  const auto text = kernel::read_proc_file(kernel::proc_path(proc_root, pid, "mountinfo"));
  std::string_view rest = text ? std::string_view(*text) : std::string_view();
  std::string mount;  // the last one is on top
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    for (int before = 0; before < 2; ++before) (void)take_word(line);
    const std::string_view device = take_word(line);
    const std::string_view directory = take_word(line);
    if (take_word(line) == "/") mount = base::cat(device, ' ', directory);
  }
  return mount;
}

// Where the node's own processes are.
struct Home {
  Namespaces namespaces;
  std::string root;
};

// The number in "mnt:[4026531841]"; 0 where the link cannot be read.
ino_t namespace_of(pid_t task, std::string_view type, const std::string& proc_root) {
  char link[64];
  const std::string path = base::cat(proc_root, '/', task, "/ns/", type);
  const ssize_t size = ::readlink(path.c_str(), link, sizeof link);
  std::string_view text(link, size > 0 ? static_cast<std::size_t>(size) : 0);
  text.remove_prefix(std::min(text.size(), text.find('[') + 1));
  if (text.ends_with(']')) text.remove_suffix(1);
  return base::parse_decimal(text).value_or(0);
}

Namespaces namespaces_of(pid_t task, const std::string& proc_root) {
  return {namespace_of(task, "mnt", proc_root), namespace_of(task, "pid", proc_root)};
}

bool is_apart(pid_t task, const Namespaces& namespaces, const Home& home,
              const std::string& proc_root) {
  if (namespaces.first == 0 || namespaces.first == home.namespaces.first) return false;
  const auto stat = base::read_process_stat(task, proc_root);
  if (stat && stat->is_kernel_thread) return false;  // kdevtmpfs has mounts of its own
  if (namespaces.second != home.namespaces.second) return true;
  const std::string root = root_mount(task, proc_root);
  return !root.empty() && root != home.root;
}

// Nothing of one that has ended. A thread that has ended shows no namespaces; another does.
std::optional<NodeProcess> look_at(pid_t pid, const Home& home, const std::string& proc_root) {
  pid_t task = pid;
  Namespaces namespaces = namespaces_of(pid, proc_root);
  if (namespaces.first == 0) {
    const auto living = kernel::living_thread(pid, proc_root);
    if (!living) return std::nullopt;
    task = *living;
    namespaces = namespaces_of(task, proc_root);
  }
  return NodeProcess{.pid = pid,
                     .cgroup = kernel::read_cgroup(task, proc_root),
                     .mount_namespace = namespaces.first,
                     .pid_namespace = namespaces.second,
                     .is_apart = is_apart(task, namespaces, home, proc_root)};
}

class Records {
 public:
  Records(const std::vector<ContainerRecord>& records, const std::vector<NodeProcess>& processes) {
    for (std::size_t index = 0; index < records.size(); ++index) {
      inits_.try_emplace(records[index].pid, index);
      const std::string& cgroup = records[index].cgroup;
      if (!cgroup.empty() && cgroup != "/") by_cgroup_.try_emplace(cgroup, index);
    }
    for (const NodeProcess& process : processes) {
      const auto init = inits_.find(process.pid);
      if (init != inits_.end() && process.is_apart) {
        by_place_.try_emplace({process.mount_namespace, process.pid_namespace}, init->second);
      }
    }
  }

  [[nodiscard]] std::optional<std::size_t> owner_of(const NodeProcess& process) const {
    if (const auto init = inits_.find(process.pid); init != inits_.end()) return init->second;
    const auto place = by_place_.find({process.mount_namespace, process.pid_namespace});
    return place != by_place_.end() ? place->second : by_cgroup(process.cgroup);
  }

 private:
  // The nearest group above that is a container's.
  [[nodiscard]] std::optional<std::size_t> by_cgroup(std::string_view cgroup) const {
    while (!cgroup.empty()) {
      const auto found = by_cgroup_.find(cgroup);
      if (found != by_cgroup_.end()) return found->second;
      cgroup = cgroup.substr(0, cgroup.rfind('/'));
    }
    return std::nullopt;
  }

  std::unordered_map<pid_t, std::size_t> inits_;
  std::map<Namespaces, std::size_t> by_place_;
  std::map<std::string, std::size_t, std::less<>> by_cgroup_;
};

}  // namespace

std::vector<NodeProcess> node_processes(const std::string& proc_root) {
  const Home home{namespaces_of(1, proc_root), root_mount(1, proc_root)};
  std::vector<NodeProcess> processes;
  for (const pid_t pid : base::pids_in(base::Directory(proc_root))) {
    if (auto process = look_at(pid, home, proc_root)) processes.push_back(std::move(*process));
  }
  return processes;
}

Population population_of(const std::vector<ContainerRecord>& records,
                         const std::vector<NodeProcess>& processes) {
  Population population;
  for (const ContainerRecord& record : records) population.of_record.push_back({record.pid});
  const Records known(records, processes);
  for (const NodeProcess& process : processes) {
    const auto owner = known.owner_of(process);
    if (!owner) {
      if (process.is_apart) population.unrecorded.push_back(process.pid);
    } else if (process.pid != records[*owner].pid) {
      population.of_record[*owner].push_back(process.pid);
    }
  }
  return population;
}

}  // namespace bulkhead::cli
