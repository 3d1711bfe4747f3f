// SHA-256 (FIPS 180-4), by the processor where it can, else by libmd. OpenSSL 3 costs 0.7 ms for
// its first digest; libmd costs none.
#pragma once

#include <string>
#include <string_view>

namespace bulkhead::base {

// The digest in lower-case hexadecimal, 64 characters.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace bulkhead::base
