// The command line of an OCI runtime, as runc (urfave/cli), crun (argp) and youki read it.
//
// Only what Bulkhead needs is understood; every word is passed on as it came, except those that
// replace_word() and insert_words() change. Both option styles are read: "--bundle X",
// "--bundle=X", "-b X", "-bX" (argp), "-bundle X" (Go), and unambiguous beginnings of long names
// (argp).
//
// Options of exec stop at the first positional word: what follows is the program's. create, run and
// restore have one positional word, and options behind it, which youki takes, are read too; runc
// and crun refuse such a line themselves.
//
// Whether an option that is not known takes the next word for its value is decided by the rest of
// the line: one word must be left to be the container's id. A word that begins with a dash is never
// taken for a value of such an option. Where the rest decides nothing, `unclear_option` says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace bulkhead::shim {

enum class Subcommand : std::uint8_t {
  other,  // nothing that Bulkhead has business with: passed on with nothing read
  create,
  run,
  restore,
  exec,
};
[[nodiscard]] std::string_view name_of(Subcommand subcommand);

// Where an option's value stands: the word, and the byte at which it begins in it.
struct WordPlace {
  std::size_t word = 0;
  std::size_t offset = 0;
};

struct CommandLine {
  std::vector<std::string> words;  // argv, the program's own name first
  Subcommand subcommand = Subcommand::other;
  std::size_t subcommand_word = 0;  // index into words

  // Global options.
  std::string root;
  std::string log;         // --log
  std::string log_format;  // "text" or "json"; empty: text

  // Options of create, run, restore.
  std::string bundle;       // as given; empty: the current directory
  std::string config_file;  // crun's --config: another name for config.json; empty otherwise

  // Options of exec.
  std::optional<WordPlace> process_file;  // --process
  std::optional<WordPlace> apparmor;      // --apparmor
  std::vector<WordPlace> capabilities;    // each --cap
  std::optional<bool> no_new_privs;       // --no-new-privs[=BOOL]
  std::string user;                       // --user
  unsigned preserve_fds = 0;

  std::string container_id;  // the first positional word of the subcommand

  // An option that is not known, and on whose having a value depends what is started: "--new". The
  // caller refuses. Empty: all is clear.
  std::string unclear_option;

  [[nodiscard]] std::string value(const WordPlace& place) const {
    return words[place.word].substr(place.offset);
  }
};

// Never fails: what cannot be understood is left for the runtime to complain about, or told in
// `unclear_option`. A word that
// could be the value of an unknown option or a subcommand is taken as the subcommand, so that no
// spelling of `create` slips past.
[[nodiscard]] CommandLine parse_command_line(std::vector<std::string> words);

// Puts another value where an option's value stood.
void replace_value(CommandLine& line, const WordPlace& place, std::string_view value);

// Inserts words directly behind the subcommand; places behind it move along.
void insert_options(CommandLine& line, const std::vector<std::string>& options);

}  // namespace bulkhead::shim
