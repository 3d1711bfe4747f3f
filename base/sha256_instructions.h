// SHA-256 by the processor's own instructions (x86 SHA extensions), about fifteen times as fast as
// portable code. A hook hashes some 20 KB per container: what that takes in portable code is a
// third of all that it does.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace bulkhead::base {

using Sha256Digest = std::array<std::uint8_t, 32>;

// Nothing where the processor has no such instructions, or is of another architecture.
[[nodiscard]] std::optional<Sha256Digest> sha256_by_instructions(std::string_view bytes);

}  // namespace bulkhead::base
