#include "base/hex.h"

namespace bulkhead::base {

namespace {

std::string_view digits_of(HexCase letters) {
  return letters == HexCase::lower ? "0123456789abcdef" : "0123456789ABCDEF";
}

}  // namespace

std::string hex_of(std::string_view bytes, HexCase letters) {
  const std::string_view digits = digits_of(letters);
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char byte : bytes) {
    const auto code = static_cast<unsigned char>(byte);
    text += digits[code >> 4U];
    text += digits[code & 15U];
  }
  return text;
}

std::optional<std::string> bytes_of_hex(std::string_view digits, HexCase letters) {
  if (digits.size() % 2 != 0) return std::nullopt;
  const std::string_view known = digits_of(letters);
  std::string bytes;
  bytes.reserve(digits.size() / 2);
  for (std::size_t at = 0; at < digits.size(); at += 2) {
    const std::size_t high = known.find(digits[at]);
    const std::size_t low = known.find(digits[at + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    bytes += static_cast<char>(high << 4U | low);
  }
  return bytes;
}

}  // namespace bulkhead::base
