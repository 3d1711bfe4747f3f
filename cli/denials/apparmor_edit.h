// The smallest edit of an AppArmor profile's text that adds rules to it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/advice/apparmor_text.h"

namespace bulkhead::cli {

// The profile of that name in the text ("app//child" for a child or hat); null where it has none.
[[nodiscard]] const policy::ProfileHeader* profile_named(
    std::string_view name, const std::vector<policy::ProfileHeader>& headers);

// The text with these rules before the brace that closes the profile, one a line and as deep as the
// line before; what stands there as a line already is left out. Every other byte stays.
[[nodiscard]] std::string with_rules(std::string_view text, const policy::ProfileHeader& profile,
                                     const std::vector<std::string>& rules);

// Lines of the profile, from 1, that say `deny`: what they name stays denied, whatever is added.
[[nodiscard]] std::vector<unsigned> deny_lines(std::string_view text,
                                               const policy::ProfileHeader& profile);

}  // namespace bulkhead::cli
