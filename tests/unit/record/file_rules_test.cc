#include "record/profiles/file_rules.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "base/text.h"
#include "record/profiles/base_abstraction.h"

namespace bulkhead::record {
namespace {

using Lines = std::vector<std::string>;

void add(Accesses::Map& accesses, std::string path, std::string_view permissions,
         std::uint64_t by_others = 0) {
  for (const char permission : permissions) {
    accesses[{.object = path, .permission = std::string(1, permission)}] = {.count = 1,
                                                                            .by_others = by_others};
  }
}

Lines lines_of(const Accesses::Map& accesses) {
  Lines lines;
  for (const FileRule& rule : file_rules_of(accesses).rules) lines.push_back(text_of(rule));
  return lines;
}

Lines lines_of(std::string path, std::string_view permissions, std::uint64_t by_others = 0) {
  Accesses::Map accesses;
  add(accesses, std::move(path), permissions, by_others);
  return lines_of(accesses);
}

TEST_CASE("what the first start writes the second may read") {
  CHECK(lines_of("/srv/a", "w", 1) == Lines{"/srv/a rw"});
  CHECK(lines_of("/srv/a", "aw", 1) == Lines{"/srv/a rw"});
  CHECK(lines_of("/srv/log", "a", 1) == Lines{"/srv/log a"});
}

TEST_CASE("a program that is executed stays in the profile, under its exact path") {
  CHECK(lines_of("/opt/app-20260101/run", "x") == Lines{"/opt/app-20260101/run mrix"});
}

TEST_CASE("owner stands where only the owner came, to what programs make") {
  CHECK(lines_of("/var/lib/app/db", "w") == Lines{"owner /var/lib/app/db rw"});
  CHECK(lines_of("/var/lib/app/db", "w", 1) == Lines{"/var/lib/app/db rw"});
  CHECK(lines_of("/proc/1/oom_score_adj", "w") == Lines{"owner /proc/@{pid}/oom_score_adj rw"});
  CHECK(lines_of("/tmp/a", "r") == Lines{"owner /tmp/a r"});
  CHECK(lines_of("/etc/app.conf", "r") == Lines{"/etc/app.conf r"});
  CHECK(lines_of("/dev/pts/0", "w") == Lines{"/dev/pts/0 rw"});
}

TEST_CASE("what abstractions/base covers needs no rule of its own") {
  Accesses::Map accesses;
  add(accesses, "/lib/x86_64-linux-gnu/libc.so.6", "mr");
  add(accesses, "/dev/null", "w");
  add(accesses, "/proc/1/status", "r");
  const FileRules found = file_rules_of(accesses);
  CHECK(found.rules.empty());
  CHECK(found.base);
  CHECK_FALSE(base_covers("/usr/lib/app/run", "mrx"));
  CHECK_FALSE(base_covers("/etc/ld.so.cache", "w"));
  CHECK_FALSE(base_covers("/proc/sys/kernel/hostname", "r"));
}

TEST_CASE("many siblings become one rule") {
  Accesses::Map accesses;
  for (std::size_t i = 0; i < kManySiblings; ++i) {
    const char letter = static_cast<char>('a' + i);
    add(accesses, base::cat("/etc/app/", letter, ".conf"), "r");
    add(accesses, base::cat("/srv/names/", letter), "r");
    add(accesses, base::cat("/opt/tree/", letter, "/x/y.py"), "r");
    add(accesses, base::cat("/opt/bin/", letter), "x");
    add(accesses, base::cat("/etc/", letter), "r");
  }
  const Lines lines = lines_of(accesses);
  CHECK(std::ranges::find(lines, "/etc/app/*.conf r") != lines.end());
  CHECK(std::ranges::find(lines, "/srv/names/* r") != lines.end());
  CHECK(std::ranges::find(lines, "/opt/tree/** r") != lines.end());
  CHECK(lines.size() == 3 + 2 * kManySiblings);
}

TEST_CASE("a few siblings, and siblings with other permissions, keep their rules") {
  Accesses::Map accesses;
  for (std::size_t i = 0; i + 1 < kManySiblings; ++i) {
    add(accesses, base::cat("/etc/app/", static_cast<char>('a' + i), ".conf"), "r");
  }
  add(accesses, "/etc/app/z.conf", "w", 1);
  CHECK(lines_of(accesses).size() == kManySiblings);
}

TEST_CASE("a rule that a wider one covers goes") {
  Accesses::Map accesses;
  for (std::size_t i = 0; i < kManySiblings; ++i) {
    add(accesses, base::cat("/srv/cache/", static_cast<char>('a' + i)), "w", 1);
  }
  add(accesses, "/srv/cache/z", "r");
  CHECK(lines_of(accesses) == Lines{"/srv/cache/* rw"});
}

TEST_CASE("what the fallback denies is left out and told") {
  Accesses::Map accesses;
  add(accesses, "/proc/sys/kernel/hostname", "rw");
  add(accesses, "/proc/kcore", "r");
  add(accesses, "/sys/fs/cgroup/x", "w");
  const FileRules found = file_rules_of(accesses);
  CHECK(found.denied == std::set<std::string>{"/proc/kcore r", "/proc/sys/kernel/hostname w"});
  CHECK(lines_of(accesses) == Lines{"/proc/sys/kernel/hostname r", "/sys/fs/cgroup/x rw"});
}

TEST_CASE("a path of the host is left out and told") {
  const std::string path = "/var/lib/docker/overlay2/9f/merged/bin/sh";
  Accesses::Map accesses;
  add(accesses, path, "r");
  const FileRules found = file_rules_of(accesses);
  CHECK(found.rules.empty());
  CHECK(found.foreign == std::set<std::string>{path});
}

}  // namespace
}  // namespace bulkhead::record
