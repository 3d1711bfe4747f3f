// A container that comes back from a checkpoint is proved before any of it runs on.
//
// CRIU traces what it restores, and a task has one tracer: so the gate traces CRIU, at its system
// calls, and minds ptrace(2) alone.
//
//   PTRACE_SEIZE       the task is noted; PTRACE_O_EXITKILL is added: what is restored ends with
//   PTRACE_SETOPTIONS  CRIU, and CRIU with the gate
//   PTRACE_DETACH      of the first task of the container: by now all of them have their filters,
//                      credentials and label, and stand still. The gate has CRIU ask the kernel
//                      for the filters, which only a tracer is told, reads the rest from /proc,
//                      and judges each of them. Only then is the call executed, or all are killed
//
// Whatever the runtime executes outside may be CRIU, or fork it. What such a restorer forks into
// another place is what it restores, and is let go as it is born; what stays may be CRIU itself,
// and is watched too, until somebody traces it.
//
// What this does not protect against: a task that CRIU does not hold when it lets go of the first
// one; a container that is restored by a process that nobody of the runtime forked.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "kernel/gate/gate_order.h"
#include "kernel/gate/place.h"
#include "kernel/remote/remote_filters.h"
#include "kernel/remote/syscall_stop.h"
#include "policy/proof/verdict.h"

namespace bulkhead::kernel {

class RestoreWatch {
 public:
  struct Surroundings {
    pid_t runtime = 0;            // on its stderr it is said that the container was killed
    Place home;                   // where runtime and CRIU are
    bool may_be_outside = false;  // the container is there, too
  };
  struct Helpers {
    // Called with the container's first process before anything is judged.
    std::function<void(pid_t init)> announce;
    // Lets go of a running task if the gate holds it, since a restorer is about to trace it.
    std::function<void(pid_t task)> hand_over;
  };
  // What becomes of a restorer at a system call stop.
  struct Next {
    bool is_let_go = false;
    // Of the proof, once there is one: as the restorer is let go the container goes on, or is dead.
    std::optional<GateOutcome> outcome;
  };

  RestoreWatch(const GateOrder& order, Helpers helpers)
      : order_(order), helpers_(std::move(helpers)) {}

  // `task` is a restorer; from now on its system calls are to be traced.
  void add(pid_t task) { restorers_[task] = {}; }
  void forget(pid_t task) { restorers_.erase(task); }
  [[nodiscard]] bool watches(pid_t task) const { return restorers_.contains(task); }
  [[nodiscard]] bool is_underway() const { return !restorers_.empty(); }
  void set_surroundings(const Surroundings& where) { where_ = where; }

  // A child of a restorer is stopped for the first time. Whether it is a restorer as well, and is
  // watched; else it is to be let go.
  [[nodiscard]] bool at_birth(pid_t restorer, pid_t child);

  [[nodiscard]] Next at_syscall(pid_t restorer);

  // A restorer has ended. What it leaves behind unproved is killed; an outcome where it says that
  // all went well.
  [[nodiscard]] std::optional<GateOutcome> at_end(pid_t restorer, bool succeeded);

 private:
  struct Restorer {
    std::optional<std::uint64_t> data_before;  // of a ptrace(2) whose last argument was changed
  };
  struct Child {
    pid_t parent = 0;  // who forked it, whoever its parent is now
    pid_t process = 0;
    base::UniqueFd handle;
  };
  struct Judged {
    policy::Verdict verdict;
    std::vector<policy::FilterProgram> filters;  // of the container's first process
    Shown shown;                                 // the same
  };

  void at_exit(pid_t restorer);
  void add_exit_kill(pid_t restorer, const SyscallEntryStop& entry);
  [[nodiscard]] std::optional<GateOutcome> at_release(pid_t restorer, pid_t task);
  [[nodiscard]] bool is_of_container(pid_t task) const;
  [[nodiscard]] std::vector<pid_t> tasks_held_by(pid_t restorer, pid_t first) const;
  [[nodiscard]] pid_t init_among(const std::vector<pid_t>& tasks) const;
  [[nodiscard]] base::Result<Judged> judge(RemoteFilters& filters, pid_t task, pid_t init) const;
  [[nodiscard]] base::Result<Judged> judge_all(RemoteCalls& calls, const std::vector<pid_t>& tasks,
                                               pid_t init) const;
  [[nodiscard]] GateOutcome conclude(const base::Result<Judged>& judged, pid_t init) const;
  void end_all(const std::vector<pid_t>& tasks, const std::string& sentence) const;
  [[nodiscard]] bool kills() const { return order_.on_difference == OnDifference::kill; }

  const GateOrder& order_;
  const Helpers helpers_;
  Surroundings where_;
  std::map<pid_t, Restorer> restorers_;
  std::vector<Child> children_;
  std::set<pid_t> seized_;  // by any restorer, at any time
};

}  // namespace bulkhead::kernel
