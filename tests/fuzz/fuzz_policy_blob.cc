// Compiled AppArmor policy: whatever the bytes are, reading neither crashes nor hangs, and nobody
// is told to have capabilities whose name is not in there.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kernel/apparmor/policy_blob.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view blob(reinterpret_cast<const char*>(data), size);
  for (const std::string_view profile : {"web", "web//child", ""}) {
    const auto allowed = bulkhead::kernel::capabilities_in(blob, profile);
    bulkhead::fuzz::require(!allowed || blob.find(profile) != std::string_view::npos,
                            "whose capabilities are told is in the policy");
  }
  return 0;
}
