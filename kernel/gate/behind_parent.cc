#include "kernel/gate/behind_parent.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/process_stat.h"

namespace bulkhead::kernel {

namespace {

constexpr std::chrono::milliseconds kLongest(500);
constexpr useconds_t kPause = 100;

// Neither running nor in a stop of its tracer's (proc(5), field 3 of stat).
bool waits_or_is_gone(pid_t process) {
  const auto stat = base::read_process_stat(process);
  return !stat || (stat->state != 'R' && stat->state != 't');
}

bool is_ready(pid_t child) {
  const auto stat = base::read_process_stat(child);
  return !stat || waits_or_is_gone(stat->parent);
}

}  // namespace

void BehindParent::add(pid_t stopped) {
  entries_.push_back({stopped, std::chrono::steady_clock::now() + kLongest});
}

std::vector<pid_t> BehindParent::take_ready() {
  std::vector<pid_t> ready;
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(entries_, [&](const Entry& entry) {
    const bool may_go = now >= entry.latest || is_ready(entry.task);
    if (may_go) ready.push_back(entry.task);
    return may_go;
  });
  return ready;
}

std::vector<pid_t> BehindParent::take_all() {
  std::vector<pid_t> all;
  for (const Entry& entry : std::exchange(entries_, {})) all.push_back(entry.task);
  return all;
}

pid_t BehindParent::wait_for_next(siginfo_t& event) const {
  event = {};
  const int at_once = entries_.empty() ? 0 : WNOHANG;
  if (::waitid(P_ALL, 0, &event, WEXITED | WSTOPPED | WNOWAIT | __WALL | at_once) != 0) return -1;
  if (event.si_pid == 0) ::usleep(kPause);
  return event.si_pid;
}

}  // namespace bulkhead::kernel
