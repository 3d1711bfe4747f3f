#include "kernel/gate/stops.h"

#include "kernel/tasks/stop_wait.h"

namespace bulkhead::kernel {

std::optional<int> wait_briefly(pid_t task) {
  return wait_for_status(task, std::chrono::seconds(2));
}

}  // namespace bulkhead::kernel
