#include "policy/syscalls/argument_names.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "policy/syscalls/argument_table.h"

namespace bulkhead::policy {

namespace {

// The first word of the list, which is taken off it.
std::string_view take_word(std::string_view& list, char separator = ' ') {
  const std::string_view word = list.substr(0, list.find(separator));
  list.remove_prefix(std::min(list.size(), word.size() + 1));
  return word;
}

std::string_view word_at(std::string_view list, std::uint64_t position) {
  for (; position > 0 && !list.empty(); --position) take_word(list);
  const std::string_view word = take_word(list);
  return word == "-" ? std::string_view{} : word;
}

std::optional<std::uint64_t> position_of(std::string_view list, std::string_view wanted) {
  for (std::uint64_t at = 0; !list.empty(); ++at) {
    if (take_word(list) == wanted) return at;
  }
  return std::nullopt;
}

bool speaks_of(const ArgumentNames& row, std::string_view syscall, unsigned argument) {
  return row.argument == argument && position_of(row.calls, syscall).has_value();
}

// "A", then "A|B".
void append(std::string& text, std::string_view name) {
  text += base::cat(text.empty() ? "" : "|", name);
}

// Takes the bits that the row names off the value. A number 0 is told only where it is all.
void tell_number(const ArgumentNames& row, std::uint64_t& value, std::string& text) {
  const std::uint64_t number = value & row.mask;
  if (number < row.first || (number == 0 && (value != 0 || !text.empty()))) return;
  const std::string_view name = word_at(row.names, number - row.first);
  if (name.empty()) return;
  append(text, name);
  value &= ~row.mask;
}

void tell_bits(const ArgumentNames& row, std::uint64_t& value, std::string& text) {
  std::string_view names = row.names;
  for (std::uint64_t bit = std::uint64_t{1} << row.first; !names.empty(); bit <<= 1U) {
    const std::string_view name = take_word(names);
    if ((value & bit) == 0 || name == "-") continue;
    append(text, name);
    value &= ~bit;
  }
}

bool is_made_of_bits(std::string_view syscall, unsigned argument) {
  bool bits = false;
  for (const ArgumentNames& row : kArgumentNames) {
    if (!speaks_of(row, syscall, argument)) continue;
    if (row.kind == kNumber) return false;
    bits = true;
  }
  return bits;
}

std::uint64_t value_at(const ArgumentNames& row, std::uint64_t position) {
  return row.kind == kBit ? std::uint64_t{1} << (row.first + position) : row.first + position;
}

std::optional<std::uint64_t> number(std::string_view text) {
  const bool is_hex = text.starts_with("0x");
  if (!is_hex) return base::parse_decimal(text);
  text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> named(std::string_view text) {
  if (text == "-") return std::nullopt;
  for (const ArgumentNames& row : kArgumentNames) {
    if (const auto position = position_of(row.names, text)) return value_at(row, *position);
  }
  return number(text);
}

}  // namespace

std::string argument_text(std::string_view syscall, unsigned argument, std::uint64_t value) {
  std::string text;
  for (const ArgumentNames& row : kArgumentNames) {
    if (!speaks_of(row, syscall, argument)) continue;
    row.kind == kBit ? tell_bits(row, value, text) : tell_number(row, value, text);
  }
  if (value == 0 && !text.empty()) return text;
  const bool is_rest = !text.empty() || is_made_of_bits(syscall, argument);
  const bool in_hex = value >= 4096 || (value != 0 && is_rest);
  append(text, in_hex ? base::hex(value) : base::cat(value));
  return text;
}

std::string argument_mask_text(std::string_view syscall, unsigned argument, std::uint64_t mask) {
  std::string text;
  for (const ArgumentNames& row : kArgumentNames) {
    if (row.kind == kBit && speaks_of(row, syscall, argument)) tell_bits(row, mask, text);
  }
  if (mask != 0) append(text, base::hex(mask));
  return text;
}

std::optional<std::uint64_t> argument_value(std::string_view text) {
  std::uint64_t all = 0;
  if (text.empty() || text.ends_with('|')) return std::nullopt;
  while (!text.empty()) {
    const auto value = named(take_word(text, '|'));
    if (!value) return std::nullopt;
    all |= *value;
  }
  return all;
}

std::optional<unsigned> other_argument_of(std::string_view syscall, unsigned argument,
                                          std::string_view text) {
  std::optional<unsigned> other;
  for (const ArgumentNames& row : kArgumentNames) {
    for (std::string_view rest = text; !rest.empty();) {
      if (!position_of(row.names, take_word(rest, '|'))) continue;
      if (speaks_of(row, syscall, argument)) return std::nullopt;
      if (speaks_of(row, syscall, row.argument)) other = row.argument;
    }
  }
  return other;
}

bool has_flags_in_memory(std::string_view syscall) { return syscall == "clone3"; }

}  // namespace bulkhead::policy
