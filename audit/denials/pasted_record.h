// Records of the kernel as people have them: lines of dmesg, of the journal, of audit.log, of
// ausearch with and without -i. Pure.
//
//   [ 12.3] audit: type=1326 audit(1611907092.540:26626): auid=… syscall=12 …       dmesg, journal
//   type=SECCOMP msg=audit(1611907092.540:26626): auid=… syscall=12 … ARCH=x86_64 …    audit.log
//   type=SECCOMP msg=audit(01/29/2021 08:51:32.540:26626) : auid=unset … syscall=brk   ausearch -i
//   Jan 29 08:51:32 node audit[7743]: SECCOMP auid=… syscall=12 …                      journalctl
//
// Such a line is evidence of nothing: who pasted it may have written it. ausearch -i writes text
// of tasks without quotes, so that a program's name can look like a key; what then stands twice is
// refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/denials/interpreted_record.h"

namespace bulkhead::audit {

struct PastedRecord {
  std::uint16_t type = 0;     // linux/audit.h
  std::string text;           // as the kernel writes it, for parse_kernel_record()
  std::string time;           // as the line says it, in a zone that it does not name; or empty
  Lost lost = Lost::nothing;  // of a line of ausearch -i
  std::string call_without_number;  // "clone", where that is all the line tells; text has no number
};

// Nothing where the line holds no record: separators of ausearch, other messages.
[[nodiscard]] std::optional<PastedRecord> pasted_record(std::string_view line);

}  // namespace bulkhead::audit
