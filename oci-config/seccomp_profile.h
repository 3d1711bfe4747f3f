// A seccomp profile as a value: the common form of the OCI runtime spec's linux.seccomp
// (config-linux.md, "Seccomp") and of the profiles that Docker, containers-common and Kubernetes
// users write (moby profiles/seccomp, containers/common pkg/seccomp).
//
// The two dialects differ: a container-engine profile may carry archMap, includes, excludes,
// minKernel, name, comment, errno (by name) and defaultErrno, which an engine expands and a runtime
// does not know. Which of the two a document is, is recognised and kept in `dialect`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "oci-config/json.h"

namespace bulkhead::oci_config {

enum class SeccompAction : std::uint8_t {  // most strict first, as the kernel ranks them
  kill_process,                            // SCMP_ACT_KILL_PROCESS
  kill_thread,                             // SCMP_ACT_KILL_THREAD, SCMP_ACT_KILL
  trap,                                    // SCMP_ACT_TRAP
  return_errno,                            // SCMP_ACT_ERRNO
  user_notif,                              // SCMP_ACT_NOTIFY
  trace,                                   // SCMP_ACT_TRACE
  log,                                     // SCMP_ACT_LOG
  allow,                                   // SCMP_ACT_ALLOW
};

// "SCMP_ACT_ERRNO" and back. The inverse accepts every spelling of the OCI spec.
[[nodiscard]] std::string_view name_of(SeccompAction action);
[[nodiscard]] std::optional<SeccompAction> seccomp_action_named(std::string_view name);

enum class SeccompArch : std::uint8_t {
  x86_64,
  x86,
  x32,
  arm,
  aarch64,
  mips,
  mips64,
  mips64n32,
  mipsel,
  mipsel64,
  mipsel64n32,
  ppc,
  ppc64,
  ppc64le,
  s390,
  s390x,
  parisc,
  parisc64,
  riscv64,
};
inline constexpr unsigned kSeccompArchCount = 19;

// "SCMP_ARCH_X86_64" and back; also the kernel's audit value (AUDIT_ARCH_*, linux/audit.h).
[[nodiscard]] std::string_view name_of(SeccompArch arch);
[[nodiscard]] std::string short_name(SeccompArch arch);  // "x86_64", for people
[[nodiscard]] std::optional<SeccompArch> seccomp_arch_named(std::string_view name);
// A name of the OCI spec that Bulkhead has no architecture for, nor have runc 1.1 and crun 1.8.
[[nodiscard]] bool is_foreign_arch_name(std::string_view name);
[[nodiscard]] std::uint32_t audit_arch(SeccompArch arch);  // x32 shares x86_64's value
// The Go name that includes/excludes.arches use ("amd64", "arm64"), and uname's ("x86_64").
[[nodiscard]] std::optional<SeccompArch> seccomp_arch_from_go(std::string_view goarch);
[[nodiscard]] SeccompArch native_arch();

enum class SeccompOperator : std::uint8_t { ne, lt, le, eq, ge, gt, masked_eq };
[[nodiscard]] std::string_view name_of(SeccompOperator op);  // "SCMP_CMP_MASKED_EQ"
[[nodiscard]] std::optional<SeccompOperator> seccomp_operator_named(std::string_view name);

struct ArgCondition {
  std::uint32_t index = 0;  // 0 to 5
  SeccompOperator op = SeccompOperator::eq;
  std::uint64_t value = 0;      // for masked_eq: the mask
  std::uint64_t value_two = 0;  // for masked_eq: what the masked argument must equal
  bool operator==(const ArgCondition&) const = default;
};

struct ActionData {
  SeccompAction action = SeccompAction::kill_process;
  // errnoRet as written; for return_errno (default EPERM = 1) and trace. Absent where not written.
  std::optional<std::uint16_t> errno_ret;
  bool operator==(const ActionData&) const = default;
};

struct KernelVersion {
  unsigned major = 0;
  unsigned minor = 0;
  auto operator<=>(const KernelVersion&) const = default;
};

// includes/excludes of the container-engine dialect. Every list that is given must match.
struct RuleFilter {
  std::vector<std::string> capabilities;  // "CAP_SYS_ADMIN"
  std::vector<std::string> arches;        // Go names: "amd64"
  std::optional<KernelVersion> min_kernel;
  [[nodiscard]] bool empty() const { return capabilities.empty() && arches.empty() && !min_kernel; }
  bool operator==(const RuleFilter&) const = default;
};

struct SyscallRule {
  std::vector<std::string> names;  // none: the rule does nothing
  // `name`, the key of Docker's oldest form: runc applies such a rule to nothing, crun refuses it.
  // Never among the names.
  std::string old_name;
  ActionData action;
  std::vector<ArgCondition> args;  // all must hold
  RuleFilter includes;             // empty in the OCI dialect and after expansion
  RuleFilter excludes;
  std::string comment;
  std::string pointer;  // where it stood: "/syscalls/3"; for findings
};

// The first argument that several conditions look at. runc and crun make of each condition of such
// a rule a rule of its own, so that any of them is enough.
[[nodiscard]] std::optional<unsigned> repeated_index(const std::vector<ArgCondition>& conditions);

struct ArchMapEntry {
  SeccompArch arch = SeccompArch::x86_64;
  std::vector<SeccompArch> sub_arches;
};

enum class ProfileDialect : std::uint8_t { oci, container_engine };
[[nodiscard]] std::string_view name_of(ProfileDialect dialect);  // "OCI", "container engine"

// The kernel's names for what seccomp(2) takes, as linux.seccomp.flags has them.
inline constexpr std::string_view kFlagLog = "SECCOMP_FILTER_FLAG_LOG";
inline constexpr std::string_view kFlagSpecAllow = "SECCOMP_FILTER_FLAG_SPEC_ALLOW";

struct SeccompProfile {
  ProfileDialect dialect = ProfileDialect::oci;
  ActionData default_action;
  std::vector<SeccompArch> architectures;  // as written; empty means the native one alone
  std::vector<ArchMapEntry> arch_map;
  std::vector<std::string> flags;  // "SECCOMP_FILTER_FLAG_LOG"
  std::string listener_path;
  std::string listener_metadata;
  std::vector<SyscallRule> syscalls;
  std::vector<std::string> unknown_members;  // pointers; the OCI spec asks to ignore, findings tell
};

// Reads a profile from a whole document or from /linux/seccomp of a config.json.
// Errors (invalid_input, each with pointer and line): a document with the keys of neither dialect
// ("{}", a custom-resource wrapper with apiVersion/kind/spec: named as such with the remedy to
// extract it); an unknown action, operator, architecture, flag or errno name; argument index above
// 5; more than 6 conditions; errnoRet above 4095 (MAX_ERRNO) or with an action other than ERRNO and
// TRACE; a missing defaultAction; a rule without names; wrong types. All findings of one document
// are reported together in one message, separated by "; also: " (at most 8).
// Unknown *syscall names* are no error here: policy/ knows syscalls.
[[nodiscard]] base::Result<SeccompProfile> read_seccomp_profile(const JsonValue& value);

// Parses and reads a profile document (limit kMaxProfileBytes).
[[nodiscard]] base::Result<SeccompProfile> parse_seccomp_profile(std::string text,
                                                                 std::string_view described);

// The profile as linux.seccomp of config.json: compact JSON, only members of the OCI spec. The
// profile must be expanded (no arch_map, no includes, no excludes); those are left out.
[[nodiscard]] std::string to_oci_json(const SeccompProfile& profile);

// The same without flags and listener, which do not shape the filter: two profiles with one text
// have one filter.
[[nodiscard]] std::string filter_json(const SeccompProfile& profile);

// The profile as linux.seccomp from its filter_json(), without writing the rules once more.
[[nodiscard]] std::string to_oci_json(const SeccompProfile& profile, std::string_view filter_json);

// The profile as a document for people and engines, indented by two spaces; a container_engine
// profile keeps archMap, includes, excludes and comments.
[[nodiscard]] std::string to_pretty_json(const SeccompProfile& profile);

}  // namespace bulkhead::oci_config
