#include "oci-config/seccomp_profile.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "oci-config/errno_names.h"

namespace bulkhead::oci_config {
namespace {

using base::cat;

SeccompProfile read(std::string text) {
  auto profile = parse_seccomp_profile(std::move(text), "p.json");
  if (!profile) FAIL(profile.error().message);
  return std::move(*profile);
}

std::string refusal(std::string text) {
  const auto profile = parse_seccomp_profile(std::move(text), "p.json");
  if (profile) return "accepted";
  CHECK(profile.error().code == base::ErrorCode::invalid_input);
  return profile.error().sentence();
}

// A profile with one rule, given as the rule's members.
std::string with_rule(const std::string& members) {
  return cat(R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{)", members, "}]}");
}
const std::string kAllowA = R"("names":["a"],"action":"SCMP_ACT_ALLOW")";

TEST_CASE("a profile in the OCI form is read whole") {
  const auto profile = read(R"({
    "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38,
    "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X32"],
    "flags": ["SECCOMP_FILTER_FLAG_LOG"], "listenerPath": "/run/l", "listenerMetadata": "m",
    "syscalls": [
      {"names": ["clone", "unshare"], "action": "SCMP_ACT_ALLOW", "args": [
        {"index": 5, "value": 18446744073709551615, "valueTwo": 7, "op": "SCMP_CMP_MASKED_EQ"}]},
      {"names": ["ptrace"], "action": "SCMP_ACT_TRACE", "errnoRet": 4095}]})");
  CHECK(profile.dialect == ProfileDialect::oci);
  CHECK(profile.default_action == ActionData{SeccompAction::return_errno, 38});
  CHECK(profile.architectures == std::vector{SeccompArch::x86_64, SeccompArch::x32});
  CHECK(profile.flags == std::vector<std::string>{"SECCOMP_FILTER_FLAG_LOG"});
  CHECK(profile.listener_path == "/run/l");
  CHECK(profile.listener_metadata == "m");
  REQUIRE(profile.syscalls.size() == 2);
  CHECK(profile.syscalls[0].names == std::vector<std::string>{"clone", "unshare"});
  CHECK(profile.syscalls[0].args ==
        std::vector{ArgCondition{5, SeccompOperator::masked_eq, UINT64_MAX, 7}});
  CHECK(profile.syscalls[1].action == ActionData{SeccompAction::trace, 4095});
  CHECK(profile.syscalls[1].pointer == "/syscalls/1");
}

TEST_CASE("a profile in the engines' form is read whole, and told from the OCI form") {
  const auto profile = read(R"({
    "defaultAction": "SCMP_ACT_ERRNO", "defaultErrno": "ENOSYS",
    "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}],
    "syscalls": [{"names": ["a"], "action": "SCMP_ACT_ERRNO", "errno": "EPERM", "errnoRet": 1,
      "args": null, "comment": "why", "includes": {"caps": ["CAP_BPF"], "arches": ["amd64"],
      "minKernel": "4.8"}, "excludes": {"caps": ["CAP_KILL"]}}]})");
  CHECK(profile.dialect == ProfileDialect::container_engine);
  CHECK(profile.default_action.errno_ret == 38);
  REQUIRE(profile.arch_map.size() == 1);
  CHECK(profile.arch_map[0].sub_arches == std::vector{SeccompArch::x86});
  const SyscallRule& rule = profile.syscalls.at(0);
  CHECK(rule.names == std::vector<std::string>{"a"});
  CHECK(rule.action == ActionData{SeccompAction::return_errno, 1});
  CHECK(rule.comment == "why");
  CHECK(rule.includes == RuleFilter{{"CAP_BPF"}, {"amd64"}, KernelVersion{4, 8}});
  CHECK(rule.excludes == RuleFilter{{"CAP_KILL"}, {}, {}});
}

TEST_CASE("an archMap may name architectures of machines that are not known here") {
  const auto profile = read(R"({"defaultAction": "SCMP_ACT_ERRNO", "archMap": [
    {"architecture": "SCMP_ARCH_LOONGARCH64", "subArchitectures": null},
    {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_M68K"]}],
    "syscalls": []})");
  REQUIRE(profile.arch_map.size() == 1);
  CHECK(profile.arch_map[0].sub_arches == std::vector{SeccompArch::x86});
}

TEST_CASE("one member that only engines know makes it the engines' form") {
  for (const char* member : {R"("comment":"")", R"("includes":{})", R"("excludes":null)",
                             R"("errno":"")", R"("name":"")"}) {
    CAPTURE(member);
    CHECK(read(with_rule(cat(kAllowA, ",", member))).dialect == ProfileDialect::container_engine);
  }
  CHECK(read(with_rule(kAllowA)).dialect == ProfileDialect::oci);
}

TEST_CASE("a rule without names, or with Docker's old key for one, is of no system call") {
  const auto none = read(with_rule(R"("names":[],"action":"SCMP_ACT_ALLOW")"));
  CHECK(none.syscalls.at(0).names.empty());
  const auto old = read(with_rule(R"("name":"chmod","action":"SCMP_ACT_ERRNO")"));
  CHECK(old.syscalls.at(0).names.empty());
  CHECK(old.syscalls.at(0).old_name == "chmod");
}

TEST_CASE("a document that engines would run unconfined is refused by name") {
  CHECK(refusal("{}") ==
        "p.json (line 1): is an empty object, not a seccomp profile; container engines find no "
        "rule in it and start the container unconfined without a word; write a profile with a "
        "'defaultAction' and 'syscalls'");
  CHECK(refusal(R"({"apiVersion":"v1","kind":"SeccompProfile","spec":{"defaultAction":"x"}})") ==
        "p.json (line 1): is a Kubernetes object of kind 'SeccompProfile', not a seccomp profile; "
        "container engines find no rule in it and start the container unconfined without a word; "
        "store what is under its 'spec' as the profile (jq .spec)");
  CHECK_THAT(refusal(R"({"rules":[]})"),
             Catch::StartsWith("p.json (line 1): is no seccomp profile"));
  CHECK(refusal("[]") == "p.json (line 1): must be an object, not an array");
  CHECK(refusal(R"({"syscalls":[]})") == "p.json (line 1): has no 'defaultAction'");
  CHECK(refusal(R"({"defaultAction":""})") ==
        "p.json: /defaultAction (line 1): the action '' is unknown");
}

TEST_CASE("what a runtime would not understand is refused with place and value") {
  struct Case {
    std::string text;
    const char* message;
  };
  const Case cases[] = {
      {R"({"defaultAction":"SCMP_ACT_ALOW"})",
       "p.json: /defaultAction (line 1): the action 'SCMP_ACT_ALOW' is unknown; did you mean "
       "SCMP_ACT_ALLOW?"},
      {R"({"defaultAction":"SCMP_ACT_NOPE"})",
       "p.json: /defaultAction (line 1): the action 'SCMP_ACT_NOPE' is unknown"},
      {with_rule(R"("names":["a"],"action":"scmp_act_allow")"),
       "p.json: /syscalls/0/action (line 1): the action 'scmp_act_allow' is unknown"},
      {R"({"defaultAction":"SCMP_ACT_LOG","architectures":["SCMP_ARCH_VAX"]})",
       "p.json: /architectures/0 (line 1): the architecture 'SCMP_ARCH_VAX' is unknown"},
      {R"({"defaultAction":"SCMP_ACT_LOG","flags":["LOG"]})",
       "p.json: /flags/0 (line 1): the flag 'LOG' is unknown"},
      {with_rule(kAllowA + R"(,"args":[{"index":0,"value":1,"op":"EQ"}])"),
       "p.json: /syscalls/0/args/0/op (line 1): the operator 'EQ' is unknown"},
      {with_rule(kAllowA + R"(,"args":[{"index":6,"value":1,"op":"SCMP_CMP_EQ"}])"),
       "p.json: /syscalls/0/args/0/index (line 1): must be an integer from 0 to 5, not '6'"},
      {with_rule(kAllowA + R"(,"args":[{"value":1,"op":"SCMP_CMP_EQ"}])"),
       "p.json: /syscalls/0/args/0 (line 1): has no 'index'"},
      {with_rule(kAllowA + R"(,"args":[{"index":0,"op":"SCMP_CMP_EQ"}])"),
       "p.json: /syscalls/0/args/0 (line 1): has no 'value'"},
      {with_rule(kAllowA + R"(,"args":[{"index":0,"value":1}])"),
       "p.json: /syscalls/0/args/0 (line 1): has no 'op'"},
      {with_rule(kAllowA + R"(,"args":[0,0,0,0,0,0,0])"),
       "p.json: /syscalls/0/args (line 1): has 7 conditions; a system call has 6 arguments"},
      {with_rule(R"("names":["a"],"action":"SCMP_ACT_ERRNO","errnoRet":70000)"),
       "p.json: /syscalls/0/errnoRet (line 1): must be an integer from 0 to 4095, not '70000'"},
      {with_rule(R"("names":["a"],"action":"SCMP_ACT_KILL","errnoRet":1)"),
       "p.json: /syscalls/0/errnoRet (line 1): an errno has no meaning with SCMP_ACT_KILL_THREAD; "
       "runtimes refuse it or ignore it; remove it, or use SCMP_ACT_ERRNO"},
      {R"({"defaultAction":"SCMP_ACT_ALLOW","defaultErrnoRet":1})",
       "p.json: /defaultErrnoRet (line 1): an errno has no meaning with SCMP_ACT_ALLOW; runtimes "
       "refuse it or ignore it; remove it, or use SCMP_ACT_ERRNO"},
      {with_rule(R"("names":["a"],"action":"SCMP_ACT_ERRNO","errno":"ENOPE")"),
       "p.json: /syscalls/0/errno (line 1): the errno 'ENOPE' is unknown"},
      {with_rule(R"("names":["a"],"action":"SCMP_ACT_ERRNO","errno":"ENOSYS","errnoRet":1)"),
       "p.json: /syscalls/0/errnoRet (line 1): the errno 1 and the one given by name, ENOSYS, are "
       "not "
       "the same"},
      {with_rule(R"("action":"SCMP_ACT_ALLOW")"), "p.json: /syscalls/0 (line 1): has no 'names'"},
      {with_rule(R"("names":[""],"action":"SCMP_ACT_ALLOW")"),
       "p.json: /syscalls/0 (line 1): holds an empty system call name"},
      {with_rule(kAllowA + R"(,"name":"b")"),
       "p.json: /syscalls/0 (line 1): has both 'name' and 'names'; engines refuse that"},
      {with_rule(R"("names":["a"])"), "p.json: /syscalls/0 (line 1): has no 'action'"},
      {with_rule(kAllowA + R"(,"includes":{"minKernel":"4"})"),
       "p.json: /syscalls/0/includes/minKernel (line 1): the kernel version '4' is unknown"},
      {R"({"defaultAction":"SCMP_ACT_LOG","architectures":["SCMP_ARCH_ARM"],)"
       R"("archMap":[{"architecture":"SCMP_ARCH_ARM"}]})",
       "p.json: /archMap (line 1): stands beside 'architectures'; engines refuse a profile with "
       "both"},
      {R"({"DefaultAction":"SCMP_ACT_ERRNO","defaultAction":"SCMP_ACT_ERRNO"})",
       "p.json: /DefaultAction (line 1): the key 'DefaultAction' differs from 'defaultAction' only "
       "in case: some runtimes take it for that, others ignore it; write it as 'defaultAction' or "
       "remove it"},
      {with_rule(kAllowA + R"(,"errnoret":1)"),
       "p.json: /syscalls/0/errnoret (line 1): the key 'errnoret' differs from 'errnoRet' only in "
       "case: some runtimes take it for that, others ignore it; write it as 'errnoRet' or remove "
       "it"},
      {R"({"defaultAction":"SCMP_ACT_LOG","syscalls":{}})",
       "p.json: /syscalls (line 1): must be an array, not an object"},
      {R"({"defaultAction":"SCMP_ACT_LOG","syscalls":["read"]})",
       "p.json: /syscalls/0 (line 1): must be an object, not a string"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text);
    CHECK(refusal(one.text) == one.message);
  }
}

TEST_CASE("all faults of a profile are told together, at most eight") {
  CHECK(refusal("{\"defaultAction\":\"X\",\n\"flags\":[\"Y\"]}") ==
        "p.json: /defaultAction (line 1): the action 'X' is unknown; also: /flags/0 (line 2): the "
        "flag 'Y' is unknown");
  std::string flags = "\"Y\"";
  for (int i = 1; i < 20; ++i) flags += ",\"Y\"";
  const std::string message =
      refusal(cat(R"({"defaultAction":"SCMP_ACT_LOG","flags":[)", flags, "]}"));
  CHECK_THAT(message, Catch::Contains("/flags/7 (line 1)"));
  CHECK_THAT(message, !Catch::Contains("/flags/8 (line 1)"));
  CHECK_THAT(message, Catch::EndsWith("; and more"));
}

TEST_CASE("members that nobody knows are kept by their pointer") {
  const auto profile =
      read(R"({"defaultAction":"SCMP_ACT_LOG","x/y":1,"syscalls":[{)" + kAllowA + R"(,"z":2}]})");
  CHECK(profile.unknown_members == std::vector<std::string>{"/x~1y", "/syscalls/0/z"});
}

TEST_CASE("a profile for config.json is compact and holds only what runtimes know") {
  const auto profile = read(with_rule(
      R"("names":["a","b"],"action":"SCMP_ACT_ERRNO","errno":"EPERM","comment":"c","args":[)"
      R"({"index":1,"value":2,"valueTwo":0,"op":"SCMP_CMP_GT"}])"));
  CHECK(to_oci_json(profile) ==
        R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["a","b"],)"
        R"("action":"SCMP_ACT_ERRNO","errnoRet":1,"args":[{"index":1,"value":2,)"
        R"("op":"SCMP_CMP_GT"}]}]})");
}

TEST_CASE("the text of a filter is that of the profile without flags and listener") {
  auto profile = read(with_rule(kAllowA));
  const std::string filter = filter_json(profile);
  CHECK(filter == to_oci_json(profile));
  CHECK(to_oci_json(profile, filter) == filter);
  profile.flags = {std::string(kFlagLog)};
  profile.listener_path = "/run/a.sock";
  CHECK(filter_json(profile) == filter);
  CHECK(to_oci_json(profile, filter) == to_oci_json(profile));
  profile.syscalls.clear();
  CHECK(to_oci_json(profile, filter_json(profile)) == to_oci_json(profile));
}

TEST_CASE("a profile for people is indented and keeps what engines know") {
  const auto profile = read(with_rule(
      R"("names":["a"],"action":"SCMP_ACT_ALLOW","comment":"c","includes":{"minKernel":"5.4"})"));
  CHECK(to_pretty_json(profile) == R"({
  "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [
    {
      "names": [
        "a"
      ],
      "action": "SCMP_ACT_ALLOW",
      "comment": "c",
      "includes": {
        "minKernel": "5.4"
      }
    }
  ]
}
)");
}

TEST_CASE("the default profile of containers-common reads back as what it is") {
  std::ifstream file("/usr/share/containers/seccomp.json");
  REQUIRE(file.good());
  const auto profile = read(std::string(std::istreambuf_iterator<char>(file), {}));
  CHECK(profile.dialect == ProfileDialect::container_engine);
  CHECK(profile.unknown_members.empty());
  CHECK(profile.arch_map.size() == 7);
  CHECK(to_pretty_json(read(to_pretty_json(profile))) == to_pretty_json(profile));
}

TEST_CASE("every name of an action, an architecture and an operator is understood back") {
  for (int i = 0; i <= static_cast<int>(SeccompAction::allow); ++i) {
    const auto action = static_cast<SeccompAction>(i);
    CHECK(seccomp_action_named(name_of(action)) == action);
  }
  CHECK(seccomp_action_named("SCMP_ACT_KILL") == SeccompAction::kill_thread);
  for (unsigned i = 0; i < kSeccompArchCount; ++i) {
    const auto arch = static_cast<SeccompArch>(i);
    CHECK(seccomp_arch_named(name_of(arch)) == arch);
  }
  for (int i = 0; i <= static_cast<int>(SeccompOperator::masked_eq); ++i) {
    const auto op = static_cast<SeccompOperator>(i);
    CHECK(seccomp_operator_named(name_of(op)) == op);
  }
  CHECK(seccomp_arch_from_go("amd64") == SeccompArch::x86_64);
  CHECK(seccomp_arch_from_go("x86_64") == SeccompArch::x86_64);
  CHECK(seccomp_arch_from_go("x86") == SeccompArch::x86);
  CHECK(seccomp_arch_from_go("arm64") == SeccompArch::aarch64);
  CHECK_FALSE(seccomp_arch_from_go(""));
  CHECK(audit_arch(SeccompArch::x32) == audit_arch(SeccompArch::x86_64));
}

TEST_CASE("errno names and numbers belong together") {
  CHECK(errno_named("EPERM") == 1);
  CHECK(errno_named("ENOTSUP") == errno_named("EOPNOTSUPP"));
  CHECK(errno_name(38) == "ENOSYS");
  CHECK(errno_name(11) == "EAGAIN");
  CHECK_FALSE(errno_named("eperm"));
  CHECK(errno_name(4000).empty());
}

}  // namespace
}  // namespace bulkhead::oci_config
