// A subcommand as a value: what it is called, what it takes, what it does. app.cc turns the table
// of them into a parser, help, and the texts that completions and man pages are checked against.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/exit_codes.h"
#include "base/paths.h"
#include "cli/screen/output.h"

namespace bulkhead::cli {

using OptionTarget = std::variant<bool*, std::string*, std::vector<std::string>*>;

struct Option {
  std::string_view name;         // "--json"; an operand has no dashes: "BUNDLE"
  std::string_view placeholder;  // "PATH"; empty for flags and operands
  std::string_view help;         // one line
  OptionTarget target;
  bool required = false;                       // operands
  std::vector<std::string_view> choices = {};  // the values that are understood; empty: any
  std::string_view short_name = {};            // "-o", beside the long one
  [[nodiscard]] bool is_operand() const { return !name.starts_with('-'); }
};

struct CommandHelp {
  std::string_view name;         // "check", "policy show"
  std::string_view summary;      // one line in the list of commands
  std::string_view description;  // paragraphs
  std::string_view exit_codes;   // in which sense this command uses the codes; may be empty
  std::vector<std::string_view> examples;  // "bulkhead check /run/…    # what it shows"
};

// What a command works on. Tests put their own files in place.
struct Environment {
  Output& output;
  Output& errors;  // for what is no part of the result; a failure is returned, not written here
  base::Paths paths;
  std::string root = "";  // in front of the files of engines and of /proc and /sys
};

class Command {
 public:
  virtual ~Command() = default;
  [[nodiscard]] virtual CommandHelp help() const = 0;
  // The targets are members of this object.
  [[nodiscard]] virtual std::vector<Option> options() = 0;
  // Its own, and --json, which every command takes.
  [[nodiscard]] std::vector<Option> all_options();
  [[nodiscard]] virtual base::Result<base::ExitCode> run(Environment& environment) = 0;
  // The exit code of a failure. `diff` has one for all, as diff(1) does.
  [[nodiscard]] virtual base::ExitCode exit_code_of(base::ErrorCode code) const {
    return base::exit_code_for(code);
  }
  // Whether what it prints is JSON without being asked: then --json changes nothing.
  [[nodiscard]] virtual bool prints_json() const { return false; }
  // Whether the --json that is none of its own options was given.
  [[nodiscard]] bool is_asked_for_lines() const { return lines_as_json_; }

 private:
  bool lines_as_json_ = false;
};

// Every subcommand, in the order in which help lists them.
[[nodiscard]] std::vector<std::unique_ptr<Command>> all_commands();

}  // namespace bulkhead::cli
