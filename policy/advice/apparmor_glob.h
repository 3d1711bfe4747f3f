// Which paths a pattern of an AppArmor rule matches (apparmor.d(5), "Globbing").
//
// Not known: variables other than @{pid} and @{tid}, which stand for any number here.
#pragma once

#include <string_view>

namespace bulkhead::policy {

[[nodiscard]] bool apparmor_matches(std::string_view pattern, std::string_view path);

}  // namespace bulkhead::policy
