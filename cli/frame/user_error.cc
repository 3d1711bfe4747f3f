#include "cli/frame/user_error.h"

#include <cerrno>

#include "base/text.h"
#include "cli/frame/find_command.h"
#include "cli/frame/help.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::Error;
using base::ErrorCode;
using base::quoted;

bool is_lack_of_rights(const Error& error) {
  for (const int number : {EACCES, EPERM}) {
    if (error.message.contains(base::errno_text(number))) return true;
  }
  return false;
}

// CLI11's sentences begin with the name of what they are about.
const Option* option_in(const std::string& complaint, const std::vector<Option>& options) {
  for (const Option& option : options) {
    if (!complaint.starts_with(option.name)) continue;
    if (std::string_view(" :").contains(complaint[option.name.size()])) return &option;
  }
  return nullptr;
}

}  // namespace

Error told_to_user(Error error, bool is_root) {
  if (!is_root && is_lack_of_rights(error)) error.remedy = "that takes root: run it with sudo";
  return error;
}

Error unknown_word(const std::string& word, Command& command) {
  std::vector<std::string_view> names;
  const std::vector<Option> options = command.all_options();
  for (const Option& option : options) {
    if (!option.is_operand()) names.push_back(option.name);
  }
  const auto near = nearest_word(std::string_view(word).substr(0, word.find('=')), names);
  const std::string_view kind = word.starts_with('-') ? "unknown option " : "unexpected argument ";
  return {ErrorCode::usage, cat(kind, quoted(word)),
          near ? cat("did you mean ", *near, '?')
               : cat("`bulkhead ", command.help().name, " --help` lists what it takes")};
}

Error incomplete_words(const std::string& complaint, Command& command) {
  const std::vector<Option> options = command.all_options();
  const Option* option = option_in(complaint, options);
  const std::string help = cat("see `bulkhead ", command.help().name, " --help`");
  if (option == nullptr) return {ErrorCode::usage, complaint, help};
  if (option->is_operand()) {
    return {ErrorCode::usage, cat(option->name, " is missing: ", option->help),
            cat("write `", usage_of(command), '`')};
  }
  return {ErrorCode::usage,
          cat(option->name, " is without its ", option->placeholder, ": ", option->help), help};
}

}  // namespace bulkhead::cli
