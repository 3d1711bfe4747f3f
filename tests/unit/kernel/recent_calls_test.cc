#include "kernel/filters/recent_calls.h"

#include <catch2/catch.hpp>
#include <cerrno>
#include <string>

#include "base/text.h"
#include "kernel/filters/seccomp_compiler.h"
#include "oci-config/native_arch.h"
#include "policy/analysis/filter_decision.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::kernel {
namespace {

using oci_config::SeccompAction;
using oci_config::SeccompArch;
using oci_config::SeccompProfile;
using oci_config::SyscallRule;
using policy::FilterAnswer;
using policy::FilterProgram;

constexpr std::string_view kEvery = R"("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32")";

SeccompProfile profile(std::string_view default_action, std::string_view rules) {
  return oci_config::parse_seccomp_profile(
             base::cat(R"({"defaultAction": "SCMP_ACT_)", default_action,
                       R"(", "architectures": [)", kEvery, R"(], "syscalls": [)", rules, "]}"),
             "profile")
      .value();
}

// What a runtime makes of it whose libseccomp knows no recent call.
SeccompProfile as_older_runtimes_read(SeccompProfile profile) {
  for (SyscallRule& rule : profile.syscalls) std::erase_if(rule.names, policy::is_recent_call);
  return profile;
}

FilterProgram compiled(const SeccompProfile& from) {
  auto program = compile_seccomp_checked(from);
  if (!program) FAIL(program.error().sentence());
  return *std::move(program);
}

bool holds(const std::vector<FilterProgram>& stack, const FilterProgram& planned) {
  const auto more = policy::allows_more(stack, planned);
  if (!more) FAIL(more.error().sentence());
  if (*more) UNSCOPED_INFO(policy::describe(**more));
  return !*more;
}

bool says_exactly(const FilterProgram& program, const SeccompProfile& from) {
  const auto witnesses = policy::disagreements(program, from, oci_config::kNativeArch);
  if (!witnesses) FAIL(witnesses.error().sentence());
  for (const auto& witness : *witnesses) UNSCOPED_INFO(policy::describe(witness));
  return witnesses->empty();
}

std::string condition(unsigned index, std::string_view op, std::string_view value,
                      std::string_view value_two = "0") {
  return base::cat(R"({"index": )", index, R"(, "op": "SCMP_CMP_)", op, R"(", "value": )", value,
                   R"(, "valueTwo": )", value_two, "}");
}

std::string rule(std::string_view names, std::string_view action,
                 std::string_view conditions = "") {
  return base::cat(R"({"names": [)", names, R"(], "action": "SCMP_ACT_)", action, R"(", "args": [)",
                   conditions, "]}");
}

constexpr std::string_view kOperators[] = {"EQ", "NE", "LT", "LE", "GT", "GE", "MASKED_EQ"};
// Around the places where the halves of an argument meet.
constexpr std::string_view kValues[] = {"0",
                                        "1",
                                        "255",
                                        "2147483648",
                                        "4294967295",
                                        "4294967296",
                                        "8589934593",
                                        "18446744069414584320",
                                        "18446744073709551615"};

TEST_CASE("conditions of a call that libseccomp does not know are answered exactly") {
  for (const std::string_view op : kOperators) {
    for (const std::string_view value : kValues) {
      const std::string conditions = condition(2, op, value, "4294967297");
      CAPTURE(op, value);
      const auto denying = profile("ALLOW", rule(R"("mseal")", "ERRNO", conditions));
      CHECK(says_exactly(compiled(denying), denying));
      const auto allowing = profile("ERRNO", rule(R"("mseal", "read")", "ALLOW", conditions));
      CHECK(says_exactly(compiled(allowing), allowing));
    }
  }
}

TEST_CASE("conditions on several arguments must all hold, several on one are alternatives") {
  const auto all =
      profile("ALLOW", rule(R"("mseal")", "ERRNO",
                            base::cat(condition(0, "GT", "4096"), ",", condition(1, "NE", "0"), ",",
                                      condition(2, "LE", "4294967296"))));
  CHECK(says_exactly(compiled(all), all));
  const auto any =
      profile("ERRNO", rule(R"("mseal")", "ALLOW",
                            base::cat(condition(0, "EQ", "1"), ",", condition(0, "EQ", "5"))));
  CHECK(says_exactly(compiled(any), any));
  const auto several =
      profile("ALLOW", base::cat(rule(R"("mseal")", "ERRNO", condition(0, "EQ", "1")), ",",
                                 rule(R"("mseal", "listns")", "KILL_PROCESS"), ",",
                                 rule(R"("mseal")", "TRAP")));
  CHECK(says_exactly(compiled(several), several));
}

TEST_CASE("hundreds of rules for a call that libseccomp does not know are answered exactly") {
  std::string rules = rule(R"("listns")", "ERRNO");
  for (unsigned value = 0; value < 200; ++value) {
    rules += "," + rule(R"("mseal")", "ERRNO", condition(0, "EQ", base::cat(value)));
  }
  const auto from = profile("ALLOW", rules);
  CHECK(says_exactly(compiled(from), from));
}

TEST_CASE(
    "beside the filter of an older runtime the denials of recent calls make the profile hold") {
  const std::string denials[] = {
      rule(R"("mseal", "mount")", "ERRNO"),
      rule(R"("mseal", "cachestat", "listns")", "KILL_PROCESS"),
      rule(R"("mseal")", "ERRNO", condition(2, "MASKED_EQ", "4294967297", "1")),
      rule(R"("map_shadow_stack", "read")", "TRAP") + "," +
          rule(R"("mseal")", "ERRNO", condition(1, "GE", "4096")),
  };
  for (const std::string& rules : denials) {
    CAPTURE(rules);
    const auto from = profile("ALLOW", rules);
    const FilterProgram planned = compiled(from);
    const FilterProgram of_runtime = compiled(as_older_runtimes_read(from));
    const auto beside = denials_of_recent_calls(from);
    REQUIRE(beside);
    CHECK_FALSE(holds({of_runtime}, planned));
    CHECK(holds({of_runtime, *beside}, planned));
  }
}

TEST_CASE("beside the filter of a runtime that knows the calls their denials change nothing") {
  const auto from = profile("ALLOW", rule(R"("mseal")", "ERRNO", condition(2, "EQ", "7")) + "," +
                                         rule(R"("listns", "mount")", "ERRNO"));
  const FilterProgram planned = compiled(from);
  const auto beside = denials_of_recent_calls(from);
  REQUIRE(beside);
  const auto comparison = policy::compare({planned, *beside}, {planned});
  REQUIRE(comparison);
  CHECK(comparison->relation == policy::Relation::equal);
  CHECK_FALSE(comparison->data_differs);
}

TEST_CASE("a profile that denies no recent call beyond its default needs nothing beside it") {
  CHECK_FALSE(denials_of_recent_calls(profile("ALLOW", rule(R"("mount")", "ERRNO"))));
  CHECK_FALSE(denials_of_recent_calls(profile("ERRNO", rule(R"("mseal")", "ALLOW"))));
  CHECK_FALSE(denials_of_recent_calls(profile("KILL_PROCESS", rule(R"("mseal")", "ERRNO"))));
  CHECK(denials_of_recent_calls(profile("ERRNO", rule(R"("mseal")", "KILL_PROCESS"))));
}

}  // namespace
}  // namespace bulkhead::kernel
