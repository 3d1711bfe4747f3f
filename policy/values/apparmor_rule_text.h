// Text that came from outside as a part of an AppArmor rule (apparmor.d(5)).
//
// A path or a label may hold any byte but NUL: what is special to patterns gets a backslash;
// control characters, quotes and backslashes become three octal digits, since the parser's lexer
// ends at some of them even behind a backslash.
#pragma once

#include <string>
#include <string_view>

namespace bulkhead::policy {

// Matches exactly this text; to be put between quotes, or through apparmor_word().
[[nodiscard]] std::string apparmor_escaped(std::string_view text);

// A pattern as it stands in a rule: in quotes only where it needs them.
[[nodiscard]] std::string apparmor_word(std::string_view pattern);

}  // namespace bulkhead::policy
