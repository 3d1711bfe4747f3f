// Starting another program, in a process group of its own, so that it can be killed with all that
// it started.
#pragma once

#include <spawn.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "base/error.h"

namespace bulkhead::kernel {

class ChildProcess {
 public:
  ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  // What the program finds as its descriptor `as`.
  void give(int descriptor, int as);
  void give_null(int as, int flags);  // /dev/null, opened with these

  void change_directory(const std::string& directory);
  void reset_signals();  // none is blocked, ignored or handled

  // argv[0] is the path; `environment` ends with a null pointer. An error has the code `otherwise`.
  [[nodiscard]] base::Result<pid_t> start(const std::vector<std::string>& argv,
                                          char* const* environment,
                                          base::ErrorCode otherwise) const;

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace bulkhead::kernel
