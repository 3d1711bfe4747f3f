#include "policy/values/apparmor_rule_text.h"

#include <algorithm>

#include "base/text.h"

namespace bulkhead::policy {

namespace {

bool needs_digits(char byte) {
  const auto code = static_cast<unsigned char>(byte);
  return code < 0x20 || code == 0x7f || byte == '"' || byte == '\\';
}

std::string octal(char byte) {
  constexpr std::string_view kDigits = "01234567";
  const auto code = static_cast<unsigned char>(byte);
  return {'\\', kDigits[code >> 6U], kDigits[code >> 3U & 7U], kDigits[code & 7U]};
}

bool stands_bare(char byte) {
  constexpr std::string_view kOthers = "/._-+~:%@*?[]{}^,\\";
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9') || kOthers.contains(byte);
}

}  // namespace

std::string apparmor_escaped(std::string_view text) {
  constexpr std::string_view kSpecial = "*?[]{}^";
  std::string escaped;
  for (const char byte : text) {
    if (needs_digits(byte)) {
      escaped += octal(byte);
      continue;
    }
    if (kSpecial.contains(byte)) escaped += '\\';
    escaped += byte;
  }
  return escaped;
}

std::string apparmor_word(std::string_view pattern) {
  const bool bare =
      !pattern.empty() && !pattern.ends_with(',') && std::ranges::all_of(pattern, stands_bare);
  return bare ? std::string(pattern) : base::cat('"', pattern, '"');
}

}  // namespace bulkhead::policy
