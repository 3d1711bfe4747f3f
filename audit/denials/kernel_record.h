// Records of the kernel's audit subsystem, as bytes of a netlink message, read into values. Pure.
//
// The format is that of kernel/audit.c: `audit(SECONDS.MILLIS:SERIAL): key=value …`. A value that a
// task chooses (comm, exe, a path, a label) is written in double quotes, or, as soon as it holds a
// space, a quote, a control character or a byte above 0x7e, in hexadecimal without quotes
// (audit_log_untrustedstring). So a task cannot put a key into the text; a key that stands twice is
// refused anyway.
//
// Which kind of record it is comes from the netlink header alone. What user space writes with
// CAP_AUDIT_WRITE (AUDIT_USER_*, 1100 to 1199 and 2100 to 2999) is never read, whatever its text
// looks like.
//
// Not read: the arguments of a denied call (1326 does not carry them), SELinux's and Landlock's
// records.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.h"

namespace bulkhead::audit {

// linux/audit.h
inline constexpr std::uint16_t kSyscallRecord = 1300;     // AUDIT_SYSCALL
inline constexpr std::uint16_t kEndOfEventRecord = 1320;  // AUDIT_EOE
inline constexpr std::uint16_t kSeccompRecord = 1326;     // AUDIT_SECCOMP
inline constexpr std::uint16_t kProctitleRecord = 1327;   // AUDIT_PROCTITLE
inline constexpr std::uint16_t kAppArmorRecord = 1400;    // AUDIT_AVC, which AppArmor shares

struct RecordStamp {
  std::uint64_t seconds = 0;  // CLOCK_REALTIME, coarse
  std::uint32_t milliseconds = 0;
  std::uint64_t serial = 0;  // one for each event; companions carry the same
  bool operator==(const RecordStamp&) const = default;
};

struct SeccompRecord {
  std::uint32_t arch = 0;  // AUDIT_ARCH_*
  std::uint32_t nr = 0;    // x32 calls carry kX32Bit
  std::uint32_t code = 0;  // SECCOMP_RET_*, action bits only
  std::uint32_t signal = 0;
  bool operator==(const SeccompRecord&) const = default;
};

enum class AppArmorVerdict : std::uint8_t {
  denied,
  allowed,  // complain mode: would have been denied
  killed,   // a profile with flags=(kill)
};

// Members are empty where the record has no such key; which it has depends on the operation.
struct AppArmorRecord {
  AppArmorVerdict verdict = AppArmorVerdict::denied;
  std::string operation;
  std::string profile;
  std::string space;  // the AppArmor namespace of the profile, "root//ns"; empty for the first one
  std::string name;   // path, or empty
  std::string requested;
  std::string denied;
  std::string info;
  std::string capability;  // "sys_admin"
  std::string family;      // "inet"
  std::string socket_type;
  std::string peer;
  std::string peer_address;  // of a unix socket
  std::string signal;
  std::string filesystem;
  std::string source;                        // srcname of a mount
  std::string target;                        // of a link, rename or exec
  std::string flags;                         // of a mount
  std::optional<std::uint32_t> user, owner;  // of a file: who asked, and whose it is
  bool operator==(const AppArmorRecord&) const = default;
};

// A rule with `audit` allowed it; no denial.
struct AuditedAccess {
  RecordStamp stamp;
  pid_t pid = 0;
  AppArmorRecord facts;  // the verdict says nothing
};

struct KernelDenial {
  RecordStamp stamp;
  pid_t pid = 0;     // the thread group, in the initial pid namespace
  std::string comm;  // as the task named itself: any bytes
  std::string exe;
  std::optional<std::uint32_t> uid;  // 1326 and companions; 1400 alone has none
  std::string subject;               // the LSM label of 1326; empty without an LSM
  std::variant<SeccompRecord, AppArmorRecord> facts;
};

// 1300: what an AppArmor denial of the same serial does not say itself.
struct SyscallCompanion {
  RecordStamp stamp;
  pid_t pid = 0;
  std::string exe;
  std::optional<std::uint32_t> uid;
};

struct EndOfEvent {
  RecordStamp stamp;
};

// monostate: a record that is none of ours.
using ParsedRecord =
    std::variant<std::monostate, KernelDenial, AuditedAccess, SyscallCompanion, EndOfEvent>;

// `text` is the payload of a message of that type, from the kernel. Error: invalid_input, for a
// record of ours that is not as the kernel writes it.
[[nodiscard]] base::Result<ParsedRecord> parse_kernel_record(std::uint16_t type,
                                                             std::string_view text);

// The stamp that every record begins with, whatever its type.
[[nodiscard]] std::optional<RecordStamp> stamp_of(std::string_view text);

}  // namespace bulkhead::audit
