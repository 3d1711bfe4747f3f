#include "record/profiles/recorder_rules.h"

#include <catch2/catch.hpp>

namespace bulkhead::record {
namespace {

std::string rules_for(const std::vector<Access>& accesses) {
  Accesses::Map map;
  for (const Access& access : accesses) map[access] = {.count = 1};
  return recorder_rules(map);
}

TEST_CASE("what is recorded is not recorded again") {
  CHECK(rules_for({{.object = "/app/index.js", .permission = "r"}}) == "  /app/index.js r,\n");
  CHECK(rules_for({{.kind = AccessKind::capability, .object = "chown"}}) ==
        "  capability chown,\n");
  CHECK(rules_for({{.kind = AccessKind::network, .object = "inet", .detail = "stream"}}) ==
        "  network inet stream,\n");
  CHECK(rules_for({}).empty());
}

TEST_CASE("neither what abstractions/base covers, nor what the fallback denies") {
  CHECK(rules_for({{.object = "/etc/ld.so.cache", .permission = "r"}}) ==
        "  /etc/ld.so.cache r,\n");
  CHECK(rules_for({{.object = "/proc/kcore", .permission = "r"}}) == "  /proc/kcore r,\n");
}

TEST_CASE("a signal that was recorded hides no other one, and an unmount no other place") {
  CHECK(rules_for({{.kind = AccessKind::signal, .detail = "term", .permission = "send"}}) ==
        "  signal (send) set=(term) peer=rec-*,\n");
  CHECK(rules_for({{.kind = AccessKind::ptrace, .object = "a b", .permission = "read"}}) ==
        "  ptrace (read) peer=\"a b\",\n");
  CHECK(rules_for({{.kind = AccessKind::mount, .object = "/x/", .detail = "umount"}}) ==
        "  umount /x/,\n");
  CHECK(rules_for({{.kind = AccessKind::mount, .object = "/x/", .detail = "mount"}}) ==
        "  mount,\n");
}

TEST_CASE("whoever runs the container is known once it was seen") {
  const std::string rules =
      rules_for({{.kind = AccessKind::ptrace, .object = "unconfined", .permission = "readby"}});
  CHECK(rules ==
        "  ptrace (tracedby, readby) peer=unconfined,\n  signal (receive) peer=unconfined,\n");
}

TEST_CASE("a program that does very much is recorded again, rather than compiled for long") {
  std::vector<Access> accesses;
  for (int i = 0; i < 4000; ++i) {
    accesses.push_back({.object = "/a" + std::to_string(i % 7) + std::string(200, 'b') + "/" +
                                  std::string(1 + i % 60, 'c') + std::to_string(i) + "/x/y",
                        .permission = "x"});
  }
  CHECK(rules_for(accesses).empty());
}

TEST_CASE("no rule of a recording profile denies, whatever a record holds") {
  const std::string rules = rules_for({{.object = "/a,\n  deny /b r", .permission = "r"},
                                       {.kind = AccessKind::capability, .object = "x,\n deny"}});
  CHECK_THAT(rules, !Catch::Contains("\n  deny"));
}

}  // namespace
}  // namespace bulkhead::record
