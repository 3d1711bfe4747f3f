// Every process that begins and ends, as the kernel's process connector tells it (cn_proc.h), so
// that a process that lived a millisecond has a known parent.
//
// Needs CAP_NET_ADMIN and the initial pid and user namespaces: anywhere else the kernel ignores the
// subscription and sends nothing; open() then fails. A filter in the kernel drops what is not asked
// for (threads, changes of ids, names), so that those wake nobody.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"

namespace bulkhead::kernel {

inline constexpr std::size_t kProcessReceiveBufferBytes = 4 << 20;

enum class ProcessEventKind : std::uint8_t { forked, executed, exited };

struct ProcessEvent {
  ProcessEventKind kind = ProcessEventKind::forked;
  pid_t pid = 0;              // the process (thread group); of forked: the new one
  pid_t parent = 0;           // of forked. With CLONE_PARENT: the caller's parent
  std::uint64_t time_ns = 0;  // CLOCK_MONOTONIC
};

class ProcessEvents {
 public:
  // Errors: kernel.
  [[nodiscard]] static base::Result<ProcessEvents> open(std::size_t receive_buffer_bytes);
  [[nodiscard]] int fd() const { return fd_.get(); }

  struct Batch {
    std::span<const ProcessEvent> events;
    bool drained = false;     // nothing is left
    bool overflowed = false;  // events were dropped: what is known of processes is incomplete
  };
  [[nodiscard]] base::Result<Batch> read();

 private:
  explicit ProcessEvents(base::UniqueFd fd) : fd_(std::move(fd)) {}
  base::UniqueFd fd_;
  std::vector<ProcessEvent> events_;
};

}  // namespace bulkhead::kernel
