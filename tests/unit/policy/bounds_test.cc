// Shapes of profiles whose analysis could cost more than anybody waits for: each is answered, or
// refused by a bound that is told. Work is counted, not timed.
#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <random>

#include "base/text.h"
#include "policy/advice/lint_checks.h"
#include "policy/analysis/call_search.h"
#include "policy/analysis/filter_decision.h"
#include "policy/analysis/filter_intersect.h"
#include "policy/graph/profile_graph.h"
#include "policy/syscalls/syscalls.h"
#include "tests/unit/policy/filter_programs.h"

using namespace bulkhead;
using namespace bulkhead::policy;
using oci_config::ActionData;
using oci_config::ArgCondition;
using oci_config::SeccompAction;
using oci_config::SeccompArch;
using oci_config::SeccompOperator;
using oci_config::SeccompProfile;
using oci_config::SyscallRule;

namespace {

constexpr ActionData kAllow{SeccompAction::allow, {}};
constexpr ActionData kDeny{SeccompAction::return_errno, {}};

using Conditions = std::vector<ArgCondition>;
using RuleMaker = std::function<Conditions(std::uint32_t number)>;

SyscallRule rule(std::uint32_t number, Conditions conditions, ActionData action = kAllow) {
  return {.names = {"openat"},
          .action = action,
          .args = std::move(conditions),
          .pointer = base::cat("/syscalls/", number)};
}

SeccompProfile profile(std::uint32_t rules, const RuleMaker& conditions_of) {
  SeccompProfile made{.default_action = kDeny, .architectures = {SeccompArch::x86_64}};
  for (std::uint32_t i = 0; i < rules; ++i) made.syscalls.push_back(rule(i, conditions_of(i)));
  return made;
}

// The same rules in another order: equal in meaning, and no part of one graph is a part of the
// other.
SeccompProfile in_other_order(SeccompProfile made) {
  std::shuffle(made.syscalls.begin(), made.syscalls.end(), std::mt19937(3));
  return made;
}

Conditions one_argument(std::uint32_t i) { return {{.index = 2, .value = 3 * i}}; }
Conditions any_argument(std::uint32_t i) { return {{.index = i % 6, .value = 3 * i}}; }
Conditions ranges(std::uint32_t i) {
  return {{.index = i % 6,
           .op = i % 4 < 2 ? SeccompOperator::ge : SeccompOperator::lt,
           .value = i % 4 < 2 ? 0xffff'0000 - i : i}};
}
Conditions single_bits(std::uint32_t i) {
  return {{.index = i % 6,
           .op = SeccompOperator::masked_eq,
           .value = 1ULL << (i * 7 % 64),
           .value_two = 1ULL << (i * 7 % 64)}};
}
Conditions odd_masks(std::uint32_t i) {
  const std::uint64_t mask = (i + 1) * 2654435761ULL * 40503;
  return {{.index = i % 6,
           .op = SeccompOperator::masked_eq,
           .value = mask,
           .value_two = mask & (i * 0x9e3779b97f4a7c15ULL)}};
}
Conditions six_conditions(std::uint32_t i) {
  Conditions all;
  for (std::uint32_t index = 0; index < 6; ++index) {
    all.push_back({.index = index, .value = i + index});
  }
  return all;
}
Conditions two_ranges(std::uint32_t i) {
  return {{.index = 0, .op = SeccompOperator::ge, .value = 100ULL * i},
          {.index = 1, .op = SeccompOperator::lt, .value = 100ULL * i}};
}

// How many steps it takes to hold both against each other on openat.
std::uint64_t steps_between(const SeccompProfile& a, const SeccompProfile& b) {
  constexpr std::uint64_t kPlenty = 1'000'000'000;
  FilterGraph graph;
  const std::vector<NodeId> roots{add_profile(graph, a, SeccompArch::x86_64).value(),
                                  add_profile(graph, b, SeccompArch::x86_64).value()};
  WorkBudget budget{kPlenty};
  const std::uint32_t openat = syscall_number(SeccompArch::x86_64, "openat").value();
  const auto alike = [](std::span<const NodeId> leaves, const SyscallEvent&) {
    CHECK(leaves[0] == leaves[1]);
    return true;
  };
  CHECK(CallSearch(graph, budget).run(audit_arch(SeccompArch::x86_64), openat, roots, alike));
  return kPlenty - budget.left;
}

std::uint64_t steps_of(std::uint32_t rules, const RuleMaker& conditions_of) {
  const SeccompProfile made = profile(rules, conditions_of);
  return steps_between(made, in_other_order(made));
}

}  // namespace

TEST_CASE("three hundred rules for one call are compared, whatever their conditions look at") {
  const auto costs = [](const RuleMaker& conditions_of) { return steps_of(300, conditions_of); };
  CHECK(costs(one_argument) < kMaxSteps / 10);
  CHECK(costs(any_argument) < kMaxSteps / 10);
  CHECK(costs(ranges) < kMaxSteps / 5);
  CHECK(costs(single_bits) < kMaxSteps / 5);
  CHECK(costs(six_conditions) < kMaxSteps / 10);
}

TEST_CASE("odd masks and ranges of two arguments are compared by the dozen") {
  CHECK(steps_of(60, odd_masks) < kMaxSteps);
  CHECK(steps_of(60, two_ranges) < kMaxSteps);
}

TEST_CASE("twice the rules cost no more than four times the work, and a little") {
  for (const auto& conditions_of : {one_argument, any_argument, single_bits, six_conditions}) {
    CHECK(steps_of(200, conditions_of) < 5 * steps_of(100, conditions_of));
  }
}

TEST_CASE("rules that answer one call in a hundred ways are compared") {
  SeccompProfile made = profile(100, any_argument);
  for (std::uint32_t i = 0; i < 100; ++i) {
    made.syscalls[i] =
        rule(i, one_argument(i), {SeccompAction::return_errno, static_cast<std::uint16_t>(10 + i)});
  }
  CHECK(steps_between(made, in_other_order(made)) < kMaxSteps / 10);
  CHECK(decision_of(made, SeccompArch::x86_64).has_value());
}

TEST_CASE("what is beyond the bound is refused with the call, the bound and what to do") {
  const auto three_ranges = [](std::uint32_t i) {
    Conditions all;
    for (std::uint32_t index = 0; index < 6; ++index) {
      all.push_back({.index = index,
                     .op = (i + index) % 2 == 0 ? SeccompOperator::ge : SeccompOperator::lt,
                     .value = (i * 7919U + index * 104729U) % 5000});
    }
    return all;
  };
  const SeccompProfile made = profile(150, three_ranges);
  const auto found = excess(made, in_other_order(made), SeccompArch::x86_64);
  REQUIRE_FALSE(found.has_value());
  CHECK(found.error().code == base::ErrorCode::unsupported);
  CHECK_THAT(found.error().message,
             Catch::StartsWith("not analysable: to settle what is decided for "
                               "'openat' on x86_64 takes more than the "));
  CHECK_FALSE(found.error().remedy.empty());
}

TEST_CASE("three hundred rules are shown case by case") {
  for (const auto& conditions_of : {one_argument, any_argument}) {
    const auto decision = decision_of(profile(300, conditions_of), SeccompArch::x86_64);
    REQUIRE(decision.has_value());
    CHECK(decision->cases(audit_arch(SeccompArch::x86_64), 257).size() == 301);
  }
}

TEST_CASE("a rule for each of many conditions on both sides is left to two filters") {
  const SeccompProfile a = profile(300, one_argument);
  const SeccompProfile b = profile(300, any_argument);
  const auto both = intersect(a, b, SeccompArch::x86_64);
  REQUIRE(both.has_value());
  CHECK_FALSE(both->has_value());
}

TEST_CASE("of thousands of findings the first hundred are listed and the others counted") {
  SeccompProfile made{.default_action = kDeny};
  for (std::uint32_t i = 0; i < 8000; ++i) {
    made.syscalls.push_back({.names = {base::cat("opneat", i % 10), "read"},
                             .action = kAllow,
                             .pointer = base::cat("/syscalls/", i)});
  }
  NodeFacts facts;
  facts.native = SeccompArch::x86_64;
  std::size_t suggested = 0;
  std::size_t counted = 0;
  const auto findings = lint(made, facts, {});
  for (const Finding& finding : findings) {
    if (finding.message.find("did you mean") != std::string::npos) ++suggested;
    if (finding.message == "and 7900 more findings of this check, not listed") ++counted;
  }
  CHECK(suggested > 0);
  CHECK(suggested < 100);
  CHECK(counted > 0);
  CHECK(findings.size() < 1000);
}
