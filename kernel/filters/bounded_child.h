// Work of a library that has no bound of its own, done in a child process that the kernel ends
// after a while: neither the caller nor its memory is at its mercy.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

namespace bulkhead::kernel {

struct ChildBounds {
  unsigned cpu_ms = 0;  // processor time
  std::size_t memory_bytes = 0;
};

// What the work answers, 0 or a negative errno; nothing where it was ended by the bounds or could
// not begin. What it leaves in memory that both share stays. The caller gets no SIGCHLD.
[[nodiscard]] std::optional<int> in_bounded_child(ChildBounds bounds,
                                                  const std::function<int()>& work);

}  // namespace bulkhead::kernel
