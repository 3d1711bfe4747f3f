// The command line of the shim: words separated by newlines. Whatever they are, every place that
// the parser names lies inside the words, and changing values keeps the number and order of the
// others.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "shim/command_line.h"

namespace {

using bulkhead::shim::CommandLine;
using bulkhead::shim::WordPlace;

void require(bool holds) {
  if (!holds) std::abort();
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

// No word hides the bundle from us: one that is named first among create's options is seen, unless
// another one, or a word that could be one, follows.
void check_bundle(const CommandLine& line) {
  if (line.subcommand == bulkhead::shim::Subcommand::exec) return;
  std::vector<std::string> words = line.words;
  for (std::size_t at = 1; at < words.size(); ++at) {
    const std::string& word = words[at];
    if (word.find('b', 1) != word.npos) return;
  }
  words.insert(words.begin() + static_cast<std::ptrdiff_t>(line.subcommand_word) + 1,
               "--bundle=/first");
  require(bulkhead::shim::parse_command_line(words).bundle == "/first");
}

void check_place(const CommandLine& line, const WordPlace& place) {
  require(place.word < line.words.size());
  require(place.offset <= line.words[place.word].size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto words = split({reinterpret_cast<const char*>(data), size});
  CommandLine line = bulkhead::shim::parse_command_line(words);
  require(line.words == words);
  require(line.unclear_option.empty() || line.subcommand != bulkhead::shim::Subcommand::other);
  if (line.subcommand != bulkhead::shim::Subcommand::other) check_bundle(line);
  if (line.process_file) check_place(line, *line.process_file);
  if (line.apparmor) check_place(line, *line.apparmor);
  for (const WordPlace& place : line.capabilities) check_place(line, place);
  if (line.subcommand != bulkhead::shim::Subcommand::exec) return 0;
  const std::string before = line.process_file ? line.value(*line.process_file) : "";
  insert_options(line, {"--no-new-privs"});
  require(line.words.size() == words.size() + 1);
  if (line.process_file) require(line.value(*line.process_file) == before);
  if (line.process_file) replace_value(line, *line.process_file, "/proc/self/fd/64");
  require(line.words.size() == words.size() + 1);
  return 0;
}
