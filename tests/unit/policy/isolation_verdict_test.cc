#include "policy/proof/isolation_verdict.h"

#include <linux/capability.h>

#include <catch2/catch.hpp>

#include "base/text.h"

namespace bulkhead::policy {
namespace {

TaskIds all(std::uint32_t id) { return {id, id, id, id}; }

ObservedUser running_as(std::uint32_t uid, std::uint32_t gid,
                        std::vector<std::uint32_t> groups = {}) {
  return {.uids = all(uid), .gids = all(gid), .groups = std::move(groups)};
}

// The sentences, joined by "; ".
std::string user_verdict(const PlannedUser& planned, const ObservedUser& observed,
                         bool may_gain_privileges = true) {
  Verdict verdict;
  judge_user(planned, may_gain_privileges, observed, verdict.differences);
  return verdict.sentence();
}

}  // namespace

TEST_CASE("the planned user, group and groups hold") {
  const PlannedUser planned{.uid = 1000, .gid = 100, .groups = {5, 6}};
  CHECK(user_verdict(planned, running_as(1000, 100, {5, 6})).empty());
  CHECK(user_verdict(planned, running_as(1000, 100)).empty());
  CHECK(user_verdict(planned, running_as(1000, 100, {100})).empty());
}

TEST_CASE("a runtime that did not change the user, the group or the groups is told so") {
  const PlannedUser planned{.uid = 1000, .gid = 100, .groups = {5}};
  CHECK(user_verdict(planned, running_as(0, 100)) ==
        "the real uid is 0, but the process must run as uid 1000");
  CHECK(user_verdict(planned, running_as(1000, 0)) ==
        "the real gid is 0, but the process must run as gid 100");
  CHECK(user_verdict(planned, running_as(1000, 100, {0, 5, 27})) ==
        "the process has the supplementary groups 0, 27 beyond the plan");
}

TEST_CASE("each of the four ids must be the planned one") {
  const PlannedUser planned{.uid = 1000, .gid = 100};
  const char* kinds[] = {"real", "effective", "saved", "file system"};
  for (std::size_t kind = 0; kind < 4; ++kind) {
    ObservedUser observed = running_as(1000, 100);
    observed.uids[kind] = 7;
    observed.gids[kind] = 8;
    CHECK(user_verdict(planned, observed) ==
          base::cat("the ", kinds[kind], " uid is 7, but the process must run as uid 1000; the ",
                    kinds[kind], " gid is 8, but the process must run as gid 100"));
  }
}

TEST_CASE("a set-user-ID program runs as its owner, where it may gain privileges") {
  ObservedUser observed = running_as(1000, 100);
  observed.uids = {1000, 0, 0, 0};
  observed.gids = {100, 42, 42, 42};
  observed.program_owner = 0;
  observed.program_group = 42;
  const PlannedUser planned{.uid = 1000, .gid = 100};
  CHECK(user_verdict(planned, observed).empty());
  CHECK_THAT(
      user_verdict(planned, observed, false),
      Catch::StartsWith("the effective uid is 0") && Catch::Contains("the effective gid is 42"));
  observed.uids[0] = 0;
  CHECK_THAT(user_verdict(planned, observed), Catch::StartsWith("the real uid is 0"));
}

TEST_CASE("ids of a user namespace are compared as they are outside of it") {
  PlannedUser planned{.uid = 0, .gid = 5, .groups = {6}, .in_user_namespace = true};
  planned.uid_mappings = {{0, 100000, 65536}};
  planned.gid_mappings = {{0, 1000, 1}, {1, 200000, 100}};
  CHECK(user_verdict(planned, running_as(100000, 200004, {200005})).empty());
  CHECK(user_verdict(planned, running_as(0, 200004)) ==
        "the real uid is 0, but the process must run as uid 0 (100000 outside its user namespace)");
  CHECK(user_verdict(planned, running_as(100000, 200004, {6})) ==
        "the process has the supplementary groups 6 beyond the plan");
  planned.uid = 65536;
  CHECK(user_verdict(planned, running_as(165536, 200004)) ==
        "the user namespace has no mapping for the planned uid 65536");
}

TEST_CASE("a user namespace that config.json does not map is judged by the kernel's mappings") {
  const PlannedUser planned{.uid = 3, .gid = 4, .in_user_namespace = true};
  ObservedUser observed = running_as(503, 604);
  observed.uid_mappings = {{0, 500, 10}};
  observed.gid_mappings = {{0, 600, 10}};
  CHECK(user_verdict(planned, observed).empty());
  observed.uid_mappings.clear();
  CHECK(user_verdict(planned, observed) ==
        "the user namespace has no mapping for the planned uid 3");
}

TEST_CASE("the caller's groups stay where the kernel or the plan keeps them, and no others") {
  PlannedUser planned{.uid = 1000, .gid = 100};
  ObservedUser observed = running_as(1000, 100, {27, 44});
  observed.caller_groups = {27};
  CHECK_THAT(user_verdict(planned, observed), Catch::Contains("27, 44"));
  observed.groups_are_fixed = true;
  CHECK(user_verdict(planned, observed) ==
        "the process has the supplementary groups 44 beyond the plan");
  observed.groups_are_fixed = false;
  planned.keeps_caller_groups = true;
  CHECK(user_verdict(planned, observed) ==
        "the process has the supplementary groups 44 beyond the plan");
}

TEST_CASE("a user that was to be looked at and was not is a failed proof") {
  Expectation expected;
  expected.user = PlannedUser{};
  CHECK(judge(expected, {}).sentence() == "the user and groups were not looked at");
  CHECK(judge(lasting(expected), {}).holds());
}

// ---- after a checkpoint
// --------------------------------------------------------------------------

TEST_CASE("a program could change its user before the checkpoint where it had the privilege") {
  Expectation expected{.no_new_privileges = true};
  expected.user = PlannedUser{.uid = 1000};
  CHECK(after_checkpoint(expected).user.has_value());
  SECTION("CAP_SETUID") { expected.capabilities.bounding = 1U << CAP_SETUID; }
  SECTION("CAP_SETGID") { expected.capabilities.permitted = 1U << CAP_SETGID; }
  SECTION("a set-user-ID program") { expected.no_new_privileges = false; }
  CHECK_FALSE(after_checkpoint(expected).user.has_value());
}

TEST_CASE("a program could change its mounts and namespaces before with CAP_SYS_ADMIN alone") {
  Expectation expected;
  expected.paths = PlannedPaths{.masked = {"/proc/kcore"}, .read_only = {}};
  expected.namespaces = {PlannedNamespace{}};
  expected.capabilities.bounding = ~oci_config::CapabilityMask{0} & ~(1ULL << CAP_SYS_ADMIN);
  CHECK(after_checkpoint(expected).paths.has_value());
  CHECK(after_checkpoint(expected).namespaces.size() == 1);
  expected.capabilities.bounding |= 1ULL << CAP_SYS_ADMIN;
  CHECK_FALSE(after_checkpoint(expected).paths.has_value());
  CHECK(after_checkpoint(expected).namespaces.empty());
}

TEST_CASE("what a checkpoint's program opened is its own") {
  Expectation expected;
  expected.descriptors = DescriptorAllowance{};
  CHECK_FALSE(after_checkpoint(expected).descriptors.has_value());
}

// ---- paths -------------------------------------------------------------------------------------

namespace {

std::string paths_verdict(const PlannedPaths& planned, const ObservedPaths& observed) {
  Verdict verdict;
  judge_paths(planned, observed, verdict.differences);
  return verdict.sentence();
}

std::string namespace_verdict(const PlannedNamespace& planned, const ObservedNamespace& observed) {
  Verdict verdict;
  judge_namespaces({planned}, {observed}, verdict.differences);
  return verdict.sentence();
}

}  // namespace

TEST_CASE("a masked path is absent, the null device or an empty directory") {
  const PlannedPaths planned{.masked = {"/proc/kcore", "/sys/firmware"}};
  for (const PathKind kind : {PathKind::absent, PathKind::null_device, PathKind::empty_directory}) {
    CHECK(paths_verdict(planned, {.masked = {{kind}, {kind}}}).empty());
  }
  CHECK(paths_verdict(planned, {.masked = {{PathKind::null_device}, {PathKind::other, true}}}) ==
        "paths that must be masked show what is there: '/sys/firmware'");
}

TEST_CASE("a path that ends at a link to nothing cannot be told") {
  CHECK(paths_verdict({.masked = {"/a"}}, {.masked = {{PathKind::dangling}}}) ==
        "paths that must be masked show what is there: '/a' (a symbolic link to nothing)");
  CHECK(paths_verdict({.read_only = {"/a"}}, {.read_only = {{PathKind::dangling}}}) ==
        "paths that must be read-only are writable: '/a' (a symbolic link to nothing)");
}

TEST_CASE("a read-only path is absent or on a read-only mount") {
  const PlannedPaths planned{.read_only = {"/proc/sys", "/proc/bus", "/proc/fs"}};
  const ObservedPath writable{.kind = PathKind::other, .read_only = false};
  const ObservedPath read_only{.kind = PathKind::other, .read_only = true};
  CHECK(paths_verdict(planned, {.read_only = {read_only, {PathKind::absent}, read_only}}).empty());
  CHECK(paths_verdict(planned, {.read_only = {writable, read_only, writable}}) ==
        "paths that must be read-only are writable: '/proc/sys', '/proc/fs'");
}

TEST_CASE("a planned path that was not looked at does not hold") {
  CHECK_FALSE(paths_verdict({.masked = {"/a"}}, {}).empty());
  CHECK_FALSE(paths_verdict({.read_only = {"/a"}}, {}).empty());
  Expectation expected;
  expected.paths = PlannedPaths{};
  CHECK(judge(expected, {}).sentence() == "the masked and read-only paths were not looked at");
  CHECK(judge(lasting(expected), {}).holds());
}

TEST_CASE("a root file system that must be read-only is") {
  CHECK(paths_verdict({.root_read_only = true}, {.root_read_only = true}).empty());
  CHECK(paths_verdict({}, {.root_read_only = false}).empty());
  CHECK(paths_verdict({.root_read_only = true}, {}) ==
        "the root file system is writable, but must be read-only");
}

// ---- namespaces --------------------------------------------------------------------------------

TEST_CASE("a new namespace is not the engine's") {
  const PlannedNamespace planned{.type = oci_config::NamespaceType::network};
  CHECK(namespace_verdict(planned, {.id = {4, 100}, .of_observer = {4, 1}}).empty());
  CHECK(namespace_verdict(planned, {.id = {4, 1}, .of_observer = {4, 1}}) ==
        "the network namespace is the engine's, but a new one must hold");
}

TEST_CASE("a namespace that is joined is the one at its path") {
  PlannedNamespace planned{.type = oci_config::NamespaceType::user, .path = "/proc/7/ns/user"};
  CHECK(namespace_verdict(planned, {.id = {4, 1}, .of_observer = {4, 1}}) ==
        "the user namespace cannot be told: there was none at '/proc/7/ns/user'");
  planned.joined = NamespaceId{4, 100};
  CHECK(namespace_verdict(planned, {.id = {4, 100}, .of_observer = {4, 100}}).empty());
  CHECK(namespace_verdict(planned, {.id = {4, 101}, .of_observer = {4, 1}}) ==
        "the user namespace is not the one at '/proc/7/ns/user'");
  CHECK(namespace_verdict(planned, {.id = {5, 100}, .of_observer = {4, 1}}) ==
        "the user namespace is not the one at '/proc/7/ns/user'");
}

TEST_CASE("a namespace that was to be looked at and was not is a failed proof") {
  Expectation expected;
  expected.namespaces = {{.type = oci_config::NamespaceType::pid}};
  CHECK(judge(expected, {}).sentence() == "the namespaces were not looked at");
  ObservedState none;
  none.namespaces.emplace();
  CHECK(judge(expected, none).sentence() == "a namespace was not looked at");
  CHECK(judge(lasting(expected), {}).holds());
}

// ---- descriptors -------------------------------------------------------------------------------

TEST_CASE("a descriptor that the caller did not pass on is told with what it leads to") {
  Expectation expected;
  expected.descriptors = DescriptorAllowance{.preserved = 2};
  ObservedState observed;
  CHECK(judge(expected, observed).sentence() == "the open descriptors were not looked at");
  observed.descriptors = {{3, "/a"}, {4, "pipe:[1]"}};
  CHECK(judge(expected, observed).holds());
  observed.descriptors->push_back({5, "/b"});
  observed.descriptors->push_back({7, "/sys/fs/cgroup"});
  CHECK(judge(expected, observed).sentence() ==
        "descriptors that nobody passed on are open: 5 ('/b'), 7 ('/sys/fs/cgroup')");
  CHECK(judge(lasting(expected), observed).holds());
}

}  // namespace bulkhead::policy
