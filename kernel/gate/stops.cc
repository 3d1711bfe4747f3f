#include "kernel/gate/stops.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

namespace bulkhead::kernel {

std::optional<int> wait_briefly(pid_t task) {
  constexpr useconds_t kLongestPause = 1000;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  for (useconds_t pause = 10; std::chrono::steady_clock::now() < end;
       pause = std::min(pause * 2, kLongestPause)) {
    int status = 0;
    const pid_t changed = ::waitpid(task, &status, __WALL | WNOHANG);
    if (changed == task) return status;
    if (changed < 0 && errno != EINTR) return std::nullopt;
    ::usleep(pause);
  }
  return std::nullopt;
}

}  // namespace bulkhead::kernel
