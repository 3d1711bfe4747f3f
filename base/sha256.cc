#include "base/sha256.h"

#include <sha2.h>
#include <sys/types.h>

#include <cstdint>

#include "base/sha256_instructions.h"

namespace bulkhead::base {

namespace {

std::string hex_of(const Sha256Digest& digest) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * digest.size());
  for (const std::uint8_t byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xf];
  }
  return text;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  if (const auto digest = sha256_by_instructions(bytes)) return hex_of(*digest);
  SHA2_CTX context;
  SHA256Init(&context);
  SHA256Update(&context, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  char text[SHA256_DIGEST_STRING_LENGTH];
  return SHA256End(&context, text);
}

}  // namespace bulkhead::base
