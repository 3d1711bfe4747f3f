// What a program has from whoever called it and must not work under: limits on resources, signals
// that are blocked or ignored, umask, open or missing descriptors. Engines call with any of these,
// and crun runs hooks under the container's own limits: a limit on the size of files would keep a
// refusal from the log, one on the stack would end the program in its middle.
//
// Not taken off: what the process does not notice (priorities, affinity, the control group).
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <array>
#include <csignal>
#include <cstddef>

namespace bulkhead::kernel {

// For a program that ends as another one, which must find everything as the caller left it:
//
//   InheritedState inherited;
//   inherited.take_off();
//   …                       // the work
//   inherited.put_on();
//   execv(…);               // and take_off() again where that failed
//
// Takes off limits, umask, and the dispositions of SIGCHLD, SIGPIPE and SIGXFSZ; blocked signals
// stay blocked. A descriptor up to 2 that is closed is occupied until the execve(2). Neither
// function allocates or fails: a limit that may not be raised stays, and what it forbids then fails
// by itself.
class InheritedState {
 public:
  void take_off();
  void put_on() const;

 private:
  static constexpr std::size_t kLimits = 7;
  static constexpr std::size_t kSignals = 3;
  std::array<rlimit, kLimits> limits_{};
  std::array<bool, kLimits> raised_{};
  std::array<struct sigaction, kSignals> actions_{};
  mode_t umask_ = 0;
};

// For a program that does all its work itself: the same, and no signal stays blocked, nor ignored
// but those of broken pipes and of files that may not grow and real-time ones, which nobody sends
// it, and every descriptor beyond 2 is closed.
void shed_inherited_state();

// No signal stays blocked.
void unblock_signals();

}  // namespace bulkhead::kernel
