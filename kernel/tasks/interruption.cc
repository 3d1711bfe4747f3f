#include "kernel/tasks/interruption.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <csignal>
#include <utility>

#include "base/text.h"
#include "kernel/arch/cut_call.h"
#include "kernel/tasks/obstacle.h"
#include "kernel/tasks/ptrace.h"

namespace bulkhead::kernel {

using base::cat;
using base::ErrorCode;
using base::fail;
using base::Result;

Result<Interruption> Interruption::begin(pid_t process, const std::string& proc_root) {
  const auto task = living_thread(process, proc_root).value_or(process);
  // PTRACE_SEIZE waits, and cannot be interrupted, while its target executes a program.
  const bool executing = is_executing(task, proc_root);
  auto seized = executing ? Result<void>() : seize(task, 0);
  if (executing || !seized) {
    const Obstacle obstacle = obstacle_to(process, proc_root);
    if (!obstacle.sentence.empty()) return fail(ErrorCode::kernel, obstacle.sentence);
    if (executing) seized = seize(task, 0);  // it was on its way, and is through
  }
  if (!seized) return std::unexpected(std::move(seized.error()));
  Interruption asked(task);
  if (::ptrace(PTRACE_INTERRUPT, task, nullptr, nullptr) == 0) return asked;
  return base::fail_errno(ErrorCode::kernel, "stop", cat("process ", process));
}

Interruption::Interruption(Interruption&& other) noexcept
    : task_(std::exchange(other.task_, 0)),
      stopped_(other.stopped_),
      cut_short_(other.cut_short_),
      signal_(other.signal_) {}

Interruption& Interruption::operator=(Interruption&& other) noexcept {
  let_go();
  task_ = std::exchange(other.task_, 0);
  stopped_ = other.stopped_;
  cut_short_ = other.cut_short_;
  signal_ = other.signal_;
  return *this;
}

Result<bool> Interruption::has_stopped() {
  if (stopped_) return true;
  int status = 0;
  const pid_t changed = ::waitpid(task_, &status, __WALL | WNOHANG);
  if (changed == 0) return false;
  if (changed < 0 || !WIFSTOPPED(status)) {
    const pid_t task = std::exchange(task_, 0);
    return fail(ErrorCode::kernel, cat("process ", task, " ended while it was looked at"));
  }
  stopped_ = true;
  const bool arrived = status >> 16 == 0;
  if (arrived) signal_ = WSTOPSIG(status);
  cut_short_ = arrived || WSTOPSIG(status) == SIGTRAP;
  return true;
}

void Interruption::let_go() {
  if (task_ <= 0 || !stopped_) return;
  if (cut_short_) begin_cut_call_anew(task_);
  (void)::ptrace(PTRACE_DETACH, task_, nullptr, static_cast<long>(signal_));
}

}  // namespace bulkhead::kernel
