#include "cli/frame/help.h"

#include "base/text.h"
#include "cli/screen/layout.h"

namespace bulkhead::cli {

namespace {

// "  --id ID     help", with the help text in a column of its own.
std::string entry(std::string_view left, std::string_view right) {
  constexpr std::size_t kColumn = 24;
  std::string out = base::cat("  ", left);
  std::size_t at = display_width(out);
  if (at + 2 > kColumn) {
    out += '\n';
    at = 0;
  }
  for (const std::string& line : wrap(right, kScreenColumns - kColumn)) {
    out.append(kColumn - at, ' ').append(line) += '\n';
    at = 0;
  }
  return out;
}

std::string left_side(const Option& option) {
  const bool repeats = std::holds_alternative<std::vector<std::string>*>(option.target);
  std::string text = option.short_name.empty() ? std::string(option.name)
                                               : base::cat(option.short_name, ", ", option.name);
  if (!option.placeholder.empty()) text += base::cat(' ', option.placeholder);
  return repeats ? text + "…" : text;
}

std::string operand_usage(const Option& option) {
  const std::string text = left_side(option);
  return option.required ? base::cat(' ', text) : base::cat(" [", text, ']');
}

std::string option_list(const std::vector<Option>& options) {
  std::string out;
  for (const Option& option : options) {
    out += entry(left_side(option),
                 option.choices.empty()
                     ? std::string(option.help)
                     : base::cat(option.help, ": ",
                                 base::join({option.choices.begin(), option.choices.end()}, ", ")));
  }
  return out + entry("-h, --help", "print this help");
}

std::string section(const Output& output, std::string_view title) {
  return base::cat('\n', output.styled(Style::bold, title), '\n');
}

}  // namespace

namespace {

std::string command_list(const std::vector<Command*>& commands, const Output& output) {
  if (commands.empty()) return {};
  std::string out = section(output, "Commands");
  for (Command* command : commands) out += entry(command->help().name, command->help().summary);
  return out;
}

std::string example_list(const std::vector<std::string_view>& examples, const Output& output) {
  std::string out = section(output, "Examples");
  for (const std::string_view example : examples) out += base::cat("  ", example, '\n');
  return out;
}

}  // namespace

std::string exit_code_help(const Output& output) {
  std::string out = section(output, "Exit codes");
  for (const base::ExitCodeRow& row : base::exit_code_table()) {
    out += entry(base::cat(static_cast<int>(row.code), "  ", row.name), row.meaning);
  }
  return out;
}

std::string usage_of(Command& command) {
  std::string line = base::cat("bulkhead ", command.help().name, " [OPTIONS]");
  for (const Option& option : command.options()) {
    if (option.is_operand()) line += operand_usage(option);
  }
  return line;
}

std::string overview(const Commands& commands, const Output& output) {
  std::string out =
      "bulkhead COMMAND [OPTIONS] …\n\n"
      "Bulkhead guarantees on the node that every container starts under a seccomp\n"
      "filter and an AppArmor profile that the node's owner accepts.\n";
  std::vector<Command*> all;
  for (const auto& command : commands) all.push_back(command.get());
  out += command_list(all, output);
  out += section(output, "Options");
  out += entry("-h, --help, help", "print this help; with a command, the help of that command");
  out += entry("--version, version", "print the version");
  std::vector<std::string_view> examples;
  for (const auto& command : commands) {
    const CommandHelp help = command->help();
    if (!help.examples.empty()) examples.push_back(help.examples.front());
  }
  return out + example_list(examples, output) + exit_code_help(output);
}

std::string group_help(const Commands& commands, const std::string& group, const Output& output) {
  const auto members = members_of(commands, group);
  std::vector<std::string_view> examples;
  for (Command* member : members) {
    const CommandHelp help = member->help();
    if (!help.examples.empty()) examples.push_back(help.examples.front());
  }
  return base::cat("bulkhead ", group, " COMMAND [OPTIONS] …\n", command_list(members, output),
                   example_list(examples, output), "\n`bulkhead help ", group,
                   " COMMAND` tells of one.\n");
}

std::string help_of(Command& command, const Commands& commands, const Output& output) {
  const CommandHelp help = command.help();
  std::string out = usage_of(command) + "\n\n" + paragraph(help.description);
  out += command_list(members_of(commands, help.name), output);
  out += section(output, "Options") + option_list(command.all_options());
  out += example_list(help.examples, output);
  if (!help.exit_codes.empty()) {
    out += section(output, "Exit codes") + paragraph(help.exit_codes, 2);
  }
  return out;
}

}  // namespace bulkhead::cli
