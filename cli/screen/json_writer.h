// Writes JSON: every `--json` of the command. Compact, one document, with a final newline by
// finish().
//
//   JsonWriter json;
//   json.begin_object();
//   json.member("mode", "enforce");
//   json.begin_array("files");
//   json.element("/etc/bulkhead/policy.json");
//   json.end_array();
//   json.end_object();
//   output.write(json.finish());
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "base/text.h"

namespace bulkhead::cli {

class JsonWriter {
 public:
  void begin_object() { open('{'); }
  void begin_object(std::string_view key) { name(key), open('{'); }
  void begin_array() { open('['); }
  void begin_array(std::string_view key) { name(key), open('['); }
  void end_object() { close('}'); }
  void end_array() { close(']'); }

  void member(std::string_view key, std::string_view text) {
    name(key), scalar(base::json_string(text));
  }
  void member(std::string_view key, const char* text) { member(key, std::string_view(text)); }
  void member(std::string_view key, bool value) { name(key), scalar(value ? "true" : "false"); }
  template <std::integral T>
  requires(!std::same_as<T, bool>) void member(std::string_view key, T number) {
    name(key), scalar(base::cat(number));
  }
  // `json` is a whole JSON value already.
  void member_raw(std::string_view key, std::string_view json) { name(key), scalar(json); }
  void element(std::string_view text) { scalar(base::json_string(text)); }
  void element_raw(std::string_view json) { scalar(json); }
  void strings(std::string_view key, const auto& texts) {
    begin_array(key);
    for (const auto& text : texts) element(text);
    end_array();
  }

  [[nodiscard]] std::string finish() { return text_ + '\n'; }

 private:
  void comma() {
    if (wants_comma_) text_ += ',';
    wants_comma_ = false;
  }
  void name(std::string_view key) {
    comma();
    base::append_json_string(text_, key);
    text_ += ':';
  }
  void open(char bracket) {
    comma();
    text_ += bracket;
  }
  void close(char bracket) {
    text_ += bracket;
    wants_comma_ = true;
  }
  void scalar(std::string_view json) {
    comma();
    text_ += json;
    wants_comma_ = true;
  }

  std::string text_;
  bool wants_comma_ = false;
};

}  // namespace bulkhead::cli
