#include "kernel/gate/before_program.h"

#include "kernel/arch/native_calls.h"
#include "kernel/arch/registers.h"
#include "kernel/remote/apparmor_exec.h"
#include "kernel/remote/remote_calls.h"
#include "kernel/remote/syscall_stop.h"

namespace bulkhead::kernel {

using base::Result;

Result<void> BeforeProgram::do_early(pid_t stopped, InstallScope scope) {
  auto calls = RemoteCalls::at_stop(stopped);
  if (!calls) return std::unexpected(calls.error());
  if (installer_.has_early_record()) installer_.install_record(*calls, scope);
  auto done = installer_.has_early_work() ? installer_.install(*calls, scope) : Result<void>{};
  auto finished = calls->finish();
  return done ? finished : done;
}

// With no_new_privs a filter can be installed after the exec; without, it must be while the process
// has its privileges.
bool BeforeProgram::must_install() const {
  return installer_.has_work() && !order_.expectation.no_new_privileges;
}

bool BeforeProgram::must_watch() const { return !done_ && (must_install() || labels()); }

// The label first: the filter may forbid what that takes.
Result<void> BeforeProgram::work(pid_t stopped, std::uint64_t nr,
                                 std::span<const std::uint64_t, 6> args) {
  auto calls = RemoteCalls::at_syscall_entry(stopped);
  if (!calls) return std::unexpected(calls.error());
  Result<void> done;
  if (labels()) done = set_exec_label(*calls, order_.exec_label);
  if (done && must_install() && gives_privileges_away(nr, args)) {
    done = installer_.install(*calls, InstallScope::one_thread);
  }
  return done ? calls->finish() : done;
}

// A runtime that gives nothing away still comes to its exec, the last moment for a label.
Result<bool> BeforeProgram::at_syscall(pid_t stopped) {
  const auto entry = syscall_entry(stopped);
  const bool is_time = entry && (gives_privileges_away(entry->nr, entry->args) ||
                                 (labels() && enters_exec(entry->nr)));
  if (!is_time) return true;
  if (auto done = work(stopped, entry->nr, entry->args); !done) {
    return std::unexpected(done.error());
  }
  done_ = true;
  return false;
}

}  // namespace bulkhead::kernel
