#include "admission/expectation.h"

#include <catch2/catch.hpp>

#include "tests/unit/admission/admission_node.h"

namespace bulkhead::admission::testing {
namespace {

policy::Plan planning_a_filter() {
  policy::Plan plan;
  plan.seccomp.profile = *oci_config::parse_seccomp_profile(
      R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"}]})",
      "planned");
  plan.seccomp.text = oci_config::filter_json(*plan.seccomp.profile);
  return plan;
}

}  // namespace

TEST_CASE("a plan without a filter expects none, and all else that it plans") {
  const Node node;
  policy::Plan plan;
  plan.apparmor = {.available = true, .label = "app", .complain_accepted = true};
  plan.process = {.no_new_privileges = true, .capabilities = {.bounding = 5}};
  const auto programs = programs_for(plan, node.paths);
  REQUIRE(programs);
  const policy::Expectation expected = expectation_for(plan, *programs);
  CHECK_FALSE(expected.filter);
  CHECK(expected.apparmor_label == "app");
  CHECK(expected.complain_accepted);
  CHECK(expected.no_new_privileges);
  CHECK(expected.capabilities.bounding == 5);
  plan.apparmor.available = false;
  CHECK(expectation_for(plan, *programs).apparmor_label.empty());
}

TEST_CASE("both filters of a plan are expected as the programs that they compile to") {
  const Node node;
  policy::Plan plan = planning_a_filter();
  plan.seccomp.stacked = plan.seccomp.profile;
  plan.seccomp.stacked->syscalls.clear();
  const auto programs = programs_for(plan, node.paths);
  REQUIRE(programs);
  const policy::Expectation expected = expectation_for(plan, *programs);
  CHECK(expected.filter == programs->filter->program);
  CHECK(expected.stacked == programs->stacked->program);
  CHECK(expected.filter != expected.stacked);
}

TEST_CASE("a program and the stacks that were accepted for it are remembered for the next start") {
  const Node node;
  const policy::Plan plan = planning_a_filter();
  const auto first = programs_for(plan, node.paths);
  REQUIRE(first);
  const std::string digest(64, 'a');
  kernel::ProgramCache(node.paths.cache).remember_accepted(*first->filter, {digest});
  const auto second = programs_for(plan, node.paths);
  REQUIRE(second);
  CHECK(second->filter->from_cache);
  CHECK(expectation_for(plan, *second).accepted_stacks == std::vector<std::string>{digest});
}

}  // namespace bulkhead::admission::testing
