#include "base/text.h"

#include <algorithm>
#include <cstring>

#include "base/utf8.h"

namespace bulkhead::base {

namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

void append_hex_escape(std::string& out, unsigned char byte) {
  out += "\\x";
  out += kHexDigits[byte >> 4];
  out += kHexDigits[byte & 0xf];
}

void append_quoted_byte(std::string& out, unsigned char byte) {
  switch (byte) {
    case '\n': out += "\\n"; return;
    case '\t': out += "\\t"; return;
    case '\r': out += "\\r"; return;
    case '\'': out += "\\'"; return;
    case '\\': out += "\\\\"; return;
    default: break;
  }
  if (byte < 0x20 || byte == 0x7f) return append_hex_escape(out, byte);
  out += static_cast<char>(byte);
}

// C1 control characters (U+0080..U+009F) and the bidirectional overrides can rewrite a terminal
// line as well as an escape byte can.
bool is_unprintable(std::string_view sequence) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  if (sequence.size() == 2) return byte(0) == 0xc2 && byte(1) < 0xa0;
  if (sequence.size() != 3 || byte(0) != 0xe2) return false;
  const bool line_or_bidi = byte(1) == 0x80 && byte(2) >= 0xa8 && byte(2) <= 0xae;
  const bool isolate = byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9;
  return line_or_bidi || isolate;
}

}  // namespace

namespace detail {

std::string join_pieces(const Piece* const* pieces, std::size_t count) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < count; ++i) size += pieces[i]->text().size();
  std::string out;
  out.reserve(size);
  for (std::size_t i = 0; i < count; ++i) out += pieces[i]->text();
  return out;
}

}  // namespace detail

std::string quoted(std::string_view untrusted, std::size_t max_bytes) {
  std::string out = "'";
  std::size_t at = 0;
  while (at < untrusted.size()) {
    const std::size_t length = std::max<std::size_t>(utf8_sequence_length(untrusted.substr(at)), 1);
    if (at + length > max_bytes) {
      out += "…";
      break;
    }
    const std::string_view sequence = untrusted.substr(at, length);
    const auto first = static_cast<unsigned char>(sequence[0]);
    if (length == 1 && first < 0x80) {
      append_quoted_byte(out, first);
    } else if (length == 1 || is_unprintable(sequence)) {
      for (const char c : sequence) append_hex_escape(out, static_cast<unsigned char>(c));
    } else {
      out += sequence;
    }
    at += length;
  }
  out += '\'';
  return out;
}

namespace {

constexpr bool stands_for_itself(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

// How many characters at the beginning need no escape.
std::size_t plain_part(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && stands_for_itself(text[at])) ++at;
  return at;
}

// Appends the escape, character or replacement for what text begins with; returns how long that is.
std::size_t append_json_special(std::string& out, std::string_view text) {
  const auto byte = static_cast<unsigned char>(text[0]);
  if (byte == '"' || byte == '\\') {
    out += '\\';
    out += text[0];
    return 1;
  }
  if (byte < 0x80) {
    out += "\\u00";
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 0xf];
    return 1;
  }
  const std::size_t length = utf8_sequence_length(text);
  if (length == 0) {
    out += "\xef\xbf\xbd";
    return 1;
  }
  out += text.substr(0, length);
  return length;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t plain = plain_part(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (!text.empty()) text.remove_prefix(append_json_special(out, text));
  }
  out += '"';
}

std::string json_string(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  append_json_string(out, text);
  return out;
}

std::string hex(std::uint64_t number) {
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, number, 16).ptr;
  return cat("0x", std::string_view(digits, static_cast<std::size_t>(end - digits)));
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

namespace {

// Of bytes that are inserted, removed, changed, or swapped with their neighbour.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, changed});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::optional<std::string_view> nearest(std::string_view word,
                                        const std::vector<std::string_view>& candidates) {
  constexpr std::size_t kLongestWord = 64;  // bounds the work on hostile keys
  if (word.size() > kLongestWord) return std::nullopt;
  const std::size_t limit = std::max<std::size_t>(word.size() / 3, 1);
  std::optional<std::string_view> best;
  std::size_t best_distance = limit + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t longer = std::max(word.size(), candidate.size());
    const std::size_t shorter = std::min(word.size(), candidate.size());
    if (longer - shorter >= best_distance) continue;  // at least so many edits
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc{} || stopped != end) return std::nullopt;
  return number;
}

bool glob_match(std::string_view pattern, std::string_view text) {
  // Iterative, with one point to fall back to: linear for one star, never exponential.
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace bulkhead::base
