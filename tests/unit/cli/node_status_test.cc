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

}  // namespace
}  // namespace bulkhead::cli
