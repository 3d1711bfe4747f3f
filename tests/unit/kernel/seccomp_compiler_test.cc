#include "kernel/filters/seccomp_compiler.h"

#include <catch2/catch.hpp>
#include <cerrno>
#include <csignal>
#include <string>

#include "base/text.h"
#include "oci-config/native_arch.h"
#include "policy/analysis/filter_decision.h"
#include "policy/fallback/runtime_default.h"
#include "policy/filter/filter.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::kernel {
namespace {

using oci_config::CapabilityMask;
using oci_config::kNativeArch;
using oci_config::SeccompAction;
using oci_config::SeccompArch;
using oci_config::SeccompOperator;
using oci_config::SeccompProfile;
using oci_config::SyscallRule;
using policy::FilterAnswer;
using policy::FilterProgram;
using policy::SyscallEvent;

using Args = std::array<std::uint64_t, 6>;

SeccompProfile profile(const std::string& text) {
  return oci_config::parse_seccomp_profile(text, "profile").value();
}

FilterProgram compiled(const SeccompProfile& from, FilterShape shape = FilterShape::binary_tree) {
  auto program = compile_seccomp(from, shape);
  if (!program) FAIL(program.error().sentence());
  return *std::move(program);
}

SyscallEvent event(SeccompArch arch, std::string_view name, const Args& args = {}) {
  return {.nr = policy::syscall_number(arch, name).value(),
          .arch = oci_config::audit_arch(arch),
          .args = args};
}

FilterAnswer answer(const FilterProgram& program, std::string_view name, const Args& args = {},
                    SeccompArch arch = kNativeArch) {
  return policy::evaluate(program, event(arch, name, args));
}

constexpr FilterAnswer kAllow{SeccompAction::allow, 0};
constexpr FilterAnswer errno_answer(int number) {
  return {SeccompAction::return_errno, static_cast<std::uint16_t>(number)};
}

// Rules for openat with one condition each, on one argument after the other.
SeccompProfile rules_for_openat(std::uint32_t count) {
  SeccompProfile made = profile(R"({"defaultAction": "SCMP_ACT_ALLOW",
    "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]})");
  for (std::uint32_t i = 0; i < count; ++i) {
    made.syscalls.push_back({.names = {"openat"},
                             .action = {SeccompAction::return_errno, {}},
                             .args = {{.index = i % 4, .value = 3 * i}}});
  }
  return made;
}

TEST_CASE("a program of hundreds of rules for one call is held against the profile, exactly") {
  for (const std::uint32_t count : {60U, 300U}) {
    const auto program = compile_seccomp_checked(rules_for_openat(count));
    if (!program) FAIL(program.error().sentence());
    CHECK(answer(*program, "openat", {9, 1}) == kAllow);
    CHECK(answer(*program, "openat", {12}) == errno_answer(EPERM));
  }
}

// mseal and listns came after libseccomp 2.5: what is not known to the library is answered in
// front.
TEST_CASE(
    "a call that libseccomp does not know is answered as its rule says, on every architecture") {
  const FilterProgram program = compiled(profile(R"({"defaultAction": "SCMP_ACT_ERRNO",
    "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
    "syscalls": [{"names": ["read", "mseal", "listns"], "action": "SCMP_ACT_ALLOW"}]})"));
  for (const SeccompArch arch : {SeccompArch::x86_64, SeccompArch::x86, SeccompArch::x32}) {
    INFO(name_of(arch));
    CHECK(answer(program, "mseal", {}, arch) == kAllow);
    CHECK(answer(program, "listns", {}, arch) == kAllow);
    CHECK(answer(program, "read", {}, arch) == kAllow);
    CHECK(answer(program, "statmount", {}, arch) == errno_answer(EPERM));
    CHECK(answer(program, "write", {}, arch) == errno_answer(EPERM));
  }
}

TEST_CASE("a denial of a call that libseccomp does not know holds") {
  const FilterProgram program = compiled(profile(R"({"defaultAction": "SCMP_ACT_ALLOW",
    "syscalls": [{"names": ["mseal"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
                 {"names": ["mseal"], "action": "SCMP_ACT_KILL"}]})"));
  CHECK(answer(program, "mseal") == errno_answer(ENOSYS));
  CHECK(answer(program, "listns") == kAllow);
}

TEST_CASE("a listed architecture alone gets the answers for calls that libseccomp does not know") {
  const FilterProgram program = compiled(profile(R"({"defaultAction": "SCMP_ACT_ERRNO",
    "architectures": ["SCMP_ARCH_X86_64"],
    "syscalls": [{"names": ["read", "mseal"], "action": "SCMP_ACT_ALLOW"}]})"));
  CHECK(answer(program, "mseal") == kAllow);
  CHECK(answer(program, "mseal", {}, SeccompArch::x86).action == SeccompAction::kill_thread);
}

TEST_CASE("a program that knows recent calls answers exactly as the profile says") {
  const SeccompProfile from = profile(R"({"defaultAction": "SCMP_ACT_ERRNO",
    "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
    "syscalls": [{"names": ["read", "mseal", "listns", "uretprobe"], "action": "SCMP_ACT_ALLOW"},
      {"names": ["statmount"], "action": "SCMP_ACT_LOG"}]})");
  const auto witnesses = policy::disagreements(compiled(from), from, kNativeArch);
  REQUIRE(witnesses);
  CHECK(witnesses->empty());
}

TEST_CASE("what libseccomp would compile for minutes is refused, with what to do") {
  SeccompProfile made = rules_for_openat(0);
  for (std::uint32_t i = 0; i < 20; ++i) {
    SyscallRule rule{.names = {"openat"}, .action = {SeccompAction::return_errno, {}}, .args = {}};
    for (std::uint32_t index = 0; index < 6; ++index) {
      rule.args.push_back(
          {.index = index,
           .op = (i * 5 + index * 3) % 7 < 3 ? SeccompOperator::ge : SeccompOperator::lt,
           .value = (i * 7919U + index * 104729U) % 5000});
    }
    made.syscalls.push_back(rule);
  }
  const auto program = compile_seccomp(made);
  REQUIRE_FALSE(program.has_value());
  CHECK(program.error().sentence() ==
        "the profile cannot be compiled: libseccomp takes more than 1 s of processor time or 1 GiB "
        "of memory, and a runtime would, too; write fewer rules with conditions on several "
        "arguments of one call");
}

TEST_CASE("a caller that ignores the end of its children gets its program all the same") {
  const auto before = std::signal(SIGCHLD, SIG_IGN);
  CHECK(compile_seccomp(rules_for_openat(3)).has_value());
  (void)std::signal(SIGCHLD, before);
}

TEST_CASE("every action becomes the kernel's action, with EPERM where errnoRet is absent") {
  const FilterProgram program = compiled(profile(R"({"defaultAction": "SCMP_ACT_ALLOW",
    "syscalls": [
      {"names": ["read"], "action": "SCMP_ACT_KILL_PROCESS"},
      {"names": ["write"], "action": "SCMP_ACT_KILL"},
      {"names": ["openat"], "action": "SCMP_ACT_TRAP"},
      {"names": ["close"], "action": "SCMP_ACT_ERRNO"},
      {"names": ["fchdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
      {"names": ["fstat"], "action": "SCMP_ACT_TRACE"},
      {"names": ["fsync"], "action": "SCMP_ACT_TRACE", "errnoRet": 7},
      {"names": ["ppoll"], "action": "SCMP_ACT_LOG"}]})"));
  CHECK(answer(program, "read").action == SeccompAction::kill_process);
  CHECK(answer(program, "write").action == SeccompAction::kill_thread);
  CHECK(answer(program, "openat").action == SeccompAction::trap);
  CHECK(answer(program, "close") == errno_answer(EPERM));
  CHECK(answer(program, "fchdir") == errno_answer(ENOSYS));
  CHECK(answer(program, "fstat") == FilterAnswer{SeccompAction::trace, EPERM});
  CHECK(answer(program, "fsync") == FilterAnswer{SeccompAction::trace, 7});
  CHECK(answer(program, "ppoll").action == SeccompAction::log);
  CHECK(answer(program, "lseek") == kAllow);
}

TEST_CASE("every operator compares as its name says") {
  const auto with = [](const char* op, std::uint64_t argument) {
    const FilterProgram program = compiled(profile(base::cat(
        R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"],
            "action": "SCMP_ACT_ALLOW", "args": [{"index": 2, "value": 4294967297,
            "valueTwo": 1, "op": ")",
        op, "\"}]}]}")));
    return answer(program, "read", {0, 0, argument}) == kAllow;
  };
  constexpr std::uint64_t kValue = 4294967297;  // 2^32 + 1: both halves count
  CHECK(with("SCMP_CMP_EQ", kValue));
  CHECK_FALSE(with("SCMP_CMP_EQ", 1));
  CHECK(with("SCMP_CMP_NE", 1));
  CHECK_FALSE(with("SCMP_CMP_NE", kValue));
  CHECK(with("SCMP_CMP_LT", kValue - 1));
  CHECK_FALSE(with("SCMP_CMP_LT", kValue));
  CHECK(with("SCMP_CMP_LE", kValue));
  CHECK_FALSE(with("SCMP_CMP_LE", kValue + 1));
  CHECK(with("SCMP_CMP_GE", kValue));
  CHECK_FALSE(with("SCMP_CMP_GE", kValue - 1));
  CHECK(with("SCMP_CMP_GT", kValue + 1));
  CHECK_FALSE(with("SCMP_CMP_GT", kValue));
  CHECK(with("SCMP_CMP_MASKED_EQ", 0xfffffffeULL << 32 | 3));
  CHECK_FALSE(with("SCMP_CMP_MASKED_EQ", kValue));
}

TEST_CASE(
    "conditions on different arguments must all hold, on the same one any of them is enough") {
  const FilterProgram all = compiled(profile(R"({"defaultAction": "SCMP_ACT_ERRNO",
    "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [
      {"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}, {"index": 1, "value": 2, "op": "SCMP_CMP_EQ"}]}]})"));
  CHECK(answer(all, "read", {1, 2}) == kAllow);
  CHECK(answer(all, "read", {1, 3}) == errno_answer(EPERM));
  const FilterProgram any = compiled(profile(R"({"defaultAction": "SCMP_ACT_ERRNO",
    "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [
      {"index": 0, "value": 5, "op": "SCMP_CMP_EQ"}, {"index": 0, "value": 7, "op": "SCMP_CMP_EQ"}]}]})"));
  CHECK(answer(any, "read", {5}) == kAllow);
  CHECK(answer(any, "read", {7}) == kAllow);
  CHECK(answer(any, "read", {6}) == errno_answer(EPERM));
}

TEST_CASE("names that nobody knows and rules that repeat the default are left out") {
  const FilterProgram program = compiled(profile(R"({"defaultAction": "SCMP_ACT_ERRNO",
    "defaultErrnoRet": 38, "syscalls": [
      {"names": ["read", "no_such_call"], "action": "SCMP_ACT_ALLOW"},
      {"names": ["write"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]})"));
  CHECK(answer(program, "read") == kAllow);
  CHECK(answer(program, "write") == errno_answer(ENOSYS));
}

TEST_CASE("a name of another architecture only is compiled there and does no harm here") {
  const FilterProgram program = compiled(profile(R"({"defaultAction": "SCMP_ACT_ERRNO",
    "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
    "syscalls": [{"names": ["waitpid", "set_tls"], "action": "SCMP_ACT_ALLOW"}]})"));
  CHECK(answer(program, "waitpid", {}, SeccompArch::x86) == kAllow);
  CHECK(answer(program, "read") == errno_answer(EPERM));
}

TEST_CASE("an architecture that the profile does not list is answered by killing the thread") {
  const FilterProgram program = compiled(profile(
      R"({"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": []})"));
  CHECK(answer(program, "read") == kAllow);
  CHECK(answer(program, "read", {}, SeccompArch::x86).action == SeccompAction::kill_thread);
}

TEST_CASE("the native architecture is in the filter although the profile lists another alone") {
  const FilterProgram program = compiled(profile(R"({"defaultAction": "SCMP_ACT_ERRNO",
    "architectures": ["SCMP_ARCH_X86"],
    "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]})"));
  CHECK(answer(program, "read") == kAllow);
  CHECK(answer(program, "read", {}, SeccompArch::x86) == kAllow);
}

TEST_CASE("a profile that cannot be compiled names its rule or member and libseccomp's reason") {
  const auto big_endian = compile_seccomp(profile(
      R"({"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_S390X"], "syscalls": []})"));
  REQUIRE_FALSE(big_endian.has_value());
  CHECK(big_endian.error().code == base::ErrorCode::invalid_input);
  CHECK(big_endian.error().message ==
        "the architecture SCMP_ARCH_S390X cannot be added: libseccomp says "
        "'Numerical argument out of domain'");

  const auto contradiction = compile_seccomp(profile(R"({"defaultAction": "SCMP_ACT_ERRNO",
    "syscalls": [
      {"names": ["read"], "action": "SCMP_ACT_ALLOW",
       "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]},
      {"names": ["read"], "action": "SCMP_ACT_LOG",
       "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}]})"));
  REQUIRE_FALSE(contradiction.has_value());
  CHECK(contradiction.error().code == base::ErrorCode::invalid_input);
  CHECK(contradiction.error().message ==
        "the rule /syscalls/1 cannot be compiled for 'read': libseccomp says 'File exists'");
}

TEST_CASE("both shapes of a filter answer alike, and the kernel's check accepts them") {
  const SeccompProfile fallback = policy::runtime_default_for({.kernel = {6, 1}});
  const FilterProgram linear = compiled(fallback, FilterShape::linear);
  const FilterProgram tree = compiled(fallback, FilterShape::binary_tree);
  CHECK(policy::check_program(linear).has_value());
  CHECK(policy::check_program(tree).has_value());
  for (const SeccompArch arch : {SeccompArch::x86_64, SeccompArch::x86, SeccompArch::x32}) {
    for (const policy::SyscallEntry& call : policy::syscalls_of(arch)) {
      INFO(std::string(call.name) << " on " << name_of(arch));
      CHECK(answer(linear, call.name, {}, arch) == answer(tree, call.name, {}, arch));
    }
  }
}

// ---- the fallback as the kernel sees it ---------------------------------------------------------

constexpr CapabilityMask kSysAdmin = CapabilityMask{1} << 21;
constexpr CapabilityMask kAuditWrite = CapabilityMask{1} << 29;

constexpr std::uint64_t kNewUser = 0x10000000;
constexpr std::uint64_t kNewNs = 0x20000;
constexpr std::uint64_t kNewTime = 0x80;
constexpr std::uint64_t kThread = 0x3d0f00;  // what the C library passes for a thread

struct Row {
  const char* name;
  Args args;
  FilterAnswer usual;  // Docker's capabilities
  FilterAnswer with_sys_admin;
};

const Row kRows[] = {
    {"read", {}, kAllow, kAllow},
    {"clone", {kThread}, kAllow, kAllow},
    {"clone", {17}, kAllow, kAllow},  // fork: SIGCHLD
    {"clone", {kNewUser | 17}, errno_answer(EPERM), kAllow},
    {"clone", {kNewUser | kNewNs | 17}, errno_answer(EPERM), kAllow},
    {"clone3", {}, errno_answer(ENOSYS), kAllow},
    {"unshare", {kNewNs}, errno_answer(EPERM), kAllow},
    {"unshare", {kNewTime}, errno_answer(EPERM), kAllow},
    {"unshare", {0x600}, kAllow, kAllow},  // CLONE_FS | CLONE_FILES
    {"setns", {}, errno_answer(EPERM), kAllow},
    {"mount", {}, errno_answer(EPERM), kAllow},
    {"bpf", {}, errno_answer(EPERM), kAllow},
    {"keyctl", {}, errno_answer(ENOSYS), kAllow},
    {"io_uring_setup", {}, errno_answer(ENOSYS), errno_answer(ENOSYS)},
    {"ptrace", {}, kAllow, kAllow},
    {"kexec_load", {}, errno_answer(EPERM), errno_answer(EPERM)},
    {"personality", {0}, kAllow, kAllow},
    {"personality", {0xffffffff}, kAllow, kAllow},
    {"personality", {0x40000}, errno_answer(ENOSYS), errno_answer(ENOSYS)},
    {"socket", {1, 1, 0}, kAllow, kAllow},
    {"socket", {2, 1, 6}, kAllow, kAllow},
    {"socket", {16, 3, 9}, kAllow, kAllow},
    {"socket", {40, 1, 0}, errno_answer(EAFNOSUPPORT), kAllow},
    {"socket", {0xffffffff00000028, 1, 0}, errno_answer(EAFNOSUPPORT), kAllow},
    {"socket", {38, 5, 0}, errno_answer(EAFNOSUPPORT), errno_answer(EAFNOSUPPORT)},
    {"socket", {0xffffffff00000026, 5, 0}, errno_answer(EAFNOSUPPORT), errno_answer(EAFNOSUPPORT)},
    {"socket", {37, 1, 0}, kAllow, kAllow},
    {"socket", {39, 1, 0}, kAllow, kAllow},
    {"socket", {45, 1, 0}, kAllow, kAllow},
    {"socket", {48, 1, 0}, errno_answer(ENOSYS), errno_answer(ENOSYS)},
};

TEST_CASE("the fallback, compiled, answers as its documentation says") {
  const FilterProgram usual =
      compiled(policy::runtime_default_for({.capabilities = kAuditWrite, .kernel = {6, 1}}));
  const FilterProgram admin = compiled(
      policy::runtime_default_for({.capabilities = kAuditWrite | kSysAdmin, .kernel = {6, 1}}));
  for (const Row& row : kRows) {
    for (const SeccompArch arch : {SeccompArch::x86_64, SeccompArch::x32, SeccompArch::x86}) {
      INFO(row.name << "(" << base::hex(row.args[0]) << ", " << row.args[1] << ", " << row.args[2]
                    << ") on " << name_of(arch));
      CHECK(answer(usual, row.name, row.args, arch) == row.usual);
      CHECK(answer(admin, row.name, row.args, arch) == row.with_sys_admin);
    }
  }
}

TEST_CASE("without CAP_AUDIT_WRITE only the audit protocol of netlink is refused, with EINVAL") {
  const FilterProgram program = compiled(policy::runtime_default_for({.kernel = {6, 1}}));
  for (std::uint64_t family = 0; family < 48; ++family) {
    for (std::uint64_t protocol = 0; protocol < 32; ++protocol) {
      INFO(family << ", " << protocol);
      const FilterAnswer expected = family == 16 && protocol == 9  ? errno_answer(EINVAL)
                                    : family == 38 || family == 40 ? errno_answer(EAFNOSUPPORT)
                                                                   : kAllow;
      CHECK(answer(program, "socket", {family, 3, protocol}) == expected);
    }
  }
}

TEST_CASE("before Linux 4.8 nothing traces, or it slips past the filter of what it traces") {
  const FilterProgram program = compiled(policy::runtime_default_for({.kernel = {4, 4}}));
  CHECK(answer(program, "ptrace") == errno_answer(EPERM));
  CHECK(answer(program, "process_vm_readv") == errno_answer(EPERM));
}

TEST_CASE("what is compiled for use has been compared with what the profile says") {
  const CapabilityMask all = (CapabilityMask{1} << 41) - 1;
  for (const CapabilityMask capabilities : {CapabilityMask{0}, kAuditWrite, kSysAdmin, all}) {
    for (const FilterShape shape : {FilterShape::linear, FilterShape::binary_tree}) {
      const SeccompProfile fallback = policy::runtime_default_for(
          {.capabilities = capabilities, .native = kNativeArch, .kernel = {6, 1}});
      const auto program = compile_seccomp_checked(fallback, shape);
      if (!program) FAIL(program.error().sentence());
      CHECK(program->size() < 4096);
      CHECK(policy::disagreements(*program, fallback, kNativeArch).value().empty());
    }
  }
}

std::size_t disagreements_of(const FilterProgram& program, const SeccompProfile& from) {
  const auto witnesses = policy::disagreements(program, from, kNativeArch);
  if (!witnesses) FAIL(witnesses.error().message);
  return witnesses->size();
}

TEST_CASE("a program of libseccomp that is only stricter than its profile is used") {
  // 2.5.4 forgets to load the number before the rules of x86_64 when one is for a call that only
  // x86 has.
  const SeccompProfile from = profile(R"({"defaultAction": "SCMP_ACT_KILL_PROCESS",
    "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"], "syscalls": [
    {"names": ["fcntl64"], "action": "SCMP_ACT_TRAP"},
    {"names": ["ioctl"], "action": "SCMP_ACT_ERRNO", "args":
      [{"index": 0, "value": 4294967296, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]}]})");
  const FilterProgram plain = compiled(from, FilterShape::linear);
  if (kNativeArch == SeccompArch::x86_64) REQUIRE(disagreements_of(plain, from) > 0);
  const auto program = compile_seccomp_checked(from);
  if (!program) FAIL(program.error().sentence());
  const auto witnesses = policy::disagreements(*program, from, kNativeArch);
  for (const auto& witness : witnesses.value()) {
    INFO(policy::describe(witness));
    CHECK(policy::at_least_as_strict(witness.a.action, witness.b.action));
  }
}

TEST_CASE("a program of libseccomp that lets more through than its profile is an error") {
  // Two ranges of one argument whose limits differ in both halves: 2.5.4 compares the low half with
  // the wrong limit.
  const SeccompProfile from = profile(R"({"defaultAction": "SCMP_ACT_LOG", "syscalls": [
    {"names": ["lseek"], "action": "SCMP_ACT_ERRNO", "args": [
      {"index": 2, "value": 9223372036854775807, "op": "SCMP_CMP_LE"},
      {"index": 2, "value": 4294967297, "op": "SCMP_CMP_LE"}]}]})");
  const auto program = compile_seccomp_checked(from);
  REQUIRE_FALSE(program);
  CHECK(program.error().code == base::ErrorCode::internal);
  CHECK_THAT(program.error().sentence(),
             Catch::Contains(base::cat("lets more through: lseek(0, 0, 0x180000000, 0, 0, 0) on ",
                                       short_name(kNativeArch), ": LOG against ERRNO(EPERM)")) &&
                 Catch::Contains("a runtime would install the same"));
}

}  // namespace
}  // namespace bulkhead::kernel
