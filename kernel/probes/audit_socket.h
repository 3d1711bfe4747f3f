// The kernel's audit records, as they are multicast to whoever may read them
// (AUDIT_NLGRP_READLOG, audit.h): with and without auditd, with auditing enabled or not.
//
// Needs CAP_AUDIT_READ in the initial user namespace, and the initial network namespace: in another
// one the kernel delivers nothing and says nothing.
//
// A task with CAP_NET_ADMIN over the network namespace may send to the group itself. Such messages
// carry the sender's port; the kernel's carry 0. They are counted and not handed on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"

namespace bulkhead::kernel {

inline constexpr std::size_t kAuditReceiveBufferBytes = 8 << 20;

// Whether the kernel's command line (/proc/cmdline) switches auditing off for good: the last
// "audit=0" or "audit=off" (kernel-parameters.txt, audit=). Such a kernel records no denial at all,
// neither here nor in its own log, and has no audit socket. It differs from `auditctl -e 0`, under
// which denials are recorded as ever.
[[nodiscard]] bool is_audit_off(std::string_view command_line);

struct AuditMessage {
  std::uint16_t type = 0;
  std::string_view text;  // valid until the next read
};

class AuditSocket {
 public:
  // Errors: kernel (not permitted, no audit in this kernel), with what to do.
  [[nodiscard]] static base::Result<AuditSocket> open(std::size_t receive_buffer_bytes);

  [[nodiscard]] int fd() const { return fd_.get(); }
  // What the kernel granted.
  [[nodiscard]] std::size_t receive_buffer_bytes() const { return receive_buffer_bytes_; }

  struct Batch {
    std::span<const AuditMessage> messages;
    unsigned foreign = 0;     // messages that the kernel did not send
    bool overflowed = false;  // ENOBUFS: the kernel dropped records since the last read
  };
  // What is there now, at most some dozens of records, without waiting. An empty batch that did not
  // overflow means that nothing is left.
  [[nodiscard]] base::Result<Batch> read();

 private:
  struct Buffers;
  explicit AuditSocket(base::UniqueFd fd);
  base::UniqueFd fd_;
  std::size_t receive_buffer_bytes_ = 0;
  std::shared_ptr<Buffers> buffers_;
  std::vector<AuditMessage> messages_;
};

// The kernel's own counters (AUDIT_GET).
struct AuditStatus {
  bool enabled = false;
  std::uint32_t backlog_limit = 0;  // 0: no limit
  std::uint32_t backlog = 0;
  std::uint32_t lost = 0;  // since boot, or since somebody reset it
  std::uint32_t daemon_pid = 0;
};
// Errors: kernel. Needs CAP_AUDIT_CONTROL, in the initial pid and user namespaces.
[[nodiscard]] base::Result<AuditStatus> read_audit_status();
[[nodiscard]] base::Result<void> set_audit_backlog_limit(std::uint32_t limit);

}  // namespace bulkhead::kernel
