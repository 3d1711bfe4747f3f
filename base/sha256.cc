#include "base/sha256.h"

#include <sha2.h>
#include <sys/types.h>

#include <cstdint>

namespace bulkhead::base {

std::string sha256_hex(std::string_view bytes) {
  SHA2_CTX context;
  SHA256Init(&context);
  SHA256Update(&context, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  char text[SHA256_DIGEST_STRING_LENGTH];
  return SHA256End(&context, text);
}

}  // namespace bulkhead::base
