#include "policy/analysis/filter_intersect.h"

#include <catch2/catch.hpp>
#include <random>

#include "policy/analysis/filter_decision.h"

using namespace bulkhead;
using namespace bulkhead::policy;
using oci_config::ActionData;
using oci_config::SeccompAction;
using oci_config::SeccompArch;
using oci_config::SeccompProfile;
using oci_config::SyscallRule;

namespace {

SeccompProfile profile(std::string text) {
  auto parsed = oci_config::parse_seccomp_profile(std::move(text), "a test's profile");
  if (!parsed) FAIL(parsed.error().message);
  return *parsed;
}

std::optional<SeccompProfile> both(const SeccompProfile& a, const SeccompProfile& b) {
  auto result = intersect(a, b, SeccompArch::x86_64);
  if (!result) FAIL(result.error().message);
  return *result;
}

std::string json(const std::optional<SeccompProfile>& result) {
  return result ? to_oci_json(*result) : "not one profile";
}

bool within(const SeccompProfile& a, const SeccompProfile& b) {
  const auto more = excess(a, b, SeccompArch::x86_64);
  if (!more) FAIL(more.error().message);
  return more->empty();
}

bool same(const SeccompProfile& a, const SeccompProfile& b) { return within(a, b) && within(b, a); }

SeccompProfile only(SeccompAction action) {
  SeccompProfile result;
  result.default_action = {SeccompAction::allow, {}};
  SyscallRule rule;
  rule.names = {"ptrace"};
  rule.action = {action, {}};
  if (action != SeccompAction::allow) result.syscalls.push_back(rule);
  return result;
}

// Rules without conditions or with one that compares argument 0 for equality.
SeccompProfile random_profile(std::mt19937& random) {
  constexpr const char* kNames[] = {"read", "write", "socket", "ptrace", "clone", "kill"};
  SeccompProfile result;
  result.default_action = {SeccompAction::return_errno, std::uint16_t{1}};
  result.architectures = {SeccompArch::x86_64};
  if (random() % 2 == 0) result.architectures.push_back(SeccompArch::x86);
  for (const char* name : kNames) {
    if (random() % 3 == 0) continue;
    SyscallRule rule;
    rule.names = {name};
    rule.action.action = random() % 4 == 0 ? SeccompAction::log : SeccompAction::allow;
    if (random() % 3 == 0) rule.args = {{.index = 0, .value = random() % 3}};
    result.syscalls.push_back(rule);
  }
  return result;
}

}  // namespace

TEST_CASE("the intersection of two lists of allowed calls is what both allow") {
  const auto a = profile(R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": ["read", "write", "ptrace"], "action": "SCMP_ACT_ALLOW"}]})");
  const auto b = profile(R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": ["read", "write", "clone"], "action": "SCMP_ACT_ALLOW", "args":
      [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}]})");
  CHECK(json(both(a, b)) ==
        R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64"],"syscalls":[)"
        R"({"names":["read","write"],"action":"SCMP_ACT_ALLOW","args":[)"
        R"({"index":0,"value":1,"op":"SCMP_CMP_EQ"}]}]})");
}

TEST_CASE("what one profile cannot say is left to two filters") {
  const auto allow_one = profile(R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": ["kill"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 5, "op": "SCMP_CMP_GE"}]}]})");
  const auto allow_other = profile(R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": ["kill"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 9, "op": "SCMP_CMP_LE"}]}]})");
  CHECK(json(both(allow_one, allow_other)) == "not one profile");
}

TEST_CASE("conditions of both sides on one argument become one where one can say it") {
  const auto a = profile(R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args":
      [{"index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]},
    {"names": ["kill"], "action": "SCMP_ACT_ALLOW", "args":
      [{"index": 0, "value": 9, "op": "SCMP_CMP_LE"}]},
    {"names": ["personality"], "action": "SCMP_ACT_ALLOW", "args":
      [{"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}]}]})");
  const auto b = profile(R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args":
      [{"index": 0, "value": 128, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]},
    {"names": ["kill"], "action": "SCMP_ACT_ALLOW", "args":
      [{"index": 0, "value": 9, "op": "SCMP_CMP_NE"}]},
    {"names": ["personality"], "action": "SCMP_ACT_ALLOW", "args":
      [{"index": 0, "value": 9, "op": "SCMP_CMP_EQ"}]}]})");
  CHECK(json(both(a, b)) ==
        R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64"],"syscalls":[)"
        R"({"names":["clone"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":2114060416,)"
        R"("op":"SCMP_CMP_MASKED_EQ"}]},)"
        R"({"names":["kill"],"action":"SCMP_ACT_ALLOW","args":[)"
        R"({"index":0,"value":8,"op":"SCMP_CMP_LE"}]}]})");
}

TEST_CASE("where only the errno of a denial cannot be said, either default's stands") {
  const auto a = profile(R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": ["kill"], "action": "SCMP_ACT_ALLOW"}, {"names": ["bpf"], "action":
    "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}]})");
  const auto b = profile(R"({"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "syscalls": [
    {"names": ["bpf"], "action": "SCMP_ACT_ALLOW"}, {"names": ["kill"], "action":
    "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}]})");
  const auto result = both(a, b);
  REQUIRE(result);
  CHECK(within(*result, a));
  CHECK(within(*result, b));
  CHECK(json(result) ==
        R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64"],"syscalls":[)"
        R"({"names":["bpf","kill"],"action":"SCMP_ACT_ALLOW","args":[)"
        R"({"index":0,"value":1,"op":"SCMP_CMP_EQ"}]}]})");
}

TEST_CASE("a 32-bit socket call through socketcall is left to two filters") {
  const auto by_name = profile(R"({"defaultAction": "SCMP_ACT_ERRNO", "architectures":
    ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], "syscalls": [
    {"names": ["socket"], "action": "SCMP_ACT_ALLOW"}]})");
  const auto by_family = profile(R"({"defaultAction": "SCMP_ACT_ERRNO", "architectures":
    ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], "syscalls": [
    {"names": ["socketcall"], "action": "SCMP_ACT_ALLOW"},
    {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args":
      [{"index": 0, "value": 16, "op": "SCMP_CMP_EQ"},
       {"index": 2, "value": 0, "op": "SCMP_CMP_EQ"}]}]})");
  CHECK(json(both(by_name, by_family)) == "not one profile");
}

TEST_CASE("allowing one more call never makes a profile stricter") {
  std::mt19937 random(12);
  for (int round = 0; round < 60; ++round) {
    const auto before = random_profile(random);
    auto after = before;
    SyscallRule rule;
    constexpr const char* kMore[] = {"read", "socket", "ptrace", "mount", "kexec_load"};
    rule.names = {kMore[random() % std::size(kMore)]};
    rule.action.action = SeccompAction::allow;
    if (random() % 3 == 0) rule.args = {{.index = 1, .value = random() % 3}};
    after.syscalls.push_back(rule);
    INFO(to_oci_json(before) << " and then " << to_oci_json(after));
    CHECK(within(before, after));
  }
}

TEST_CASE("the stricter action wins in the order of the Kubernetes proposal") {
  constexpr SeccompAction kStrictestFirst[] = {
      SeccompAction::kill_process, SeccompAction::kill_thread, SeccompAction::trap,
      SeccompAction::return_errno, SeccompAction::user_notif,  SeccompAction::trace,
      SeccompAction::log,          SeccompAction::allow};
  for (std::size_t i = 0; i < std::size(kStrictestFirst); ++i) {
    for (std::size_t j = i; j < std::size(kStrictestFirst); ++j) {
      const auto stricter = only(kStrictestFirst[i]);
      const auto looser = only(kStrictestFirst[j]);
      const auto one = both(stricter, looser);
      const auto other = both(looser, stricter);
      REQUIRE(one);
      REQUIRE(other);
      CHECK(same(*one, stricter));
      CHECK(same(*other, stricter));
    }
  }
}

TEST_CASE("intersecting is idempotent, commutative and associative, and stricter than both") {
  std::mt19937 random(11);
  int said = 0;
  for (int round = 0; round < 60; ++round) {
    const auto a = random_profile(random);
    const auto b = random_profile(random);
    const auto c = random_profile(random);
    const auto twice = both(a, a);
    REQUIRE(twice);
    CHECK(same(*twice, a));
    const auto ab = both(a, b);
    const auto ba = both(b, a);
    const auto bc = both(b, c);
    if (!ab || !ba || !bc) continue;
    CHECK(within(*ab, a));
    CHECK(within(*ab, b));
    CHECK(same(*ab, *ba));
    const auto ab_c = both(*ab, c);
    const auto a_bc = both(a, *bc);
    if (!ab_c || !a_bc) continue;
    CHECK(same(*ab_c, *a_bc));
    ++said;
  }
  CHECK(said > 3);
}
