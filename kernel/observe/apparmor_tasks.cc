#include "kernel/observe/apparmor_tasks.h"

#include <fcntl.h>

#include "base/directory.h"
#include "base/files.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "kernel/observe/observe.h"

namespace bulkhead::kernel {

namespace {

constexpr std::size_t kMaxLabelBytes = 16 << 10;

std::string label_of(const std::string& process_directory) {
  const std::string path = process_directory + "/attr/apparmor/current";
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return {};
  const auto text = base::drain(file.get(), path, kMaxLabelBytes);
  return text ? parse_apparmor_label(*text).name : std::string();
}

}  // namespace

std::map<std::string, std::vector<pid_t>> confined_processes(const std::string& proc_root) {
  std::map<std::string, std::vector<pid_t>> found;
  for (const pid_t pid : base::pids_in(base::Directory(proc_root))) {
    const std::string label = label_of(base::cat(proc_root, '/', pid));
    if (label.empty() || label == "unconfined") continue;
    found[label].push_back(pid);
  }
  return found;
}

}  // namespace bulkhead::kernel
