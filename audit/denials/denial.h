// A denial as Bulkhead reports it: what the kernel recorded, who it was, by which rule, and what
// would allow it. One JSON object on one line of denials.jsonl; docs/denials.md describes every
// member.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/denials/kernel_record.h"
#include "base/error.h"
#include "policy/values/identity.h"

namespace bulkhead::audit {

enum class DenialKind : std::uint8_t {
  seccomp,
  apparmor,
  overflow,  // denials of one container beyond what is told singly; `count` of them
  loss,      // what the kernel or this program could not keep; see LossCounts
};
[[nodiscard]] std::string_view name_of(DenialKind kind);

// Why a denial has no container. Never a guess: what cannot be told is said.
enum class Naming : std::uint8_t {
  named,
  no_container,  // a process of the node, as far as the process tree and its control group tell
  gone,          // it ended before anything about it could be read
};
[[nodiscard]] std::string_view name_of(Naming naming);  // "no container"

struct Denial {
  std::string time;  // RFC 3339, of the (first) denial
  DenialKind kind = DenialKind::seccomp;
  Naming naming = Naming::gone;
  policy::Identity identity;
  std::string name;    // what its engine calls it (audit/records/engine_names.h); or empty
  std::string cgroup;  // of a process that no record names
  std::uint64_t serial = 0;
  pid_t pid = 0;
  std::string comm;
  std::string exe;
  std::optional<std::uint32_t> uid;
  // seccomp
  std::string syscall;  // empty for a number without a name
  std::uint32_t nr = 0;
  std::string arch;  // "x86_64", "x86", "x32"
  // AppArmor
  std::string operation;
  std::string path;
  std::string requested;
  std::string denied;
  std::string object;  // capability, family, peer, signal, … : "capability sys_admin"
  std::string info;
  // both
  std::string action;  // "ERRNO", "KILL_PROCESS", "LOG"; "DENIED", "ALLOWED", "KILLED"
  bool would = false;  // it was let through: SCMP_ACT_LOG, complain mode
  std::string profile;
  std::string seccomp;  // where the container's filter comes from: "localhost/…"
  std::string cause;    // "rule /syscalls/3", "default action"
  std::string remedy;   // the fragment of a profile that would allow it
  std::string caution;  // when not to
  // Of a line that tells of repetitions: since the line before about the same.
  std::uint64_t count = 1;
  std::string last;  // time of the last of them; empty for one
  std::string message;
};

// What the record itself tells: everything but identity, cause and remedy.
[[nodiscard]] Denial denial_of(const KernelDenial& record);

// One JSON object without newline; members that say nothing are left out.
[[nodiscard]] std::string to_json(const Denial& denial);
// Reads a line of the log. Unknown members are ignored. Error: invalid_input.
[[nodiscard]] base::Result<Denial> parse_denial(std::string line);

}  // namespace bulkhead::audit
