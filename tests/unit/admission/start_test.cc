#include "admission/start.h"

#include <catch2/catch.hpp>

#include "base/exit_codes.h"
#include "oci-config/json.h"
#include "policy/checks/profile_checks.h"
#include "tests/unit/admission/admission_node.h"

namespace bulkhead::admission::testing {
namespace {

using Catch::Contains;

const base::Error kUnreadable{base::ErrorCode::invalid_input, "config.json is no JSON", "mend it"};
constexpr std::string_view kBare =
    R"({"ociVersion":"1.0.2","root":{"path":"r"},"process":{"args":["a"],"cwd":"/"},"linux":{}})";

oci_config::JsonDocument config() {
  auto document = oci_config::JsonDocument::parse(std::string(kBare), {});
  REQUIRE(document);
  return *std::move(document);
}

// A start of the container 'c1' under the policy of the node's files.
base::Result<policy::Plan> planned(const Node& node, Start& start) {
  const auto policy = load_policy(node.paths);
  REQUIRE(policy);
  start.mode = policy->mode.value;
  const Request request{.invocation = {.container_id = "c1", .runtime_root = {}, .bundle = {}},
                        .runtime_path = {},
                        .paths = node.paths};
  return plan_start(start, config(), request, *policy);
}

}  // namespace

TEST_CASE("a failed start is said on stderr and in the engine's log, and logged as refused") {
  const Node node;
  StandardError standard_error;
  const int code =
      refuse(node.voice(), {.stage = "shim create", .identity = {.id = "c1"}}, kUnreadable);
  CHECK(standard_error.said() == "bulkhead-test: config.json is no JSON; mend it\n");
  CHECK(code == static_cast<int>(base::exit_code_for(kUnreadable.code)));
  CHECK_THAT(node.engine_log(),
             Contains(R"("msg":"bulkhead-test: config.json is no JSON; mend it")"));
  CHECK_THAT(node.events(), Contains(R"("event":"refused")") && Contains(R"("id":"c1")") &&
                                Contains(R"("stage":"shim create")"));
}

TEST_CASE("a start that fails before the policy was read is refused, whatever its mode is") {
  const Node node;
  StandardError standard_error;
  const Start start{.stage = "hook createRuntime"};
  CHECK(refuse_unless_observing(node.voice(), start, kUnreadable).has_value());
  CHECK_THAT(standard_error.said(), Contains("config.json is no JSON"));
}

TEST_CASE("in observe mode a failed start goes on, and the event says what would be refused") {
  const Node node;
  StandardError standard_error;
  const Start start{.stage = "hook precreate", .mode = policy::Mode::observe};
  CHECK_FALSE(refuse_unless_observing(node.voice(), start, kUnreadable));
  CHECK(standard_error.said().empty());
  CHECK(node.engine_log().empty());
  CHECK_THAT(node.events(), Contains(R"("event":"observed")") &&
                                Contains("would refuse: config.json is no JSON; mend it"));
}

TEST_CASE("the policy's refusal is told as a sentence, its event has every reason") {
  const Node node;
  node.write("policy.json", R"({"version":1,"seccomp":{"unset":"refuse"}})");
  StandardError standard_error;
  Start start{.stage = "shim create"};
  const auto plan = planned(node, start);
  REQUIRE_FALSE(plan);
  CHECK(plan.error().code == base::ErrorCode::refused);
  CHECK_THAT(plan.error().message, Contains("c1") && Contains("is not started: "));
  CHECK(refuse(node.voice(), start, plan.error()) == 3);
  CHECK_THAT(standard_error.said(), Contains("is not started: config.json asks for no seccomp"));
  CHECK_THAT(node.events(), Contains("seccomp-unset") && !Contains("is not started"));
}

TEST_CASE("a process that may not join is refused; its container is not said to be") {
  const Node node;
  node.write("policy.json", R"({"version":1,"seccomp":{"unset":"refuse"}})");
  Start start{.stage = "shim exec", .begins = Begins::process};
  const auto plan = planned(node, start);
  REQUIRE_FALSE(plan);
  CHECK_THAT(plan.error().message, Contains("exec into container 'c1' is refused: config.json") &&
                                       !Contains("is not started"));
}

TEST_CASE("a plan knows its container, and nothing is told of it") {
  const Node node;
  Start start{.stage = "shim create"};
  const auto plan = planned(node, start);
  REQUIRE(plan);
  CHECK(start.identity.id == "c1");
  CHECK(plan->seccomp.told_source() == "runtime/default");
  CHECK(node.events().empty());
}

TEST_CASE(
    "what nothing can start under is refused with what is missing, and only in mode enforce") {
  policy::Plan plan;
  plan.findings = {{policy::Severity::note, "other", "", "nothing", ""},
                   {policy::Severity::warning, std::string(policy::kDeniesRuntimeNeeds),
                    "/syscalls", "runc cannot start the container", "allow them"}};
  Start start{.stage = "shim create", .identity = {.id = "c1"}};
  CHECK(check_it_can_start(start, plan));  // told, and let try
  plan.cannot_start = true;
  const auto able = check_it_can_start(start, plan);
  REQUIRE_FALSE(able);
  CHECK(able.error().code == base::ErrorCode::refused);
  CHECK(able.error().message ==
        "container 'c1' is not started: runc cannot start the container; allow them");
  REQUIRE(start.refusal->reasons.size() == 1);
  CHECK(start.refusal->reasons[0].severity == policy::Severity::error);
  plan.mode = policy::Mode::observe;
  CHECK(check_it_can_start(start, plan));
}

TEST_CASE("what comes back from a checkpoint is kept from starting by nothing") {
  policy::Plan plan;
  const policy::Finding needs{policy::Severity::error, std::string(policy::kDeniesRuntimeNeeds),
                              "/syscalls", "runc cannot start the container", "allow them"};
  plan.findings = {needs};
  plan.would_refuse = policy::Refusal{{needs}};
  plan.cannot_start = true;
  policy::take_as_started(plan);
  Start start;
  CHECK(check_it_can_start(start, plan));
  CHECK(plan.findings.empty());
  CHECK_FALSE(plan.would_refuse);
}

TEST_CASE("an engine's log that cannot be written is said, and the refusal stands") {
  const Node node;
  StandardError standard_error;
  Voice voice = node.voice();
  voice.engine_log.target = "/nowhere/at/all";
  CHECK(refuse(voice, {.stage = "shim create"}, kUnreadable) != 0);
  CHECK_THAT(standard_error.said(), Contains("warning: cannot open the engine's log"));
}

}  // namespace bulkhead::admission::testing
