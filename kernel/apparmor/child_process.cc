#include "kernel/apparmor/child_process.h"

#include <signal.h>

#include <cerrno>

namespace bulkhead::kernel {

ChildProcess::ChildProcess() {
  posix_spawn_file_actions_init(&actions_);
  posix_spawnattr_init(&attributes_);
  posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP);
}

ChildProcess::~ChildProcess() {
  posix_spawn_file_actions_destroy(&actions_);
  posix_spawnattr_destroy(&attributes_);
}

void ChildProcess::give(int descriptor, int as) {
  posix_spawn_file_actions_adddup2(&actions_, descriptor, as);
}

void ChildProcess::give_null(int as, int flags) {
  posix_spawn_file_actions_addopen(&actions_, as, "/dev/null", flags, 0);
}

void ChildProcess::change_directory(const std::string& directory) {
  posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str());
}

void ChildProcess::reset_signals() {
  sigset_t all;
  sigset_t none;
  sigfillset(&all);
  sigemptyset(&none);
  posix_spawnattr_setsigdefault(&attributes_, &all);
  posix_spawnattr_setsigmask(&attributes_, &none);
  posix_spawnattr_setflags(&attributes_,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
}

base::Result<pid_t> ChildProcess::start(const std::vector<std::string>& argv,
                                        char* const* environment, base::ErrorCode otherwise) const {
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  pid_t pid = 0;
  errno = posix_spawn(&pid, words[0], &actions_, &attributes_, words.data(), environment);
  if (errno == 0) return pid;
  return base::fail_errno(otherwise, "execute", argv[0]);
}

}  // namespace bulkhead::kernel
