#include "base/text.h"

#include <catch2/catch.hpp>

namespace bulkhead::base {
namespace {

TEST_CASE("untrusted text cannot break out of its quotes or move the cursor") {
  CHECK(quoted("plain") == "'plain'");
  CHECK(quoted("it's") == R"('it\'s')");
  CHECK(quoted("a\nb\x1b[2J") == R"('a\nb\x1b[2J')");
  CHECK(quoted("\xff") == R"('\xff')");
  CHECK(quoted("\xc2\x9b") == R"('\xc2\x9b')");          // C1 CSI
  CHECK(quoted("\xe2\x80\xae") == R"('\xe2\x80\xae')");  // right-to-left override
  CHECK(quoted("größe") == "'größe'");
}

TEST_CASE("quoted text longer than the limit is cut at a character, and says so") {
  CHECK(quoted("abcdef", 3) == "'abc…'");
  CHECK(quoted("aö", 2) == "'a…'");
}

TEST_CASE("a JSON string is valid JSON whatever bytes it is made from") {
  CHECK(json_string("a\"b\\c\n") == R"("a\"b\\c\u000a")");
  CHECK(json_string("\xff") == "\"\xef\xbf\xbd\"");
  CHECK(json_string("\xe2\x82\xac") == "\"\xe2\x82\xac\"");
}

TEST_CASE("concatenation takes text and integers") {
  CHECK(cat("uid ", 1000, ", ", std::string("gid "), -1, '!') == "uid 1000, gid -1!");
}

TEST_CASE("the nearest known word is found for a misspelling and not for another word") {
  CHECK(nearest("seccmp", {"seccomp", "apparmor"}) == "seccomp");
  CHECK(nearest("raed", {"read", "write"}) == "read");  // two letters swapped
  CHECK_FALSE(nearest("rade", {"read", "write"}).has_value());
  CHECK_FALSE(nearest("network", {"seccomp", "apparmor"}).has_value());
}

TEST_CASE("globs match the whole text and stay linear on hostile patterns") {
  CHECK(glob_match("*/web:*", "registry.example/shop/web:1.2"));
  CHECK_FALSE(glob_match("*/web:*", "registry.example/shop/webby"));
  CHECK(glob_match("shop-?", "shop-1"));
  CHECK_FALSE(glob_match("shop", "shops"));
  CHECK(glob_match("*", ""));
  CHECK_FALSE(glob_match(std::string(200, '*') + "b", std::string(20000, 'a')));
}

TEST_CASE("decimal numbers are whole, unsigned and in range") {
  CHECK(parse_decimal("18446744073709551615") == UINT64_MAX);
  CHECK_FALSE(parse_decimal("18446744073709551616").has_value());
  CHECK_FALSE(parse_decimal("-1").has_value());
  CHECK_FALSE(parse_decimal("1x").has_value());
  CHECK_FALSE(parse_decimal("").has_value());
}

}  // namespace
}  // namespace bulkhead::base
