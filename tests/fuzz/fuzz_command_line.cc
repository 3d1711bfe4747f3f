// The command line of the shim: a byte that chooses the family, then words separated by newlines.
// Whatever they are: what is handed over is read again as the same, it holds no option that was not
// understood, and every path in it that decides which container starts is absolute.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "shim/command_line.h"

namespace {

using bulkhead::shim::CommandLine;
using bulkhead::shim::Family;
using bulkhead::shim::Subcommand;

constexpr std::string_view kHere = "/here";

void require(bool holds) {
  if (!holds) std::abort();
}

Family family_by(std::uint8_t byte) {
  constexpr Family kFamilies[] = {Family::other, Family::runc, Family::crun, Family::youki};
  return kFamilies[byte % std::size(kFamilies)];
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words = {"bulkhead-shim"};
  while (!text.empty() && words.size() < 256) {
    const std::size_t end = text.find('\n');
    words.emplace_back(text.substr(0, end));
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
  }
  return words;
}

bool is_absolute(std::string_view path) { return path.starts_with('/'); }

void check_paths(const CommandLine& line) {
  require(line.root.empty() || is_absolute(line.root));
  require(line.config_file.empty() || is_absolute(line.config_file));
  require(!line.process_file || is_absolute(*line.process_file));
  if (line.subcommand != Subcommand::exec) require(is_absolute(line.bundle));
}

void check_read_again(const CommandLine& line) {
  const auto words = handed_over(line);
  const CommandLine again = bulkhead::shim::parse_command_line(words, line.family, "/elsewhere");
  require(!again.doubt && !again.asks_for_help);
  require(handed_over(again) == words);
  require(again.subcommand == line.subcommand && again.operands == line.operands);
  require(again.bundle == line.bundle && again.config_file == line.config_file);
  require(again.root == line.root && again.process_file == line.process_file);
  require(again.capabilities == line.capabilities && again.user == line.user);
  require(again.no_new_privs == line.no_new_privs ||
          (line.family != Family::runc && !again.no_new_privs));
}

void check_changes(CommandLine line) {
  set_no_new_privs(line);
  set_process_file(line, "/copy");
  const auto again = bulkhead::shim::parse_command_line(handed_over(line), line.family, kHere);
  require(again.no_new_privs == true && again.process_file == "/copy");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto words = split({reinterpret_cast<const char*>(data) + 1, size - 1});
  const CommandLine line = bulkhead::shim::parse_command_line(words, family_by(data[0]), kHere);
  require(line.words == words);
  if (line.doubt || line.asks_for_help || line.subcommand == Subcommand::other) return 0;
  require(bulkhead::shim::may_start_something(words));
  check_paths(line);
  check_read_again(line);
  if (line.subcommand == Subcommand::exec) check_changes(line);
  return 0;
}
