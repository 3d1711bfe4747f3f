#include "base/hex.h"

#include <catch2/catch.hpp>

namespace bulkhead::base {
namespace {

TEST_CASE("bytes become two digits each, and come back") {
  const std::string bytes("a\0\xff\n", 4);
  CHECK(hex_of(bytes, HexCase::lower) == "6100ff0a");
  CHECK(hex_of(bytes, HexCase::upper) == "6100FF0A");
  CHECK(bytes_of_hex("6100ff0a", HexCase::lower) == bytes);
  CHECK(bytes_of_hex("", HexCase::upper) == "");
}

TEST_CASE("what is no such text is told apart") {
  for (const char* text : {"6", "6g", "0x61", "FF", " 61"}) {
    CAPTURE(text);
    CHECK_FALSE(bytes_of_hex(text, HexCase::lower));
  }
}

}  // namespace
}  // namespace bulkhead::base
