#include "cli/denials/unlogged.h"

#include <catch2/catch.hpp>

namespace bulkhead::cli {
namespace {

using oci_config::SeccompAction;

oci_config::SeccompProfile profile(SeccompAction default_action) {
  oci_config::SeccompProfile made;
  made.default_action.action = default_action;
  return made;
}

const audit::ContainerRecord kUnlogged{.seccomp_unlogged = "the runtime takes no flag"};

TEST_CASE("a filter of which the record says why it does not log denies unrecorded") {
  CHECK(denies_unrecorded(kUnlogged, profile(SeccompAction::return_errno)));
  CHECK_FALSE(denies_unrecorded({}, profile(SeccompAction::return_errno)));
}

TEST_CASE("what the kernel records whatever the flags are is recorded") {
  for (const auto action : {SeccompAction::kill_process, SeccompAction::kill_thread,
                            SeccompAction::log, SeccompAction::allow}) {
    CHECK_FALSE(denies_unrecorded(kUnlogged, profile(action)));
  }
  auto one_rule = profile(SeccompAction::allow);
  one_rule.syscalls.push_back({.names = {"getppid"}, .action = {.action = SeccompAction::trap}});
  CHECK(denies_unrecorded(kUnlogged, one_rule));
}

TEST_CASE("containers whose denials are not recorded are named, three of them, with the remedy") {
  CHECK(unlogged_sentence({}).empty());
  CHECK_THAT(unlogged_sentence({{"the runtime takes no flag", {"shop/web"}}}),
             Catch::Contains("the seccomp filters of shop/web deny, because the runtime takes no "
                             "flag. ") &&
                 Catch::Contains("\"seccomp\": {\"log_denials\": \"always\"}"));
  CHECK_THAT(unlogged_sentence({{"why", {"a", "b", "c", "d", "e"}}}),
             Catch::Contains("a, b, c and 2 more"));
}

TEST_CASE("each cause for which denials are not recorded is told of its own containers") {
  CHECK_THAT(unlogged_sentence({{"one cause", {"a"}}, {"another", {"b", "c"}}}),
             Catch::Contains("filters of a deny, because one cause") &&
                 Catch::Contains("filters of b, c deny, because another"));
}

}  // namespace
}  // namespace bulkhead::cli
