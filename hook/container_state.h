// The state of a container as a runtime gives it to a hook on stdin (runtime-spec runtime.md,
// "State"). runc says status "creating" and ociVersion "1.0.2-dev"; crun says "created", "1.0" and
// adds a member `root`; at poststop the pid may be absent or 0. Unknown members are left alone.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/error.h"

namespace bulkhead::hook {

struct ContainerState {
  std::string id;
  std::string status;  // "creating", "created", "running", "stopped"
  std::string bundle;
  pid_t pid = 0;  // 0: no process
};

// Whether the container's program is still to begin, as at createRuntime and prestart. A state
// without a status is of no runtime.
[[nodiscard]] bool is_to_begin(const ContainerState& state);

inline constexpr std::size_t kMaxStateBytes = 1 << 20;

// Errors (invalid_input): not JSON, no id, a wrong type, a pid that is none.
[[nodiscard]] base::Result<ContainerState> parse_container_state(std::string text);

}  // namespace bulkhead::hook
