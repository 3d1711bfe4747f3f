// Building and quoting text. Everything that came from outside (a path, an annotation, a profile
// name) goes through quoted() before it reaches a terminal, a log or a message.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::base {

namespace detail {

// One piece of a concatenation: text as it is, or an integer in decimal.
class Piece {
 public:
  Piece(std::string_view text) : text_(text) {}    // NOLINT(google-explicit-constructor)
  Piece(const std::string& text) : text_(text) {}  // NOLINT(google-explicit-constructor)
  Piece(const char* text) : text_(text) {}         // NOLINT(google-explicit-constructor)
  Piece(char character) : text_(digits_, 1) { digits_[0] = character; }  // NOLINT
  template <std::integral T>
  requires(!std::same_as<T, bool> && !std::same_as<T, char>)
      Piece(T number) {  // NOLINT(google-explicit-constructor)
    const auto end = std::to_chars(digits_, digits_ + sizeof digits_, number).ptr;
    text_ = std::string_view(digits_, static_cast<std::size_t>(end - digits_));
  }
  Piece(const Piece&) = delete;
  Piece& operator=(const Piece&) = delete;
  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  char digits_[24];
  std::string_view text_;
};

std::string join_pieces(const Piece* const* pieces, std::size_t count);

}  // namespace detail

// Concatenates text and integers with one allocation: cat("uid ", 1000).
template <class... Parts>
[[nodiscard]] std::string cat(const Parts&... parts) {
  return [](const auto&... pieces) {
    const detail::Piece* list[] = {&pieces...};
    return detail::join_pieces(list, sizeof...(pieces));
  }(static_cast<const detail::Piece&>(detail::Piece(parts))...);
}

// Untrusted text in single quotes on one line: control characters, quotes and backslashes become
// \n, \t, \', \\ or \xNN, invalid UTF-8 becomes \xNN, and what is longer than max_bytes is cut
// with "…". The result is always valid UTF-8.
[[nodiscard]] std::string quoted(std::string_view untrusted, std::size_t max_bytes = 256);

// A JSON string literal, quotes included. Invalid UTF-8 becomes U+FFFD, so the result is valid
// JSON.
[[nodiscard]] std::string json_string(std::string_view text);
void append_json_string(std::string& out, std::string_view text);

// "0x1f".
[[nodiscard]] std::string hex(std::uint64_t number);

[[nodiscard]] std::string join(const std::vector<std::string>& parts, std::string_view separator);

// The candidate with the smallest edit distance to word, when that distance is small enough to be
// a misspelling (at most a third of the word's length, and at least 1); else nothing.
[[nodiscard]] std::optional<std::string_view> nearest(
    std::string_view word, const std::vector<std::string_view>& candidates);

// Whole-string parse of a decimal number; nothing for any other byte, sign or overflow.
[[nodiscard]] std::optional<std::uint64_t> parse_decimal(std::string_view text);

// Shell-style matching of the whole text: '*' is any run of bytes ('/' included), '?' one byte.
[[nodiscard]] bool glob_match(std::string_view pattern, std::string_view text);

}  // namespace bulkhead::base
