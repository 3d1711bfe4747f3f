// What is said on the stderr of a process that the gate ends, so that whoever reads its log learns
// why there is nothing else in it.
#pragma once

#include <sys/types.h>

#include <string_view>

#include "base/unique_fd.h"

namespace bulkhead::kernel {

class LastWords {
 public:
  // While the process is still there.
  explicit LastWords(pid_t process);

  // "bulkhead: <sentence>", at most 1024 bytes. Never waits for a reader that does not read.
  void say(std::string_view sentence) const;

 private:
  base::UniqueFd its_stderr_;
};

}  // namespace bulkhead::kernel
