#include "base/sha256.h"

#include <sha2.h>

#include <catch2/catch.hpp>
#include <string>

#include "base/sha256_instructions.h"

namespace bulkhead::base {
namespace {

std::string by_libmd(const std::string& bytes) {
  char text[SHA256_DIGEST_STRING_LENGTH];
  return SHA256Data(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), text);
}

TEST_CASE("the digests of FIPS 180-4's examples") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST_CASE("the processor's digest is libmd's, for every length around a block and for long texts") {
  if (!sha256_by_instructions("")) WARN("this processor has no SHA-256: libmd against itself");
  std::string text;
  for (unsigned length = 0; length < 300; ++length) {
    REQUIRE(sha256_hex(text) == by_libmd(text));
    text += static_cast<char>(length * 131 + 7);
  }
  for (unsigned doubling = 0; doubling < 10; ++doubling) {
    text += text;
    REQUIRE(sha256_hex(text) == by_libmd(text));
  }
}

}  // namespace
}  // namespace bulkhead::base
