// Which exec is the container's? Pure: the runtime's gate gathers the facts and asks here.
//
// A runtime executes itself again (runc in its init, from a copy), executes helpers (newuidmap),
// and runs hooks, some of them inside the container. Rules that look at namespaces alone fail open
// somewhere; so a hook is only what the document declares as one, and in doubt it is the program.
#pragma once

#include <cstdint>

namespace bulkhead::kernel {

enum class Door : std::uint8_t {
  start,  // create, run
  exec,   // a process that joins a running container
  restore,
};

struct ExecFacts {
  Door door = Door::start;
  // The process is in another place (place.h) than the gate was when the runtime started.
  bool inside = false;
  // Its credentials are no longer the runtime's: a filter, no_new_privs, another user or group, or
  // less in the bounding set.
  bool confined = false;
  bool is_runtime_image = false;    // it executes the file that the runtime was started from
  bool is_declared_hook = false;    // config.json names what it executes as a hook
  bool is_runtime_process = false;  // it is the process that became the runtime
  // Its parent is followed, alive, and has executed nothing but the runtime.
  bool parent_is_of_runtime = false;
  // Its parent is that, is no zombie, is inside, and is not the process that became the runtime: an
  // init that waits for its hook.
  bool parent_is_waiting_init = false;
  // The container is in the runtime's own place (it shares every namespace and the root directory),
  // or nobody knows where it is.
  bool may_be_outside = false;
};

enum class ExecRole : std::uint8_t {
  runtime,   // the runtime, or a helper of it: followed further
  hook,      // let go, and never slowed again
  program,   // the container's: proved
  restorer,  // what restores the container: its tracees are proved (restore_watch.h)
};

[[nodiscard]] ExecRole role_of(const ExecFacts& facts);

}  // namespace bulkhead::kernel
