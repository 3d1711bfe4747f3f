#include "policy/advice/lint_checks.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "policy/checks/startup_needs.h"
#include "policy/checks/syscall_standing.h"
#include "policy/fallback/runtime_default.h"
#include "policy/syscalls/syscalls.h"

using namespace bulkhead;
using namespace bulkhead::policy;

namespace {

std::string seed_profile() {
  std::ifstream file("tests/data/seed-node-profile.json");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

NodeFacts node() {
  NodeFacts facts;
  facts.kernel = {6, 1};
  return facts;
}

std::vector<Finding> lint_text(const std::string& text) {
  const auto profile = oci_config::parse_seccomp_profile(text, "test");
  if (!profile) FAIL(profile.error().message);
  return lint(*profile, node(), 0);
}

std::vector<Finding> of_check(const std::vector<Finding>& findings, std::string_view check) {
  std::vector<Finding> out;
  std::ranges::copy_if(findings, std::back_inserter(out),
                       [&](const Finding& finding) { return finding.check == check; });
  return out;
}

bool says(const std::vector<Finding>& findings, std::string_view check, std::string_view message) {
  const auto same = of_check(findings, check);
  return std::ranges::any_of(same, [&](const Finding& finding) {
    return finding.message.find(message) != std::string::npos;
  });
}

std::string with_rules(const std::string& rules) {
  return R"({"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [)" +
         rules + "]}";
}

}  // namespace

TEST_CASE("the seed's Node.js profile is told that no current glibc program can start under it") {
  const auto findings = lint_text(seed_profile());
  CHECK(
      says(findings, "program-cannot-start",
           "a dynamically linked glibc program cannot start: before main() it needs 'arch_prctl', "
           "'pread64', 'newfstatat' (of Debian 12)"));
  CHECK(of_check(findings, "program-cannot-start").front().severity == Severity::error);
  CHECK(says(findings, "runtime-cannot-start", "runc cannot start a container"));
  CHECK(says(findings, "errno-hides-fallback", "'clone3' answers errno 1"));
}

TEST_CASE("what a program needs in some runs only is missed as well") {
  const auto findings = lint_text(R"({"defaultAction": "SCMP_ACT_ALLOW", "architectures":
    ["SCMP_ARCH_X86_64"], "syscalls": [{"names": ["futex"], "action": "SCMP_ACT_ERRNO"}]})");
  CHECK(says(findings, "program-cannot-start",
             "a Go program cannot start: before main() it needs 'futex'"));
}

std::vector<Finding> lint_all_but(const std::string& names) {
  return lint_text(R"({"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],
    "syscalls": [{"names": [)" +
                   names + R"(], "action": "SCMP_ACT_ERRNO"}]})");
}

TEST_CASE("what only one release's C library needs is told of that one") {
  const auto of_old = of_check(lint_all_but(R"("newfstatat")"), "program-cannot-start");
  REQUIRE(of_old.size() == 1);
  CHECK(of_old[0].message ==
        "a dynamically linked glibc program of Debian 12 cannot start: before main() it needs "
        "'newfstatat'");
  const auto of_both = of_check(lint_all_but(R"("newfstatat", "fstat")"), "program-cannot-start");
  REQUIRE(of_both.size() == 1);
  CHECK(of_both[0].message ==
        "a dynamically linked glibc program cannot start: before main() it needs 'newfstatat' "
        "(of Debian 12), 'fstat' (of Debian 13)");
}

TEST_CASE("what only a runtime that root starts needs is told as that, and keeps nobody else out") {
  const auto findings = of_check(lint_all_but(R"("setgroups")"), "runtime-cannot-start");
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].message ==
        "runc as root cannot start a container without no_new_privileges: between loading the "
        "filter and execve it needs 'setgroups'");
  CHECK(findings[0].severity == Severity::warning);
  CHECK(of_check(lint_all_but(R"("execve")"), "runtime-cannot-start")[0].severity ==
        Severity::error);
}

TEST_CASE("the repair of the seed's profile leaves neither errors nor warnings") {
  auto document = oci_config::JsonDocument::parse(seed_profile(), {});
  REQUIRE(document);
  const auto profile = oci_config::read_seccomp_profile(document->root());
  REQUIRE(profile);
  const auto edit = safe_repairs(*profile, node(), 0);
  REQUIRE_FALSE(edit.empty());
  const auto repaired = oci_config::apply(*document, edit);
  REQUIRE(repaired);
  for (const Finding& finding : lint_text(*repaired)) {
    CAPTURE(finding.message);
    CHECK(finding.severity == Severity::note);
  }
  const auto again = oci_config::parse_seccomp_profile(*repaired, "again");
  REQUIRE(again);
  CHECK(safe_repairs(*again, node(), 0).empty());
}

TEST_CASE("a repair never allows what a rule denies, nor threads and processes") {
  const auto profile = oci_config::parse_seccomp_profile(
      with_rules(R"({"names": ["execve"], "action": "SCMP_ACT_ALLOW"},
                    {"names": ["mmap"], "action": "SCMP_ACT_KILL_PROCESS"})"),
      "test");
  REQUIRE(profile);
  const auto edit = safe_repairs(*profile, node(), 0);
  for (const auto& operation : edit.operations) {
    const auto& set = std::get<oci_config::SetMember>(operation);
    CHECK(set.json.find("\"mmap\"") == std::string::npos);
    const bool allows = set.json.find("SCMP_ACT_ALLOW") != std::string::npos;
    if (allows) CHECK(set.json.find("\"clone") == std::string::npos);
  }
}

TEST_CASE("a rule that another one overrides is told with the place of the other") {
  const auto findings = lint_text(with_rules(
      R"({"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]},
         {"names": ["clone"], "action": "SCMP_ACT_KILL_PROCESS"})"));
  const auto shadowed = of_check(findings, "shadowed-rule");
  REQUIRE(shadowed.size() == 1);
  CHECK(shadowed.front().pointer == "/syscalls/0");
  CHECK(shadowed.front().severity == Severity::warning);
  CHECK(shadowed.front().message ==
        "the rule for 'clone' has no effect: /syscalls/1 answers SCMP_ACT_KILL_PROCESS for all "
        "arguments");
}

TEST_CASE("errno 0 is told: the program would believe that the call succeeded") {
  const auto findings =
      lint_text(with_rules(R"({"names": ["mount"], "action": "SCMP_ACT_ERRNO", "errnoRet": 0})"));
  CHECK(says(findings, "errno-zero", "errnoRet 0 tells the program that the call succeeded"));
}

TEST_CASE("notification on write or by default stops the runtime itself") {
  CHECK(says(lint_text(with_rules(R"({"names": ["write"], "action": "SCMP_ACT_NOTIFY"})")),
             "notification-deadlock", "SCMP_ACT_NOTIFY on 'write'"));
  CHECK(says(lint_text(R"({"defaultAction": "SCMP_ACT_NOTIFY"})"), "notification-deadlock",
             "SCMP_ACT_NOTIFY as the default action"));
}

TEST_CASE("calls known from escapes are told with harm and source, unless arguments decide") {
  const auto findings = lint_text(with_rules(
      R"({"names": ["bpf", "mount"], "action": "SCMP_ACT_ALLOW"},
         {"names": ["unshare"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 0, "op": "SCMP_CMP_EQ"}]})"));
  CHECK(says(findings, "dangerous-allow", "allows 'bpf'"));
  CHECK(says(findings, "dangerous-allow", "CVE-2021-3490"));
  CHECK(says(findings, "dangerous-allow", "the kernel also wants CAP_SYS_ADMIN"));
  CHECK_FALSE(says(findings, "dangerous-allow", "unshare"));
}

TEST_CASE("who allows clone and clone3 unconditionally is told to allow user namespaces") {
  const auto findings = lint_text(
      with_rules(R"({"names": ["clone", "clone3", "unshare"], "action": "SCMP_ACT_ALLOW"})"));
  CHECK(says(findings, "dangerous-allow",
             "allows 'clone(CLONE_NEWUSER)': a new user namespace gives all capabilities"));
  CHECK(says(findings, "dangerous-allow", "allows 'clone3': makes user namespaces"));
  CHECK(says(findings, "dangerous-allow", "allows 'unshare(CLONE_NEWUSER)'"));
  const auto by_severity = of_check(findings, "dangerous-allow");
  CHECK(by_severity.front().severity == Severity::warning);
  CHECK(by_severity.front().remedy.starts_with("answer ENOSYS"));
}

TEST_CASE("whether clone makes user namespaces is what its conditions come to") {
  const auto allows = [](const std::string& args) {
    return says(lint_text(with_rules(
                    R"({"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [)" + args + "]}")),
                "dangerous-allow", "clone(CLONE_NEWUSER)");
  };
  CHECK(allows(R"({"index": 0, "value": 131072, "op": "SCMP_CMP_MASKED_EQ"})"));  // CLONE_NEWNS
  CHECK_FALSE(allows(R"({"index": 0, "value": 268435456, "op": "SCMP_CMP_MASKED_EQ"})"));
  CHECK_FALSE(allows(R"({"index": 0, "value": 4096, "op": "SCMP_CMP_LT"})"));
}

TEST_CASE("keys that only some engines expand are told") {
  const auto findings = lint_text(R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_BPF"]}}]})");
  CHECK(says(findings, "engine-dialect", "containerd ignores them"));
  CHECK(says(findings, "engine-dialect", "keys (includes) that"));
  // Expanded for a container without the capability, the rule is not there.
  CHECK_FALSE(says(findings, "dangerous-allow", "bpf"));
}

TEST_CASE("keys of the dialect that hold nothing are not told") {
  CHECK(of_check(lint_text(R"({"defaultAction": "SCMP_ACT_ERRNO", "archMap": [], "syscalls": [
    {"names": ["read"], "action": "SCMP_ACT_ALLOW", "includes": {}, "excludes": {}}]})"),
                 "engine-dialect")
            .empty());
}

TEST_CASE("the fallback has no warning of our own lint as a container gets it") {
  for (const Finding& finding :
       lint(expand(runtime_default(), {.kernel = node().kernel}), node(), 0)) {
    CAPTURE(finding.message);
    CHECK(finding.severity == Severity::note);
  }
}

Starters starters_under(const std::string& text) {
  const auto profile = oci_config::parse_seccomp_profile(text, "test");
  REQUIRE(profile);
  return starters(*profile, node(), 0);
}

TEST_CASE("who starts under a profile is one answer") {
  CHECK(starters(runtime_default(), node(), 0).not_these.empty());
  const Starters none = starters_under(R"({"defaultAction": "SCMP_ACT_ERRNO"})");
  CHECK_FALSE(none.some);
  CHECK(none.not_these.front() == "runc");
  CHECK(std::ranges::find(none.not_these, "runc without no_new_privileges") ==
        none.not_these.end());
  const Starters part = starters_under(
      R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
         {"names": ["pread64"], "action": "SCMP_ACT_ERRNO"}]})");
  CHECK(part.some);
  CHECK(part.not_these == std::vector<std::string>{"glibc-dynamic"});
  CHECK(starters_under(R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
         {"names": ["fstat"], "action": "SCMP_ACT_ERRNO"}]})")
            .not_these ==
        std::vector<std::string>{"runc without no_new_privileges", "glibc-dynamic of Debian 13"});
}

TEST_CASE("architectures that are missing or of no use are told") {
  const auto findings = lint_text(R"({"defaultAction": "SCMP_ACT_ERRNO",
    "architectures": ["SCMP_ARCH_X32"], "syscalls": [
    {"names": ["read", "socketcall"], "action": "SCMP_ACT_ALLOW"}]})");
  CHECK(says(findings, "native-architecture-missing", "SCMP_ARCH_X86_64"));
  CHECK(says(findings, "compat-architecture-missing", "SCMP_ARCH_X86"));
  CHECK(says(findings, "x32-listed", "CVE-2014-0038"));
  CHECK(says(findings, "names-missing-on-an-architecture", "'socketcall'"));
}

TEST_CASE("several values of one argument are alternatives: such a rule matches") {
  const auto findings = lint_text(with_rules(
      R"({"names": ["personality"], "action": "SCMP_ACT_ALLOW", "args": [
      {"index": 0, "value": 262144, "op": "SCMP_CMP_EQ"},
      {"index": 0, "value": 4194304, "op": "SCMP_CMP_EQ"}]})"));
  CHECK(says(findings, "repeated-argument-index", "runc and crun take them as alternatives"));
  CHECK_FALSE(says(findings, "rule-never-matches", ""));
}

TEST_CASE("a denial that an older libseccomp leaves out is told") {
  constexpr const char* kProfile = R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
    {"names": ["mseal", "read"], "action": "SCMP_ACT_ERRNO"}]})";
  CHECK(says(lint_text(kProfile), "denial-older-runtimes-skip", "does not know 'mseal'"));
  CHECK_FALSE(says(lint_text(with_rules(R"({"names": ["mseal"], "action": "SCMP_ACT_ALLOW"})")),
                   "denial-older-runtimes-skip", ""));
}

TEST_CASE("misspelt names are told with the nearest") {
  CHECK(says(lint_text(with_rules(R"({"names": ["read", "opeant"], "action": "SCMP_ACT_ALLOW"})")),
             "unknown-syscall-names", "opeant"));
}

TEST_CASE("errors come before warnings, and warnings before notes") {
  const auto findings = lint_text(seed_profile());
  CHECK(std::ranges::is_sorted(findings, std::ranges::greater(), &Finding::severity));
}

TEST_CASE("every check has a help line and a name of its own") {
  std::set<std::string_view> ids;
  for (const auto checks : {profile_checks(), lint_checks(), document_checks()}) {
    for (const ProfileCheck& check : checks) {
      CAPTURE(std::string(check.id));
      CHECK_FALSE(check.help.empty());
      CHECK(ids.insert(check.id).second);
    }
  }
}

TEST_CASE("the tables of startup needs speak of calls that exist on their machines") {
  for (const auto machine : {oci_config::SeccompArch::x86_64, oci_config::SeccompArch::aarch64}) {
    REQUIRE_FALSE(startup_needs(machine).empty());
    for (const StartupNeed& need : startup_needs(machine)) {
      for (const std::string_view name : names_of(need, Alternatives::all)) {
        CAPTURE(std::string(need.id), std::string(name));
        CHECK(syscall_number(machine, name));
      }
    }
  }
  CHECK(startup_needs(oci_config::SeccompArch::s390x).empty());
}

TEST_CASE("one of two alternatives is enough") {
  const auto permits = [](std::string_view name) { return name == "mmap"; };
  CHECK(unmet("brk|mmap", permits).empty());
  CHECK(unmet("brk|sbrk mmap", permits) == std::vector<std::string_view>{"brk|sbrk"});
}

TEST_CASE("a rule without conditions overrides those with, wherever it stands") {
  const auto profile = oci_config::parse_seccomp_profile(
      with_rules(
          R"({"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]},
             {"names": ["clone"], "action": "SCMP_ACT_TRAP"},
             {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]})"),
      "test");
  REQUIRE(profile);
  const SyscallStanding clone = standing_of(*profile, "clone");
  CHECK_FALSE(clone.permitted);
  CHECK(clone.denial.action == oci_config::SeccompAction::trap);
  CHECK(standing_of(*profile, "socket").conditional);
  CHECK_FALSE(standing_of(*profile, "read").ruled);
}
