#include "policy/decide/enforce_answer.h"

#include <catch2/catch.hpp>

#include "policy/proof/shown_answer.h"

namespace bulkhead::policy {
namespace {

using oci_config::SetMember;

Plan observing() {
  Plan plan;
  plan.mode = Mode::observe;
  plan.reasons = {{"seccomp", "runtime/default: none is asked for", ""},
                  {"capabilities", "without CAP_SYS_ADMIN", ""}};
  return plan;
}

Plan changing(const std::string& pointer) {
  Plan plan = observing();
  plan.withheld_edit.operations = {SetMember{pointer, "1"}};
  return plan;
}

const Difference kNoFilter{"seccomp", "no seccomp filter is installed"};
const Difference kWritableRoot{"root", "the root is writable"};

std::string shown(const Plan& plan, const std::vector<Difference>& differences) {
  return shown_answer(plan, what_gate_adds(plan), differences).sentence();
}

TEST_CASE("a container that enforce would start as it is would not be changed") {
  CHECK(enforce_answer(observing()).sentence() == "would change nothing");
  CHECK(shown(observing(), {}) == "would change nothing");
}

TEST_CASE("what enforce would change is told by its reasons, and by no others") {
  CHECK(enforce_answer(changing("/linux/seccomp")).sentence() ==
        "would change: seccomp: runtime/default: none is asked for");
  CHECK(enforce_answer(changing("/process/capabilities/bounding")).sentence() ==
        "would change: capabilities: without CAP_SYS_ADMIN");
}

TEST_CASE("what the policy takes out of a profile is told") {
  Plan plan = changing("/linux/seccomp");
  plan.reasons = {{"seccomp", "the profile that config.json holds", ""},
                  {"deny", "taken out of the profile", ""},
                  {"architectures", "x86 taken out of the profile", ""}};
  CHECK(enforce_answer(plan).sentence() ==
        "would change: seccomp: the profile that config.json holds");
  plan.seccomp.less_denied = plan.seccomp.less_architectures = true;
  CHECK(enforce_answer(plan).sentence() ==
        "would change: seccomp: the profile that config.json holds; deny: taken out of the "
        "profile; architectures: x86 taken out of the profile");
}

TEST_CASE("the entries of Bulkhead's own hooks change nothing of the container") {
  CHECK(enforce_answer(changing("/hooks/createRuntime/-")).would == Would::change_nothing);
}

TEST_CASE("a flag of the filter changes what is logged, not the filter") {
  CHECK(enforce_answer(changing("/linux/seccomp/flags")).sentence() ==
        "would change: seccomp: what its filter denies would be logged");
}

TEST_CASE("what the gate would have installed behind a hook is a change") {
  Plan plan = observing();
  plan.withheld_missing.filter = true;
  CHECK(shown(plan, {kNoFilter}) == "would change: seccomp: runtime/default: none is asked for");
}

TEST_CASE("what differs where enforce would have mended it is no refusal") {
  CHECK(shown_answer(changing("/linux/seccomp"), GateAdds::nothing, {kNoFilter}).would ==
        Would::change);
}

TEST_CASE("what differs and nothing would have mended is a refusal") {
  CHECK(shown(changing("/linux/seccomp"), {kNoFilter, kWritableRoot}) ==
        "would refuse: the root is writable");
  CHECK(shown(observing(), {kNoFilter}) == "would refuse: no seccomp filter is installed");
}

TEST_CASE("a filter that only the gate would have added is told as that") {
  Plan plan = observing();
  plan.seccomp.may_be_skipped = {"mseal"};
  CHECK(shown(plan, {kNoFilter}) ==
        "would change: seccomp: the gate would install what is missing (no seccomp filter is "
        "installed)");
}

TEST_CASE("what the documents refuse stays refused, whatever the kernel shows") {
  Plan plan = changing("/linux/seccomp");
  plan.would_refuse = Refusal{{{Severity::error, "check", "", "no", "do this"}}};
  CHECK(shown(plan, {}) == "would refuse: no; do this");
}

}  // namespace
}  // namespace bulkhead::policy
