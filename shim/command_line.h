// The command line of an OCI runtime: read as the runtime's family reads it, and written anew.
//
// What is handed over is only what was understood: global options, the subcommand, its options as
// "--name=value" with absolute paths and one value each, then the operands. A word that the family
// would read otherwise than it looks, or that is not in the table (runtime_options.h), is a doubt:
// the caller refuses, and says which word and how to write it. That takes in abbreviated options
// (argp takes any unambiguous beginning), values that begin with a dash and stand alone, options
// given twice with two values, numbers that are no plain decimals.
//
// Paths are made absolute as the family resolves them: against the caller's directory, or against
// the bundle where the runtime changes into it first. crun's --config is resolved against the
// caller's directory, but "config.json" itself names the bundle's file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "shim/runtime_options.h"

namespace bulkhead::shim {

struct GivenOption {
  const Option* option = nullptr;
  std::string value;  // of one that takes a value, as it is handed over
  bool on = true;     // of one that takes none: Go's "--detach=false" is off
};

struct CommandLine {
  std::vector<std::string> words;  // argv as it came, the program's own name first
  Family family = Family::other;
  Subcommand subcommand = Subcommand::other;
  std::vector<GivenOption> global_options;
  std::vector<GivenOption> options;  // of the subcommand
  std::vector<std::string> operands;

  std::string container_id;  // the first operand
  std::string root;          // --root; empty: the runtime's own
  std::string rootless;      // --rootless
  std::string log;           // --log (shim/log_option.h)
  std::string log_format;    // "text" or "json"; empty: text
  std::string bundle;        // of create, run, restore: always absolute
  std::string config_file;   // of crun's create and run: another file than <bundle>/config.json
  std::optional<std::string> process_file;
  std::optional<std::string> apparmor;
  std::vector<std::string> capabilities;  // canonical names
  std::optional<bool> no_new_privs;
  std::optional<std::string> user;  // "UID" or "UID:GID"
  unsigned preserve_fds = 0;

  bool asks_for_help = false;        // the runtime prints something and starts nothing
  std::optional<base::Error> doubt;  // why it cannot be handed over; what is read stops there
};

// What the words could start at all: `other` when no reading of them starts or joins a container.
// Quick, and needs no family: for what is passed on with nothing read.
[[nodiscard]] bool may_start_something(const std::vector<std::string>& words);

// `directory` is the caller's, absolute. Never fails: see `doubt`.
[[nodiscard]] CommandLine parse_command_line(std::vector<std::string> words, Family family,
                                             std::string_view directory);

// The words for the runtime, its own name first. Reading them gives the same again.
[[nodiscard]] std::vector<std::string> handed_over(const CommandLine& line);

// Changes to an exec, as the plan demands them.
void set_process_file(CommandLine& line, std::string path);
void set_apparmor(CommandLine& line, std::string label);
void set_no_new_privs(CommandLine& line);

}  // namespace bulkhead::shim
