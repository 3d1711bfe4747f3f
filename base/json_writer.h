// Writes one JSON document; members and elements appear in the order of the calls, and commas are
// its business.
//
//   JsonWriter json;
//   json.begin_object();
//   json.member("mode", "enforce");
//   json.begin_array("files");
//   json.element("/etc/bulkhead/policy.json");
//   json.end_array();
//   json.end_object();
//   output.write(json.finish());
//
// It does not check that what is opened is closed, or that keys are unique.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace bulkhead::base {

class JsonWriter {
 public:
  // Compact: on one line, without a space. Indented: by two spaces, for people.
  enum class Layout : std::uint8_t { compact, indented };

  explicit JsonWriter(Layout layout = Layout::compact) : layout_(layout) {}

  void begin_object() { element_place(), open('{'); }
  void begin_object(std::string_view key) { name(key), open('{'); }
  void begin_array() { element_place(), open('['); }
  void begin_array(std::string_view key) { name(key), open('['); }
  void end_object() { close('}'); }
  void end_array() { close(']'); }

  void member(std::string_view key, std::string_view text) {
    name(key), append_json_string(text_, text);
  }
  void member(std::string_view key, const char* text) { member(key, std::string_view(text)); }
  void member(std::string_view key, bool value) { member_raw(key, value ? "true" : "false"); }
  template <std::integral T>
  requires(!std::same_as<T, bool>) void member(std::string_view key, T number) {
    member_raw(key, cat(number));
  }
  // Nothing for an empty text: for documents that say only what is known.
  void member_if_any(std::string_view key, std::string_view text) {
    if (!text.empty()) member(key, text);
  }
  // Likewise, where the text takes at most that much as JSON. Returns whether it does.
  bool member_within(std::string_view key, std::string_view text, std::size_t most_bytes) {
    constexpr std::size_t kLongestEscape = 6;  // \u0000
    const bool fits = text.size() <= most_bytes / kLongestEscape ||
                      (text.size() <= most_bytes && json_string(text).size() <= most_bytes);
    if (fits) member_if_any(key, text);
    return fits;
  }
  // `json` is a whole JSON value already, in whatever layout.
  void member_raw(std::string_view key, std::string_view json) { name(key), text_ += json; }

  void element(std::string_view text) { element_place(), append_json_string(text_, text); }
  void element_raw(std::string_view json) { element_place(), text_ += json; }
  void strings(std::string_view key, const auto& texts) {
    begin_array(key);
    for (const auto& text : texts) element(text);
    end_array();
  }

  void reserve(std::size_t bytes) { text_.reserve(bytes); }
  // Of what was written so far.
  [[nodiscard]] std::size_t size() const { return text_.size(); }
  // The document, for a place in a line or in another document; the writer is done.
  [[nodiscard]] std::string take() { return std::move(text_); }
  // The document with a final newline; the writer is done.
  [[nodiscard]] std::string finish() {
    text_ += '\n';
    return take();
  }

 private:
  void element_place() {
    if (wants_comma_) text_ += ',';
    wants_comma_ = true;
    if (depth_ > 0) new_line();
  }
  void name(std::string_view key) {
    element_place();
    append_json_string(text_, key);
    text_ += layout_ == Layout::compact ? ":" : ": ";
  }
  void open(char bracket) {
    text_ += bracket;
    wants_comma_ = false;
    ++depth_;
  }
  void close(char bracket) {
    --depth_;
    if (wants_comma_) new_line();
    text_ += bracket;
    wants_comma_ = true;
  }
  void new_line() {
    if (layout_ == Layout::compact) return;
    text_ += '\n';
    text_.append(2 * depth_, ' ');
  }

  Layout layout_;
  std::string text_;
  std::size_t depth_ = 0;
  bool wants_comma_ = false;
};

// ["a","b"], for a place in another document.
[[nodiscard]] std::string json_array(const auto& texts) {
  JsonWriter json;
  json.begin_array();
  for (const auto& text : texts) json.element(text);
  json.end_array();
  return json.take();
}

}  // namespace bulkhead::base
