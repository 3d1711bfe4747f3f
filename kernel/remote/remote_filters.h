// The filters of a task that another process traces. The kernel shows them to the tracer alone
// (PTRACE_SECCOMP_GET_FILTER), so the tracer, which the caller traces in turn, is made to ask.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "kernel/remote/remote_calls.h"
#include "policy/filter/filter.h"

namespace bulkhead::kernel {

class RemoteFilters {
 public:
  // Has `tracer` map memory for one program. Errors (code kernel): that fails; the tracer is gone.
  [[nodiscard]] static base::Result<RemoteFilters> in(RemoteCalls& tracer);

  // As dump_filters() says; `tracee` is stopped, and traced by `tracer`. Errors: its.
  [[nodiscard]] base::Result<std::vector<policy::FilterProgram>> of(pid_t tracee);

  // Gives the memory back. Must be called before the tracer goes on.
  [[nodiscard]] base::Result<void> release();

 private:
  RemoteFilters(RemoteCalls& tracer, std::uint64_t memory) : tracer_(&tracer), memory_(memory) {}
  [[nodiscard]] long answer(pid_t tracee, long index, policy::FilterInstruction* into);

  RemoteCalls* tracer_;
  std::uint64_t memory_;
};

}  // namespace bulkhead::kernel
