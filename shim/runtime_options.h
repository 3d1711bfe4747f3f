// The options of the OCI runtimes that Bulkhead knows, as one table: runc 1.1 to 1.5, crun 1.8 to
// 1.29, youki 0.6 and 0.7; and how each family reads a command line.
//
// Left out on purpose: crun's `restore --network-lock`, whose value its parser takes from the next
// word behind its own back, and what argp hides (`--program-name`, `--HANG`). Who gives one of
// these is refused by the option's name, as with every option that is not here.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace bulkhead::shim {

enum class Subcommand : std::uint8_t {
  other,  // nothing that Bulkhead has business with: passed on byte for byte
  create,
  run,
  restore,
  exec,
};
[[nodiscard]] std::string_view name_of(Subcommand subcommand);

// `other`: a runtime that Bulkhead does not know. It is taken to have the options of all of them,
// written in the one way that all of them read alike.
enum class Family : std::uint8_t { other, runc, crun, youki };
[[nodiscard]] Family family_of(std::string_view name);  // policy::RuntimeFeatures::family
[[nodiscard]] std::string_view name_of(Family family);  // "runc"; "this runtime" for `other`

enum class Takes : std::uint8_t {
  nothing,
  value,
  glued_value,  // one that is glued to it ("--tty=false", "-tfalse") or none
};

// What an option means to Bulkhead, and with it how its value is written when it is handed over.
enum class Meaning : std::uint8_t {
  text,    // nothing; handed over as it came
  number,  // nothing; decimal
  pid_file,
  image,  // where CRIU reads and works
  socket,
  preserve_fds,
  help,  // the runtime prints something and starts nothing
  root,
  rootless,
  log,
  log_format,
  bundle,
  config_file,
  process_file,
  apparmor,
  capability,
  no_new_privs,
  user,
};

struct Option {
  std::string_view name;  // long name; empty: it has none
  char letter;            // short name; 0: it has none
  Takes takes;
  Meaning meaning;
  std::uint8_t places;    // bits of place_bit()
  std::uint8_t families;  // bits of family_bit()
  bool repeats = false;   // given twice it counts twice
};

// Where options stand: in front of the subcommand (Subcommand::other), or behind it.
struct Scope {
  Family family = Family::other;
  Subcommand place = Subcommand::other;
};

[[nodiscard]] std::span<const Option> all_options();
[[nodiscard]] bool is_in_scope(const Option& option, const Scope& scope);
[[nodiscard]] const Option* find_option(const Scope& scope, std::string_view name);
[[nodiscard]] const Option* find_option(const Scope& scope, char letter);

// The one option whose long name begins so; null: none, or several.
[[nodiscard]] const Option* find_beginning(const Scope& scope, std::string_view beginning);

// How a family reads words.
struct Grammar {
  bool names_with_one_dash = false;     // Go: "-bundle X" is "--bundle X"
  bool letters_in_a_row = false;        // argp, clap: "-dt" is "-d -t", "-b/x" is "-b /x"
  bool equals_ends_a_letter = false;    // Go, clap: "-b=X" has the value "X"; in argp it is "=X"
  bool switches_take_booleans = false;  // Go: "--detach=false"
  bool options_behind_the_id = false;   // of create, run, restore, in every version
  bool options_in_front_of_the_program = false;  // of exec, between the id and the program
};
[[nodiscard]] const Grammar& grammar_of(Family family);

}  // namespace bulkhead::shim
