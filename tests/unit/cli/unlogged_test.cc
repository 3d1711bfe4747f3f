#include "cli/denials/unlogged.h"

#include <catch2/catch.hpp>

namespace bulkhead::cli {
namespace {

using audit::RecordState;
using oci_config::SeccompAction;
using policy::LogDenials;

oci_config::SeccompProfile profile(SeccompAction default_action) {
  oci_config::SeccompProfile made;
  made.default_action.action = default_action;
  return made;
}

TEST_CASE("a filter of the runtime's without the flag denies unrecorded") {
  const audit::ContainerRecord proved{.state = RecordState::proved};
  auto denying = profile(SeccompAction::return_errno);
  CHECK(denies_unrecorded(proved, denying, LogDenials::yes));
  CHECK_FALSE(denies_unrecorded(proved, denying, LogDenials::always));
  CHECK_FALSE(denies_unrecorded(proved, denying, LogDenials::no));  // that is what is wanted
  CHECK_FALSE(denies_unrecorded({.state = RecordState::installed}, denying, LogDenials::yes));
  denying.flags = {"SECCOMP_FILTER_FLAG_LOG"};
  CHECK_FALSE(denies_unrecorded(proved, denying, LogDenials::yes));
}

TEST_CASE("what the kernel records whatever the flags are is recorded") {
  const audit::ContainerRecord proved{.state = RecordState::proved};
  for (const auto action : {SeccompAction::kill_process, SeccompAction::kill_thread,
                            SeccompAction::log, SeccompAction::allow}) {
    CHECK_FALSE(denies_unrecorded(proved, profile(action), LogDenials::yes));
  }
  auto one_rule = profile(SeccompAction::allow);
  one_rule.syscalls.push_back({.names = {"getppid"}, .action = {.action = SeccompAction::trap}});
  CHECK(denies_unrecorded(proved, one_rule, LogDenials::yes));
}

TEST_CASE("containers whose denials are not recorded are named, three of them, with the remedy") {
  CHECK(unlogged_sentence({}).empty());
  CHECK_THAT(unlogged_sentence({"shop/web"}),
             Catch::Contains("the seccomp filters of shop/web deny") &&
                 Catch::Contains("\"seccomp\": {\"log_denials\": \"always\"}"));
  CHECK_THAT(unlogged_sentence({"a", "b", "c", "d", "e"}), Catch::Contains("a, b, c and 2 more"));
}

}  // namespace
}  // namespace bulkhead::cli
