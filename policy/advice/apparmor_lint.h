// Checks of an AppArmor profile's text for use with containers: what apparmor_parser accepts and a
// container then stumbles over. A table of named checks, each of which looks at one thing.
//
// This is no parser and no judge of what a profile should allow: it knows the traps.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/advice/apparmor_text.h"
#include "policy/values/finding.h"

namespace bulkhead::policy {

struct AppArmorRule {
  std::string text;  // "deny /etc/** w", without the comma, blanks as one space
  unsigned line = 0;
};

// The rules between the braces of a profile, those of its children left out. Includes are rules
// here too ("include <abstractions/base>").
[[nodiscard]] std::vector<AppArmorRule> rules_of(const ProfileHeader& profile,
                                                 std::string_view text);

struct AppArmorLintContext {
  std::string_view text;
  std::string_view file_name;    // without directories; empty: unknown
  std::string_view wanted_name;  // the profile that the pod asks for; empty: unknown
  const std::vector<ProfileHeader>& profiles;
};

struct AppArmorFinding {
  Finding finding;
  unsigned line = 0;  // 0: of the whole file
};

struct AppArmorCheck {
  std::string_view id;
  std::string_view help;  // one line for the documentation
  void (*run)(const AppArmorLintContext& context, std::vector<AppArmorFinding>& findings);
};

[[nodiscard]] std::span<const AppArmorCheck> apparmor_checks();

// In the order of the lines.
[[nodiscard]] std::vector<AppArmorFinding> lint_apparmor(std::string_view text,
                                                         std::string_view file_name,
                                                         std::string_view wanted_name);

}  // namespace bulkhead::policy
