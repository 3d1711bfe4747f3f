// Errors as they are told to whoever typed the command.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "cli/frame/command.h"

namespace bulkhead::cli {

// What the system refused to a user it may allow to root: then the remedy is to be root, and none
// that changes the node. Any other error as it is.
[[nodiscard]] base::Error told_to_user(base::Error error, bool is_root);

// For a word that no option or operand of the command takes.
[[nodiscard]] base::Error unknown_word(const std::string& word, Command& command);

// For an option without its value, or an operand that is not there. `complaint` is CLI11's.
[[nodiscard]] base::Error incomplete_words(const std::string& complaint, Command& command);

}  // namespace bulkhead::cli
