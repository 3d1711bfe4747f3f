// Denials as entries of the systemd journal, with fields instead of text: by its native protocol
// (systemd's docs/JOURNAL_NATIVE_PROTOCOL.md), one datagram for each entry, no library.
//
//   journalctl BULKHEAD_CONTAINER_ID=4f1c…    journalctl -o json BULKHEAD_SYSCALL=mount
//
// Where there is no journal nothing happens. An entry that the journal does not take at once is
// dropped and counted: the log file is the record, the journal is a second place to look.
#pragma once

#include <cstdint>
#include <string>

#include "audit/denials/denial.h"
#include "base/unique_fd.h"

namespace bulkhead::audit {

class Journal {
 public:
  explicit Journal(std::string socket_path = "/run/systemd/journal/socket");
  void send(const Denial& denial);
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  std::string socket_path_;
  base::UniqueFd fd_;
  std::uint64_t dropped_ = 0;
};

// The datagram. A value that holds a newline is framed by its length, so that no process name can
// add a field.
[[nodiscard]] std::string journal_entry(const Denial& denial);

}  // namespace bulkhead::audit
