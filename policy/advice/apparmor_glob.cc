#include "policy/advice/apparmor_glob.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"

namespace bulkhead::policy {

namespace {

bool match(std::string_view pattern, std::string_view path, char before);

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Of "*" and "**"; directly behind a slash they match at least one character.
bool match_star(std::string_view pattern, std::string_view path, char before) {
  const bool deep = pattern.starts_with("**");
  const std::string_view rest = pattern.substr(deep ? 2 : 1);
  const std::size_t reach = deep ? path.size() : std::min(path.find('/'), path.size());
  for (std::size_t taken = before == '/' ? 1 : 0; taken <= reach; ++taken) {
    if (match(rest, path.substr(taken), '\0')) return true;
  }
  return false;
}

bool is_in_class(std::string_view members, char c) {
  for (std::size_t i = 0; i < members.size(); ++i) {
    const bool is_range = i + 2 < members.size() && members[i + 1] == '-';
    if (is_range ? members[i] <= c && c <= members[i + 2] : members[i] == c) return true;
    if (is_range) i += 2;
  }
  return false;
}

bool match_class(std::string_view pattern, std::string_view path) {
  const std::size_t close = pattern.find(']');
  if (close == std::string_view::npos || path.empty()) return false;
  const bool negated = pattern.starts_with("[^");
  const std::size_t begin = negated ? 2 : 1;
  const bool in = is_in_class(pattern.substr(begin, close - begin), path[0]);
  return in != negated && match(pattern.substr(close + 1), path.substr(1), path[0]);
}

// "{a,b}": alternatives without further braces.
bool match_alternatives(std::string_view pattern, std::string_view path, char before) {
  const std::size_t close = pattern.find('}');
  if (close == std::string_view::npos) return false;
  std::string_view alternatives = pattern.substr(1, close - 1);
  const std::string_view rest = pattern.substr(close + 1);
  while (true) {
    const std::size_t end = alternatives.find(',');
    if (match(base::cat(alternatives.substr(0, end), rest), path, before)) return true;
    if (end == std::string_view::npos) return false;
    alternatives.remove_prefix(end + 1);
  }
}

bool match_number(std::string_view rest, std::string_view path) {
  const auto* const end = std::ranges::find_if_not(path, is_digit);
  const auto digits = static_cast<std::size_t>(end - path.begin());
  return digits > 0 && match(rest, path.substr(digits), '0');
}

// "\134", or a backslash in front of the character that is meant.
bool match_escaped(std::string_view pattern, std::string_view path) {
  const std::string_view digits = pattern.substr(1, 3);
  const bool octal = digits.size() == 3 && std::ranges::all_of(digits, is_digit);
  if (path.empty() || pattern.size() < 2) return false;
  const int code = octal ? (digits[0] - '0') * 64 + (digits[1] - '0') * 8 + digits[2] - '0'
                         : static_cast<unsigned char>(pattern[1]);
  return static_cast<unsigned char>(path[0]) == code &&
         match(pattern.substr(octal ? 4 : 2), path.substr(1), path[0]);
}

bool match(std::string_view pattern, std::string_view path, char before) {
  constexpr std::array<std::string_view, 2> kNumbers = {"@{pid}", "@{tid}"};
  if (pattern.empty()) return path.empty();
  for (const std::string_view number : kNumbers) {
    if (pattern.starts_with(number)) return match_number(pattern.substr(number.size()), path);
  }
  if (pattern[0] == '*') return match_star(pattern, path, before);
  if (pattern[0] == '[') return match_class(pattern, path);
  if (pattern[0] == '{') return match_alternatives(pattern, path, before);
  if (pattern[0] == '\\') return match_escaped(pattern, path);
  if (path.empty()) return false;
  const bool same = pattern[0] == '?' ? path[0] != '/' : pattern[0] == path[0];
  return same && match(pattern.substr(1), path.substr(1), path[0]);
}

}  // namespace

bool apparmor_matches(std::string_view pattern, std::string_view path) {
  return match(pattern, path, '\0');
}

}  // namespace bulkhead::policy
