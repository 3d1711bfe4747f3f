// Memory of a stopped task for the time of a few system calls that it is made to run: what they are
// given by address stands there.
//
// After an exec it is the free part of the new stack; elsewhere a mapping of its own. Where a limit
// of the container (RLIMIT_AS, RLIMIT_DATA) forbids that, it is the far end of the task's first
// stack: only its first thread uses that, which is the one that is stopped, and what stood there is
// put back.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "kernel/remote/remote_calls.h"

namespace bulkhead::kernel {

class TaskMemory {
 public:
  // Errors (code kernel): the task is gone; what mmap(2) answered, where nothing else serves.
  [[nodiscard]] static base::Result<TaskMemory> take(RemoteCalls& calls, std::size_t bytes);

  [[nodiscard]] std::uint64_t address() const { return address_; }

  // From the beginning of it, one piece behind the other. Errors (code kernel): more than was
  // taken; what the kernel said.
  [[nodiscard]] base::Result<void> write(std::span<const iovec> pieces) const;

  // Leaves nothing of what was written where the program could find it. Must be called before
  // RemoteCalls::finish().
  [[nodiscard]] base::Result<void> give_back();

 private:
  enum class Kind : std::uint8_t { scratch, mapping, stack };
  TaskMemory(RemoteCalls& calls, Kind kind, std::uint64_t address, std::size_t bytes)
      : calls_(&calls), kind_(kind), address_(address), bytes_(bytes) {}

  static base::Result<TaskMemory> map(RemoteCalls& calls, std::size_t bytes);
  static base::Result<TaskMemory> borrow_stack(RemoteCalls& calls, std::size_t bytes);
  base::Result<void> keep_content();
  base::Result<void> unmap();

  RemoteCalls* calls_;
  Kind kind_;
  std::uint64_t address_;
  std::size_t bytes_;
  std::vector<std::byte> kept_;  // of Kind::stack: what stood there
};

}  // namespace bulkhead::kernel
