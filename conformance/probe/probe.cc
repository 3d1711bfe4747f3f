#include "conformance/probe/probe.h"

#include <unistd.h>

#include <array>

#include "base/files.h"
#include "conformance/probe/hook.h"
#include "conformance/probe/verbs.h"

namespace bulkhead::conformance {

namespace {

using oci_config::JsonDocument;

constexpr int kNotUnderstood = 2;

int report(const std::string& program, std::string text) {
  const auto todo = JsonDocument::parse(std::move(text), {.described = "what the probe shall do"});
  if (!todo) return kNotUnderstood;
  const std::string line = perform_all(todo->root(), {.program = program}) + '\n';
  return base::write_all(STDOUT_FILENO, line, "the report") ? 0 : 1;
}

// Whoever started the container holds the other end, and is gone at the latest when it ends.
void wait_for_the_end_of_input() {
  std::array<char, 256> bytes{};
  while (::read(STDIN_FILENO, bytes.data(), bytes.size()) > 0) {
  }
}

}  // namespace

int run_probe(const std::string& program, const std::vector<std::string>& words) {
  if (words.size() >= 2 && words[0] == "hook") return report_as_hook(words);
  if (words.size() != 2 || (words[0] != "wait" && words[0] != "once")) return kNotUnderstood;
  const int code = report(program, words[1]);
  if (words[0] == "wait") wait_for_the_end_of_input();
  return code;
}

}  // namespace bulkhead::conformance
