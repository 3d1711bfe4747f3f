#include "policy/decide/recorder_stack.h"

#include <catch2/catch.hpp>

namespace bulkhead::policy {
namespace {

Plan recorded_plan() {
  Plan plan;
  plan.record = RecordRequest{.name = "web"};
  plan.apparmor = {.available = true, .label = "k8s-web"};
  return plan;
}

TEST_CASE("a container is recorded beside the profile that confines it, and only there") {
  CHECK(why_no_recorder(recorded_plan()).empty());
  Plan plan = recorded_plan();
  plan.apparmor.label.clear();
  CHECK(why_no_recorder(plan) == "no AppArmor profile confines it");
  plan = recorded_plan();
  plan.apparmor.available = false;
  CHECK(why_no_recorder(plan) == "AppArmor is not enabled in this kernel");
}

TEST_CASE("a container in a user namespace, whose root could reach the profile, is not recorded") {
  Plan plan = recorded_plan();
  plan.process.user.in_user_namespace = true;
  CHECK_THAT(why_no_recorder(plan), Catch::StartsWith("it has a user namespace"));
}

TEST_CASE("the recording profile changes the label's text, and not what must hold") {
  Plan plan = recorded_plan();
  stack_recorder(plan, "/process", ":bulkhead-record:rec-web-1");
  CHECK(plan.apparmor.label == "k8s-web");
  const oci_config::SetMember expected{.pointer = "/process/apparmorProfile",
                                       .json = R"("k8s-web//&:bulkhead-record:rec-web-1")"};
  REQUIRE(plan.edit.operations.size() == 1);
  CHECK(std::get<oci_config::SetMember>(plan.edit.operations[0]) == expected);
}

TEST_CASE("that AppArmor is not recorded is told with the plan where there is an AppArmor") {
  Plan plan = recorded_plan();
  leave_unrecorded(plan, "no parser");
  CHECK(plan.apparmor.unrecorded == "no parser");
  REQUIRE(plan.findings.size() == 1);
  CHECK(plan.findings[0].severity == Severity::note);
  plan = recorded_plan();
  plan.apparmor.available = false;
  leave_unrecorded(plan, "AppArmor is not enabled in this kernel");
  CHECK(plan.findings.empty());
}

}  // namespace
}  // namespace bulkhead::policy
