#include "policy/advice/apparmor_glob.h"

#include <catch2/catch.hpp>
#include <tuple>

using bulkhead::policy::apparmor_matches;

TEST_CASE("a pattern of AppArmor matches the paths that the parser would let it match") {
  const auto [pattern, path, matches] = GENERATE(table<std::string, std::string, bool>({
      {"/etc/passwd", "/etc/passwd", true},
      {"/etc/passwd", "/etc/passwd-", false},
      {"/tmp/*", "/tmp/a", true},
      {"/tmp/*", "/tmp/", false},
      {"/tmp/*", "/tmp/a/b", false},
      {"/tmp/a*", "/tmp/a", true},
      {"/tmp/**", "/tmp/a/b", true},
      {"/tmp/**", "/tmp/", false},
      {"/lib/**.so*", "/lib/x/libc.so.6", true},
      {"/lib/**.so*", "/lib/x/libc.a", false},
      {"/lib{,32,64}/*", "/lib64/a", true},
      {"/lib{,32,64}/*", "/lib/a", true},
      {"/lib{,32,64}/*", "/lib16/a", false},
      {"/proc/[^1-9]*", "/proc/sys", true},
      {"/proc/[^1-9]*", "/proc/12", false},
      {"/a[0-9]?", "/a1b", true},
      {"/a[0-9]?", "/a1/", false},
      {"/proc/@{pid}/task/@{tid}/x", "/proc/12/task/3/x", true},
      {"/proc/@{pid}/x", "/proc/a/x", false},
      {"/a\\*\\134\\012", "/a*\\\n", true},
      {"/a\\*", "/ab", false},
      {"/\\377", "/\xff", true},
      {"/a[", "/ab", false},
      {"/a{b", "/ab", false},
      {"/a\\", "/ab", false},
  }));
  CAPTURE(pattern, path);
  CHECK(apparmor_matches(pattern, path) == matches);
}
