#include "cli/status/node_status.h"

#include <catch2/catch.hpp>

namespace bulkhead::cli {
namespace {

StatusLine apparmor_line(const NodeStatus& status) {
  for (const StatusLine& line : status_lines(status)) {
    if (line.subject == "apparmor") return line;
  }
  return {.text = "(no such line)"};
}

TEST_CASE("a profile that was taken out of the kernel under a running container is told") {
  NodeStatus status;
  status.facts.apparmor = {.enabled = true,
                           .loaded = {{"docker-default", policy::AppArmorMode::enforce}}};
  CHECK(apparmor_line(status).light == Light::good);
  status.lost_profiles = {"bulkhead-default"};
  const StatusLine line = apparmor_line(status);
  CHECK(line.light == Light::bad);
  CHECK(line.text ==
        "bulkhead-default: no longer loaded, which left the containers that ran under it "
        "unconfined; loading it again does not confine them: start them anew");
}

std::string engine_text(const NodeStatus& status) { return engine_lines(status).front().text; }

TEST_CASE("the row of an engine says what is in front of it, and whether that is proved") {
  NodeStatus status;
  status.policy = policy::built_in_policy();
  status.engines.engines = {
      {.name = "docker", .coverage = Coverage::shim, .detail = "default runtime x"}};
  CHECK(engine_text(status) == "shim, proved: default runtime x");
  status.policy->prove.value = policy::Prove::never;
  CHECK(engine_text(status) == "shim, not proved: default runtime x");
  status.engines.engines.front().coverage = Coverage::none;
  CHECK(engine_text(status) == "not covered: default runtime x");
}

TEST_CASE("the shim proves every container unless the policy says never, the hook as it says") {
  NodeStatus status;
  status.policy = policy::built_in_policy();
  status.policy->prove.value = policy::Prove::when_installing;
  status.engines.engines = {{.name = "cri-o", .coverage = Coverage::hook}};
  CHECK(engine_text(status) == "hook, proved where the gate installs the filter");
  for (const Coverage coverage : {Coverage::shim, Coverage::both, Coverage::optional}) {
    status.engines.engines.front().coverage = coverage;
    CHECK(proof_of(status.engines.engines.front(), status) == policy::Prove::always);
  }
}

TEST_CASE("nothing is proved in mode observe, and nothing is claimed where no policy is valid") {
  NodeStatus status;
  status.policy = policy::built_in_policy();
  status.engines.engines = {{.name = "cri-o", .coverage = Coverage::both}};
  CHECK(engine_text(status) == "shim+hook, proved");
  status.policy->mode.value = policy::Mode::observe;
  CHECK(engine_text(status) == "shim+hook, not proved");
  status.policy.reset();
  CHECK(engine_text(status) == "shim+hook");
}

}  // namespace
}  // namespace bulkhead::cli
