#include "cli/frame/find_command.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ErrorCode;
using base::quoted;

// What else can be typed: the group alone, where that is a command as well.
std::string help_with_group(const Commands& commands, const std::string& group) {
  const FoundCommand alone = find_command(commands, {group});
  std::string list = cat("`bulkhead ", group, " --help` lists those it has");
  if (alone.command == nullptr) return list;
  return cat("`bulkhead ", group, "` alone is: ", alone.command->help().summary, "; ", list);
}

base::Error unknown_in_group(const Commands& commands, const std::string& group,
                             const std::string& word) {
  std::vector<std::string_view> words;
  for (Command* member : members_of(commands, group)) {
    words.push_back(member->help().name.substr(group.size() + 1));
  }
  const auto near = nearest_word(word, words);
  return {ErrorCode::usage, cat("'", group, "' has no command ", quoted(word)),
          near ? cat("did you mean `bulkhead ", group, ' ', *near, "`?")
               : help_with_group(commands, group)};
}

}  // namespace

std::optional<std::string_view> nearest_word(std::string_view word,
                                             const std::vector<std::string_view>& candidates) {
  if (const auto near = base::nearest(word, candidates)) return near;
  for (const std::string_view candidate : candidates) {
    const bool swapped =
        candidate.size() == word.size() && std::ranges::is_permutation(candidate, word);
    if (swapped) return candidate;
  }
  return std::nullopt;
}

FoundCommand find_command(const Commands& commands, const std::vector<std::string>& words) {
  FoundCommand best;
  for (const auto& command : commands) {
    const std::string name(command->help().name);
    const std::size_t count = 1 + static_cast<std::size_t>(std::ranges::count(name, ' '));
    if (count > words.size() || count <= best.words) continue;
    const std::vector<std::string> given(words.begin(),
                                         words.begin() + static_cast<std::ptrdiff_t>(count));
    if (base::join(given, " ") == name) best = {command.get(), count};
  }
  return best;
}

std::vector<Command*> members_of(const Commands& commands, std::string_view group) {
  std::vector<Command*> members;
  for (const auto& command : commands) {
    if (command->help().name.starts_with(cat(group, " "))) members.push_back(command.get());
  }
  return members;
}

base::Error unknown_command(const Commands& commands, const std::vector<std::string>& words) {
  if (words.size() > 1 && !members_of(commands, words.front()).empty()) {
    return unknown_in_group(commands, words.front(), words[1]);
  }
  std::vector<std::string_view> names;
  for (const auto& command : commands) {
    const std::string_view name = command->help().name;
    names.push_back(name);
    names.push_back(name.substr(0, name.find(' ')));  // of its group
  }
  const auto near = nearest_word(words.front(), names);
  return {
      ErrorCode::usage, cat("unknown command ", quoted(words.front())),
      near ? cat("did you mean `bulkhead ", *near, "`?") : "`bulkhead --help` lists the commands"};
}

bool is_wrong_word_of_group(const Commands& commands, const FoundCommand& found,
                            const std::vector<std::string>& words) {
  if (words.size() <= found.words || words[found.words].starts_with('-')) return false;
  const auto options = found.command->options();
  return std::ranges::none_of(options, &Option::is_operand) &&
         !members_of(commands, found.command->help().name).empty();
}

}  // namespace bulkhead::cli
