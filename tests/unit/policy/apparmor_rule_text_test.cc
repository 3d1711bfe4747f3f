#include "policy/values/apparmor_rule_text.h"

#include <catch2/catch.hpp>

using namespace bulkhead::policy;

TEST_CASE("a path in a rule matches itself and nothing else") {
  CHECK(apparmor_escaped("/etc/passwd") == "/etc/passwd");
  CHECK(apparmor_escaped("/a*?[b]{c,d}^@{pid}") == "/a\\*\\?\\[b\\]\\{c,d\\}\\^@\\{pid\\}");
  CHECK(apparmor_escaped("/a\n\x1b\x7f") == "/a\\012\\033\\177");
  CHECK(apparmor_escaped("/a\"b\\") == "/a\\042b\\134");
  CHECK(apparmor_escaped("/\xff\xc3\xa9") == "/\xff\xc3\xa9");
}

TEST_CASE("a pattern stands in quotes only where the parser would end it") {
  CHECK(apparmor_word("/proc/@{pid}/{maps,stat}*") == "/proc/@{pid}/{maps,stat}*");
  CHECK(apparmor_word("/a b") == "\"/a b\"");
  CHECK(apparmor_word("/a#b") == "\"/a#b\"");
  CHECK(apparmor_word("/a,") == "\"/a,\"");
  CHECK(apparmor_word("") == "\"\"");
}
