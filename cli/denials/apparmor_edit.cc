#include "cli/denials/apparmor_edit.h"

#include <algorithm>

#include "base/line_at.h"
#include "base/text.h"
#include "policy/values/profile_ref.h"

namespace bulkhead::cli {

using base::cat;
using policy::ProfileHeader;

namespace {

constexpr std::string_view kBlanks = " \t\r";

struct Line {
  std::string_view text;  // without blanks at its ends
  std::string_view indent;
  std::size_t begin = 0;
};

Line line_of(std::string_view whole, std::size_t begin) {
  const std::size_t first = std::min(whole.find_first_not_of(kBlanks), whole.size());
  const std::size_t last = whole.find_last_not_of(kBlanks);
  if (first == whole.size()) return {.text = {}, .indent = whole, .begin = begin};
  return {whole.substr(first, last - first + 1), whole.substr(0, first), begin};
}

// Those between the braces; the first is what follows the opening one.
std::vector<Line> lines_of(std::string_view text, const ProfileHeader& profile) {
  std::vector<Line> lines;
  std::size_t at = profile.body_begin;
  while (at < profile.body_end) {
    const std::size_t end = std::min(text.find('\n', at), profile.body_end);
    lines.push_back(line_of(text.substr(at, end - at), at));
    at = end + 1;
  }
  return lines;
}

bool has_line(const std::vector<Line>& lines, std::string_view rule) {
  return std::ranges::find(lines, rule, &Line::text) != lines.end();
}

// As deep as the last rule on a line of its own; without one, deeper than the closing brace.
std::string indent_in(const std::vector<Line>& lines) {
  for (std::size_t i = lines.size(); i-- > 1;) {
    if (!lines[i].text.empty()) return std::string(lines[i].indent);
  }
  return "  ";
}

// Where the line of the closing brace begins; that brace itself where it ends a line of rules.
std::size_t place_in(std::string_view text, const ProfileHeader& profile) {
  const std::size_t before = text.find_last_not_of(kBlanks, profile.body_end - 1);
  const bool alone = before != std::string_view::npos && text[before] == '\n';
  return alone ? before + 1 : profile.body_end;
}

}  // namespace

const ProfileHeader* profile_named(std::string_view name,
                                   const std::vector<ProfileHeader>& headers) {
  const std::string plain = policy::canonical_apparmor_name(name);
  const auto found = std::ranges::find_if(headers, [&](const ProfileHeader& header) {
    return policy::canonical_apparmor_name(header.name) == plain;
  });
  return found == headers.end() ? nullptr : &*found;
}

std::string with_rules(std::string_view text, const ProfileHeader& profile,
                       const std::vector<std::string>& rules) {
  const std::vector<Line> lines = lines_of(text, profile);
  const std::size_t place = place_in(text, profile);
  const std::string indent = indent_in(lines);
  std::string added;
  for (const std::string& rule : rules) {
    if (!has_line(lines, rule)) added += cat(indent, rule, '\n');
  }
  if (added.empty()) return std::string(text);
  const std::string_view line_end = text[place - 1] == '\n' ? "" : "\n";
  return cat(text.substr(0, place), line_end, added, text.substr(place));
}

std::vector<unsigned> deny_lines(std::string_view text, const ProfileHeader& profile) {
  std::vector<unsigned> numbers;
  for (const Line& line : lines_of(text, profile)) {
    const bool denies = line.text.starts_with("deny ") || line.text.starts_with("audit deny ");
    if (denies) numbers.push_back(base::line_at(text, line.begin));
  }
  return numbers;
}

}  // namespace bulkhead::cli
