#include "audit/records/container_registry.h"

#include <catch2/catch.hpp>

#include "base/text.h"

namespace bulkhead::audit {
namespace {

KnownContainer container(const std::string& id, pid_t pid, const std::string& cgroup) {
  return {.identity = {.id = id}, .pid = pid, .start_time = 100, .cgroup = cgroup};
}

TEST_CASE("a process is named by its control group or one above it") {
  ContainerRegistry registry;
  const auto added = registry.add(container("a", 10, "/kubepods/pod1/a"));
  CHECK(added.is_new);
  CHECK(registry.by_cgroup("/kubepods/pod1/a") == added.number);
  CHECK(registry.by_cgroup("/kubepods/pod1/a/system.slice") == added.number);
  CHECK(registry.by_cgroup("/kubepods/pod1/ab") == kNoContainer);
  CHECK(registry.by_cgroup("/kubepods/pod1") == kNoContainer);
  CHECK(registry.by_cgroup("") == kNoContainer);
}

TEST_CASE("a control group that two containers share names neither") {
  ContainerRegistry registry;
  (void)registry.add(container("a", 10, "/shared"));
  (void)registry.add(container("b", 11, "/shared"));
  CHECK(registry.by_cgroup("/shared") == kNoContainer);
}

TEST_CASE("two containers of one id are two, and each is gone with its own record") {
  ContainerRegistry registry;
  KnownContainer one = container("web", 10, "/a");
  KnownContainer other = container("web", 11, "/b");
  one.file = "web.json";
  other.file = "web@0123456789abcdef.json";
  const auto first = registry.add(one);
  const auto second = registry.add(other);
  CHECK(registry.by_cgroup("/a") == first.number);
  CHECK(registry.by_cgroup("/b") == second.number);
  registry.removed_file("web.json", 5);
  CHECK(registry.find(first.number)->gone_ns == 5);
  CHECK(registry.find(second.number)->gone_ns == 0);
}

TEST_CASE("a container that takes the control group of one that ended is named") {
  ContainerRegistry registry;
  (void)registry.add(container("a", 10, "/slot"));
  registry.process_ended(10, 5);
  const auto next = registry.add(container("b", 11, "/slot"));
  CHECK(registry.by_cgroup("/slot") == next.number);
}

TEST_CASE("a record that is written again is the same container, another pid is another one") {
  ContainerRegistry registry;
  const auto first = registry.add(container("a", 10, "/a"));
  CHECK(registry.add(container("a", 10, "/a")).number == first.number);
  CHECK_FALSE(registry.add(container("a", 10, "/a")).is_new);
  const auto second = registry.add(container("a", 12, "/a"));
  CHECK(second.is_new);
  CHECK(registry.by_cgroup("/a") == second.number);
}

TEST_CASE("a container whose record is gone is remembered for a while") {
  ContainerRegistry registry;
  const auto added = registry.add(container("a", 10, "/a"));
  registry.removed_file("a.json", 1000);
  registry.forget_old(2000);
  REQUIRE(registry.find(added.number) != nullptr);
  CHECK(registry.find(added.number)->identity.id == "a");
  registry.forget_old(1001 + ContainerRegistry::kRememberNs);
  CHECK(registry.find(added.number) == nullptr);
  CHECK(registry.by_cgroup("/a") == kNoContainer);
}

}  // namespace
}  // namespace bulkhead::audit
