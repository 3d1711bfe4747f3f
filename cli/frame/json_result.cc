#include "cli/frame/json_result.h"

#include <algorithm>

#include "base/json_writer.h"

namespace bulkhead::cli {

void write_error_json(const base::Error& error, Output& output) {
  base::JsonWriter json;
  json.begin_object();
  json.begin_object("error");
  json.member("code", base::name_of(error.code));
  json.member("message", error.message);
  json.member("remedy", error.remedy);
  json.end_object();
  json.end_object();
  output.write(json.finish());
}

void write_lines_json(base::ExitCode code, std::string_view text, Output& output) {
  base::JsonWriter json;
  json.begin_object();
  json.member("exit_code", static_cast<int>(code));
  json.begin_array("lines");
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    json.element(line);
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  json.end_array();
  json.end_object();
  output.write(json.finish());
}

}  // namespace bulkhead::cli
