#include "cli/frame/app.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/text.h"
#include "cli/frame/find_command.h"
#include "cli/frame/help.h"
#include "cli/frame/json_result.h"
#include "cli/frame/user_error.h"

namespace bulkhead::cli {

namespace {

using base::ErrorCode;
using base::ExitCode;
using base::Result;

void bind(CLI::App& app, const Option& option) {
  const std::string name = option.short_name.empty()
                               ? std::string(option.name)
                               : base::cat(option.short_name, ',', option.name);
  const std::string help(option.help);
  CLI::Option* added = std::visit(
      [&](auto* target) -> CLI::Option* {
        if constexpr (std::is_same_v<decltype(target), bool*>) {
          return app.add_flag(name, *target, help);
        } else {
          return app.add_option(name, *target, help);
        }
      },
      option.target);
  if (option.required) added->required();
  // An option takes one value each time it is given, so that an operand may follow it.
  const bool list = std::holds_alternative<std::vector<std::string>*>(option.target);
  if (list && !option.is_operand()) added->allow_extra_args(false);
}

// Values that are not among an option's choices.
Result<void> check_choices(const std::vector<Option>& options) {
  for (const Option& option : options) {
    if (option.choices.empty()) continue;
    const std::string& value = *std::get<std::string*>(option.target);
    if (std::ranges::find(option.choices, value) != option.choices.end()) continue;
    return base::fail(
        ErrorCode::usage, base::cat(option.name, " does not know ", base::quoted(value)),
        base::cat("it takes ", base::join({option.choices.begin(), option.choices.end()}, ", ")));
  }
  return {};
}

enum class Parsed : std::uint8_t { run, help };

Result<Parsed> parse(Command& command, std::vector<std::string> arguments) {
  const std::vector<Option> options = command.all_options();
  CLI::App app;
  app.set_help_flag("-h,--help");
  app.allow_extras();
  for (const Option& option : options) bind(app, option);
  std::ranges::reverse(arguments);  // CLI11 takes them from the back
  try {
    app.parse(arguments);
  } catch (const CLI::CallForHelp&) {
    return Parsed::help;
  } catch (const CLI::ParseError& error) {
    return std::unexpected(incomplete_words(error.what(), command));
  }
  std::vector<std::string> extras = app.remaining();
  if (!extras.empty() && extras.front() == "--") extras.erase(extras.begin());  // before operands
  if (!extras.empty()) return std::unexpected(unknown_word(extras.front(), command));
  if (const auto known = check_choices(options); !known) return std::unexpected(known.error());
  return Parsed::run;
}

bool asked_for_json(Command& command) {
  for (const Option& option : command.all_options()) {
    if (option.name == "--json" && *std::get<bool*>(option.target)) return true;
  }
  return false;
}

void report(const base::Error& error, Output& errors) {
  errors.line(base::cat(errors.styled(Style::bad, "bulkhead:"), ' ', error.sentence()));
}

bool is_help(const std::string& word) { return word == "--help" || word == "-h" || word == "help"; }

// `help`, `help policy`, `help policy show`, `policy --help`; exit code of who asked for nothing.
Result<ExitCode> write_help(std::vector<std::string> words, const Commands& commands,
                            Output& output) {
  std::erase_if(words, is_help);
  const FoundCommand found = find_command(commands, words);
  if (words.empty()) {
    output.write(overview(commands, output));
  } else if (found.command != nullptr && found.words == words.size()) {
    output.write(help_of(*found.command, commands, output));
  } else if (words.size() == 1 && !members_of(commands, words.front()).empty()) {
    output.write(group_help(commands, words.front(), output));
  } else {
    return std::unexpected(unknown_command(commands, words));
  }
  return ExitCode::ok;
}

// A group alone, with or without a wish for help.
bool is_group(const std::vector<std::string>& words, const Commands& commands) {
  const bool alone = words.size() == 1 || (words.size() == 2 && is_help(words[1]));
  return alone && find_command(commands, words).command == nullptr &&
         !members_of(commands, words.front()).empty();
}

// What it writes for people becomes a list of lines where it has no JSON of its own.
Result<ExitCode> run_for_lines(Command& command, Environment& environment) {
  Output lines;
  Environment inner{lines, environment.errors, environment.paths, environment.root};
  auto code = command.run(inner);
  if (code) write_lines_json(*code, lines.buffer(), environment.output);
  return code;
}

Result<ExitCode> run_command(Command& command, Environment& environment, Output& errors) {
  const bool lines = command.is_asked_for_lines() && !command.prints_json();
  auto code = lines ? run_for_lines(command, environment) : command.run(environment);
  if (code) return *code;
  const base::Error error = told_to_user(std::move(code.error()), ::geteuid() == 0);
  if (asked_for_json(command)) write_error_json(error, environment.output);
  report(error, errors);
  return command.exit_code_of(error.code);
}

Result<ExitCode> dispatch(const std::vector<std::string>& arguments, const Commands& commands,
                          Environment& environment, Output& errors) {
  Output& output = environment.output;
  if (arguments.empty() || is_help(arguments.front()) || is_group(arguments, commands)) {
    auto written = write_help(arguments, commands, output);
    const bool asked = !arguments.empty() && std::ranges::any_of(arguments, is_help);
    return written && !asked ? ExitCode::usage : written;
  }
  if (arguments.front() == "--version" || arguments.front() == "version") {
    output.line(base::cat("bulkhead ", BULKHEAD_VERSION));
    return ExitCode::ok;
  }
  const FoundCommand found = find_command(commands, arguments);
  if (found.command == nullptr || is_wrong_word_of_group(commands, found, arguments)) {
    return std::unexpected(unknown_command(commands, arguments));
  }
  const auto first = arguments.begin() + static_cast<std::ptrdiff_t>(found.words);
  const auto parsed = parse(*found.command, {first, arguments.end()});
  if (!parsed) return std::unexpected(parsed.error());
  if (*parsed == Parsed::run) return run_command(*found.command, environment, errors);
  output.write(help_of(*found.command, commands, output));
  return ExitCode::ok;
}

}  // namespace

ExitCode run(const std::vector<std::string>& arguments, Output& output, Output& errors,
             const base::Paths& paths, const std::string& root) {
  const Commands commands = all_commands();
  Environment environment{output, errors, paths, root};
  auto code = dispatch(arguments, commands, environment, errors);
  const auto own_words = std::ranges::find(arguments, "--");  // behind it are another command's
  const bool wants_json = std::find(arguments.begin(), own_words, "--json") != own_words;
  if (!code && wants_json) write_error_json(code.error(), output);
  const auto flushed = output.flush();
  if (!code) report(code.error(), errors);
  if (!flushed) report(flushed.error(), errors);
  (void)errors.flush();  // there is nowhere left to say that stderr cannot be written
  if (!code) return base::exit_code_for(code.error().code);
  return flushed ? *code : base::exit_code_for(flushed.error().code);
}

}  // namespace bulkhead::cli
