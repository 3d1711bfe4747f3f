#include "record/profiles/path_pattern.h"

#include <algorithm>
#include <array>

#include "policy/values/apparmor_rule_text.h"

namespace bulkhead::record {

namespace {

constexpr std::array<std::string_view, 3> kTemporary = {"/tmp/", "/var/tmp/", "/dev/shm/"};
constexpr std::size_t kFewestDigits = 4;    // "gcc-12" and "so.1.8" are names
constexpr std::size_t kFewestHex = 16;      // a digest, an id
constexpr std::size_t kFewestOfMaking = 6;  // "XXXXXX" of mkstemp(3)

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_word(char c) { return is_digit(c) || is_lower(c) || is_upper(c); }

template <class Is>
std::size_t run_of(std::string_view text, const Is& is) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is) - text.begin());
}

// 8-4-4-4-12
bool begins_with_uuid(std::string_view text) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  if (text.size() < kForm.size()) return false;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    if (kForm[i] == '-' ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

std::string_view glob_of_digits(std::string_view text, std::size_t& length) {
  length = run_of(text, is_digit);
  return length >= kFewestDigits ? "[0-9]*" : "";
}

std::string_view glob_of_hex(std::string_view text, std::size_t& length) {
  length = run_of(text, is_hex);
  return length >= kFewestHex ? "*" : "";
}

std::string_view glob_at(std::string_view text, std::size_t& length) {
  constexpr std::size_t kUuidBytes = 36;
  if (begins_with_uuid(text)) {
    length = kUuidBytes;
    return "*";
  }
  if (const auto glob = glob_of_hex(text, length); !glob.empty()) return glob;
  return glob_of_digits(text, length);
}

int kind_of(char c) { return is_digit(c) ? 0 : is_lower(c) ? 1 : is_upper(c) ? 2 : 3; }

// Whether it changes between small letters, capitals and digits that often: no word of a person's.
bool looks_made(std::string_view text, int fewest_changes) {
  int changes = 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (kind_of(text[i]) != kind_of(text[i - 1])) ++changes;
  }
  return text.size() >= kFewestOfMaking && changes >= fewest_changes;
}

// Where the end that mkstemp and its like made begins; its size where it has none. Python makes
// "tmp" and eight more.
std::size_t begin_of_made(std::string_view name) {
  constexpr std::string_view kPrefix = "tmp";
  constexpr std::size_t kPythons = 11;
  if (name.starts_with(kPrefix) && name.size() == kPythons) return kPrefix.size();
  std::size_t begin = name.size();
  while (begin > 0 && is_word(name[begin - 1])) --begin;
  const int fewest_changes = begin == 0 ? 3 : 2;
  return looks_made(name.substr(begin), fewest_changes) ? begin : name.size();
}

std::string generalised(std::string_view name) {
  std::string pattern;
  for (std::size_t at = 0; at < name.size();) {
    const bool inside = at > 0 && is_hex(name[at]) && is_hex(name[at - 1]);
    std::size_t length = 0;
    const std::string_view glob = inside ? "" : glob_at(name.substr(at), length);
    if (!glob.empty() && !pattern.ends_with('*')) pattern += glob;
    if (glob.empty()) pattern += policy::apparmor_escaped(name.substr(at, 1));
    at += glob.empty() ? 1 : length;
  }
  return pattern;
}

std::string pattern_of_name(std::string_view directory, std::string_view name) {
  if (directory == "/proc/" && name == "1") return "@{pid}";
  if (directory == "/proc/1/task/" && name == "1") return "@{tid}";
  if (is_temporary(directory)) {
    const std::size_t begin = begin_of_made(name);
    if (begin < name.size()) return policy::apparmor_escaped(name.substr(0, begin)) + '*';
  }
  return generalised(name);
}

}  // namespace

bool is_temporary(std::string_view path) {
  return std::ranges::any_of(
      kTemporary, [&](std::string_view directory) { return path.starts_with(directory); });
}

std::string pattern_of(std::string_view path) {
  std::string pattern;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    pattern += pattern_of_name(path.substr(0, at), path.substr(at, end - at));
    if (end < path.size()) pattern += '/';
    at = end + 1;
  }
  return pattern;
}

}  // namespace bulkhead::record
