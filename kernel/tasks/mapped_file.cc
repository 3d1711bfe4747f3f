#include "kernel/tasks/mapped_file.h"

#include "base/text.h"
#include "kernel/tasks/proc_file.h"

namespace bulkhead::kernel {

// proc_pid_maps(5): the path is what begins with the line's first slash.
std::string mapped_file(pid_t process, std::string_view name, const std::string& proc_root) {
  const auto maps = read_proc_file(proc_path(proc_root, process, "maps"));
  if (!maps) return {};
  const std::size_t found = maps->find(base::cat('/', name));
  if (found == std::string::npos) return {};
  const std::size_t line = maps->rfind('\n', found) + 1;  // 0 behind the last line
  const std::size_t path = maps->find('/', line);
  return maps->substr(path, maps->find('\n', found) - path);
}

}  // namespace bulkhead::kernel
