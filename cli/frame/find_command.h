// Which command the words of a command line mean: "policy show" is one, "policy" a group of them,
// and `record` both.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "cli/frame/command.h"

namespace bulkhead::cli {

using Commands = std::vector<std::unique_ptr<Command>>;

struct FoundCommand {
  Command* command = nullptr;  // nothing: no command begins these words
  std::size_t words = 0;       // how many of them are its name
};
// The longest name that the words begin with.
[[nodiscard]] FoundCommand find_command(const Commands& commands,
                                        const std::vector<std::string>& words);

// The commands that begin with that word and another.
[[nodiscard]] std::vector<Command*> members_of(const Commands& commands, std::string_view group);

// For words that are no command: names the word that is wrong, and the nearest one that is not.
[[nodiscard]] base::Error unknown_command(const Commands& commands,
                                          const std::vector<std::string>& words);

// Whether the word behind a command is none of its group's, where it is a group as well and takes
// no operand itself (`record lst`).
[[nodiscard]] bool is_wrong_word_of_group(const Commands& commands, const FoundCommand& found,
                                          const std::vector<std::string>& words);

// The nearest of the candidates, or the one of the same letters: swapped letters count as two
// edits.
[[nodiscard]] std::optional<std::string_view> nearest_word(
    std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace bulkhead::cli
