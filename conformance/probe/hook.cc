#include "conformance/probe/hook.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "conformance/probe/verbs.h"

namespace bulkhead::conformance {

namespace {

using base::JsonWriter;
using oci_config::JsonDocument;

constexpr std::size_t kMaxState = 1 << 20;

// What it is, as far as it is JSON at all; on one line, whatever its layout.
void write_state(std::string text, JsonWriter& line) {
  const auto state = JsonDocument::parse(text, {.described = "the state"});
  std::ranges::replace(text, '\n', ' ');
  if (state) line.member_raw("state", text);
  if (!state) line.member("not_a_state", text);
}

std::string line_of(const std::string& name) {
  const std::string state = base::drain(STDIN_FILENO, "the state", kMaxState).value_or("");
  const auto todo = JsonDocument::parse("{}", {});
  JsonWriter line;
  line.begin_object();
  line.member("hook", name);
  write_state(state, line);
  tell_environment(todo->root(), todo->root(), {}, line);
  tell_directory(todo->root(), todo->root(), {}, line);
  tell_status(todo->root(), todo->root(), {}, line);
  line.end_object();
  return line.finish();
}

int number_at(const std::vector<std::string>& words, std::size_t place) {
  if (place >= words.size()) return 0;
  return static_cast<int>(base::parse_decimal(words[place]).value_or(0));
}

}  // namespace

int report_as_hook(const std::vector<std::string>& words) {
  const std::string line = line_of(words.size() > 2 ? words[2] : "");
  constexpr int kMicroseconds = 1000;
  ::usleep(static_cast<useconds_t>(number_at(words, 4) * kMicroseconds));
  const base::UniqueFd file(
      ::open(words[1].c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666));
  (void)base::write_all(file.get(), line, words[1]);
  return number_at(words, 3);
}

}  // namespace bulkhead::conformance
