// Reads what the kernel was given as an AppArmor profile, compiled: what it cannot be asked
// (apparmor_query.h). Pure.
//
// The bytes are the kernel's own (raw_data of apparmorfs), which it has checked. They consist of
// items that carry their type, so that what is not looked for is stepped over
// (security/apparmor/policy_unpack.c).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace bulkhead::kernel {

// Bit n: the profile allows capability n; a `deny` of it is taken off already. `profile` as it is
// called in its own AppArmor namespace, "web" or "web//child". Nothing where it is not in there.
[[nodiscard]] std::optional<std::uint64_t> capabilities_in(std::string_view blob,
                                                           std::string_view profile);

}  // namespace bulkhead::kernel
