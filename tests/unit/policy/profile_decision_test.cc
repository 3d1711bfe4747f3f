// What a profile's rules mean, and where a program does not say the same.
#include <catch2/catch.hpp>

#include "base/text.h"
#include "policy/analysis/filter_decision.h"
#include "policy/syscalls/syscalls.h"
#include "tests/unit/policy/filter_programs.h"

using namespace bulkhead;
using namespace bulkhead::policy;
using namespace bulkhead::policy::test;
using oci_config::SeccompArch;
using oci_config::SeccompProfile;

namespace {

SeccompProfile profile(std::string text) {
  auto parsed = oci_config::parse_seccomp_profile(std::move(text), "a test's profile");
  if (!parsed) FAIL(parsed.error().message);
  return *parsed;
}

// The cases of one call, a line each: "arg0 == 1 → ALLOW".
std::string cases_of(const SeccompProfile& rules, SeccompArch arch, std::string_view name) {
  const auto decision = decision_of(rules, SeccompArch::x86_64);
  if (!decision) return decision.error().message;
  std::string text;
  for (const DecisionCase& one : decision->cases(audit_arch(arch), *syscall_number(arch, name))) {
    std::vector<std::string> conditions;
    for (const ArgTest& test : one.conditions) conditions.push_back(text_of(test));
    std::vector<std::string> answers;
    for (const FilterAnswer answer : one.answers) answers.push_back(text_of(answer));
    text += base::cat(base::join(conditions, " and "), conditions.empty() ? "" : " ", "→ ",
                      base::join(answers, " or "), "\n");
  }
  return text;
}

std::string excess_of(std::string text, std::string floor) {
  const auto found =
      excess(profile(std::move(text)), profile(std::move(floor)), SeccompArch::x86_64);
  if (!found) return found.error().message;
  std::string lines;
  for (const Witness& witness : *found) lines += describe(witness) + "\n";
  return lines;
}

}  // namespace

TEST_CASE("a rule without conditions decides alone, the first of several") {
  const auto rules = profile(R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": ["read"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]},
    {"names": ["read"], "action": "SCMP_ACT_TRAP"},
    {"names": ["read"], "action": "SCMP_ACT_ALLOW"}]})");
  CHECK(cases_of(rules, SeccompArch::x86_64, "read") == "→ TRAP\n");
  CHECK(cases_of(rules, SeccompArch::x86_64, "write") == "→ ERRNO(EPERM)\n");
}

TEST_CASE("conditions of one rule hold together, those of several rules each alone") {
  const auto rules = profile(R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [
      {"index": 0, "value": 16, "op": "SCMP_CMP_EQ"}, {"index": 2, "value": 9, "op": "SCMP_CMP_EQ"}]},
    {"names": ["socket"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_EQ"}]}]})");
  CHECK(cases_of(rules, SeccompArch::x86_64, "socket") ==
        "arg0 == 16 and arg2 == 9 → ALLOW\n"
        "arg0 == 16 and arg2 != 9 → ERRNO(EPERM)\n"
        "arg0 == 40 → ALLOW\n"
        "arg0 != 16 and arg0 != 40 → ERRNO(EPERM)\n");
}

TEST_CASE("several conditions on one argument are alternatives, as runtimes make them") {
  const auto rules = profile(R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": ["ioctl"], "action": "SCMP_ACT_ALLOW", "args": [
      {"index": 1, "value": 5, "op": "SCMP_CMP_EQ"}, {"index": 1, "value": 6, "op": "SCMP_CMP_EQ"}]}]})");
  CHECK(cases_of(rules, SeccompArch::x86_64, "ioctl") ==
        "arg1 == 5 → ALLOW\narg1 == 6 → ALLOW\narg1 != 5 and arg1 != 6 → ERRNO(EPERM)\n");
}

TEST_CASE("where rules with different answers hold for one call the answer is open") {
  const auto rules = profile(R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": ["kill"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 1, "value": 9, "op": "SCMP_CMP_EQ"}]},
    {"names": ["kill"], "action": "SCMP_ACT_TRAP",
     "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}]})");
  CHECK(cases_of(rules, SeccompArch::x86_64, "kill") ==
        "arg1 == 9 and arg0 == 1 → TRAP or ALLOW\n"
        "arg1 == 9 and arg0 != 1 → ALLOW\n"
        "arg1 != 9 and arg0 == 1 → TRAP\n"
        "arg1 != 9 and arg0 != 1 → ERRNO(EPERM)\n");
}

TEST_CASE("64-bit values are compared whole on 64-bit architectures and cut on 32-bit ones") {
  const auto rules = profile(R"({"defaultAction": "SCMP_ACT_ERRNO",
    "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"], "syscalls": [
    {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 4294967297, "op": "SCMP_CMP_GE"}]}]})");
  CHECK(cases_of(rules, SeccompArch::x86_64, "personality") ==
        "arg0 >= 0x100000001 → ALLOW\narg0 < 0x100000001 → ERRNO(EPERM)\n");
  CHECK(cases_of(rules, SeccompArch::x86, "personality") ==
        "arg0 >= 1 → ALLOW\narg0 < 1 → ERRNO(EPERM)\n");
  CHECK(cases_of(rules, SeccompArch::x32, "personality") ==
        "low half of arg0 >= 1 → ALLOW\nlow half of arg0 < 1 → ERRNO(EPERM)\n");
}

TEST_CASE("on x86 a rule for a socket call covers socketcall with its number too") {
  const auto rules = profile(R"({"defaultAction": "SCMP_ACT_ERRNO",
    "architectures": ["SCMP_ARCH_X86"], "syscalls": [
    {"names": ["socket", "shmget"], "action": "SCMP_ACT_ALLOW"}]})");
  CHECK(cases_of(rules, SeccompArch::x86, "socket") == "→ ALLOW\n");
  CHECK(cases_of(rules, SeccompArch::x86, "socketcall") ==
        "arg0 == 1 → ALLOW\narg0 != 1 → ERRNO(EPERM)\n");
  CHECK(cases_of(rules, SeccompArch::x86, "ipc") ==
        "arg0 == 23 → ALLOW\narg0 != 23 → ERRNO(EPERM)\n");
}

TEST_CASE("an architecture that is not listed kills the thread") {
  const auto rules = profile(R"({"defaultAction": "SCMP_ACT_ALLOW"})");
  CHECK(cases_of(rules, SeccompArch::x86_64, "read") == "→ ALLOW\n");
  CHECK(cases_of(rules, SeccompArch::x86, "read") == "→ KILL_THREAD\n");
  CHECK(cases_of(rules, SeccompArch::x32, "read") == "→ KILL_THREAD\n");
}

TEST_CASE("what a profile allows beyond the floor is listed call by call") {
  CHECK(excess_of(R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
          {"names": ["read", "ptrace"], "action": "SCMP_ACT_ALLOW"},
          {"names": ["clone"], "action": "SCMP_ACT_ALLOW"},
          {"names": ["bpf"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]})",
                  R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
          {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"},
          {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args":
            [{"index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]}]})") ==
        "clone(CLONE_NEWNS, 0, 0, 0, 0, 0) on x86_64: ALLOW against ERRNO(EPERM)\n"
        "ptrace(0, 0, 0, 0, 0, 0) on x86_64: ALLOW against ERRNO(EPERM)\n");
}

TEST_CASE("a profile is within itself and within one that allows more") {
  const std::string strict = R"({"defaultAction": "SCMP_ACT_KILL_PROCESS", "syscalls": [
    {"names": ["read"], "action": "SCMP_ACT_ALLOW"}]})";
  const std::string loose = R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"}]})";
  CHECK(excess_of(strict, strict).empty());
  CHECK(excess_of(strict, loose).empty());
  CHECK(!excess_of(loose, strict).empty());
}

TEST_CASE("a program that answers otherwise than its profile is found out") {
  const auto rules = profile(R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
    {"names": ["ptrace"], "action": "SCMP_ACT_ERRNO"}]})");
  const auto found = [&](const FilterProgram& program) {
    const auto witnesses = disagreements(program, rules, SeccompArch::x86_64);
    if (!witnesses) return witnesses.error().message;
    std::string lines;
    for (const Witness& witness : *witnesses) lines += describe(witness) + "\n";
    return lines;
  };
  const auto kill = ret(0);
  CHECK(found({load(kArch), jeq(kX86_64, 0, 7), load(kNr), jge(0x40000000, 2, 0), jeq(101, 3, 0),
               ret(kAllow), jeq(0xffffffff, 0, 2), ret(kAllow), ret(kErrno | 1), kill})
            .empty());
  // libseccomp 2.5.4 forgets to load the number on an architecture whose only rule is for a call
  // that has no number of its own there: the rule is lost.
  CHECK(found({load(kArch), jeq(kX86_64, 0, 6), jge(0x40000000, 3, 0), jeq(101, 1, 0), ret(kAllow),
               ret(kErrno | 1), jeq(0xffffffff, 0, 1), ret(kAllow), kill})
            .starts_with("read(0, 0, 0, 0, 0, 0) on x86_64: KILL_THREAD against ALLOW\n"));
}
