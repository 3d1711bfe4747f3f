// What <abstractions/base> allows in every version of AppArmor since 3.0, as far as programs in
// containers ask for it.
#pragma once

#include <string_view>

namespace bulkhead::record {

// `permissions` of "mrwakx".
[[nodiscard]] bool base_covers(std::string_view path, std::string_view permissions);

}  // namespace bulkhead::record
