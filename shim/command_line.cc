#include "shim/command_line.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "shim/option_values.h"

namespace bulkhead::shim {

namespace {

using base::cat;
using base::quoted;
using Words = std::vector<std::string>;

constexpr std::pair<std::string_view, Subcommand> kStarting[] = {
    {"create", Subcommand::create},
    {"run", Subcommand::run},
    {"restore", Subcommand::restore},
    {"exec", Subcommand::exec},
};

Subcommand subcommand_of(std::string_view word) {
  for (const auto& [name, subcommand] : kStarting) {
    if (name == word) return subcommand;
  }
  return Subcommand::other;
}

bool is_option(std::string_view word) { return word.size() > 1 && word[0] == '-'; }

// An option as its word spells it.
struct Spelling {
  std::string_view name;                  // without dashes
  std::optional<std::string_view> value;  // what is glued to it
};

Spelling spelling_of(std::string_view word, std::size_t dashes) {
  const std::size_t equals = word.find('=');
  if (equals == word.npos) return {word.substr(dashes), std::nullopt};
  return {word.substr(dashes, equals - dashes), word.substr(equals + 1)};
}

class Parser {
 public:
  Parser(Words words, Family family, std::string_view directory)
      : directory_(directory), grammar_(grammar_of(family)) {
    line_.words = std::move(words);
    line_.family = family;
  }

  CommandLine parse() && {
    read_options();
    if (!stopped() && at_ < size()) line_.subcommand = subcommand_of(word());
    if (line_.subcommand != Subcommand::other) {
      ++at_;
      ended_ = false;
      line_.subcommand == Subcommand::exec ? read_exec() : read_start();
    }
    resolve();  // of a doubtful line, too: where the engine's log is
    return std::move(line_);
  }

 private:
  [[nodiscard]] std::size_t size() const { return line_.words.size(); }
  [[nodiscard]] const std::string& word() const { return line_.words[at_]; }
  [[nodiscard]] bool stopped() const { return line_.doubt.has_value() || line_.asks_for_help; }
  [[nodiscard]] bool starts_a_container() const {
    return line_.subcommand != Subcommand::other && line_.subcommand != Subcommand::exec;
  }
  [[nodiscard]] Scope scope() const { return {line_.family, line_.subcommand}; }
  [[nodiscard]] std::vector<GivenOption>& given() {
    return line_.subcommand == Subcommand::other ? line_.global_options : line_.options;
  }

  void doubt(std::string_view option, std::string_view what, std::string remedy) {
    if (line_.doubt) return;
    const std::string place = line_.subcommand == Subcommand::other
                                  ? std::string()
                                  : cat(" of ", name_of(line_.subcommand));
    line_.doubt =
        base::Error{base::ErrorCode::usage, cat("the option ", quoted(option), place, " ", what),
                    std::move(remedy)};
  }

  void unknown(std::string_view option, std::string_view name) {
    const Option* meant = find_beginning(scope(), name);
    const std::string_view first_word = option.substr(0, option.find('='));
    if (meant != nullptr && option.starts_with("--")) {
      return doubt(first_word, "is abbreviated", cat("write --", meant->name));
    }
    doubt(first_word,
          cat("is not known to Bulkhead, so what ", name_of(line_.family), " makes of ",
              "the words behind it is not known either"),
          "write the full name of an option that docs/gate.md lists, or leave it out");
  }

  void take_operand() { line_.operands.push_back(line_.words[at_++]); }

  void read_exec() {
    read_options();
    if (stopped() || at_ == size()) return;
    take_operand();
    if (grammar_.options_in_front_of_the_program) read_options();
    if (line_.family == Family::other) doubt_option_here();
    while (!stopped() && at_ < size()) take_operand();
  }

  void read_start() {
    read_options();
    while (!stopped() && at_ < size()) {
      take_operand();
      grammar_.options_behind_the_id ? read_options() : doubt_option_here();
      skip_terminator();
    }
  }

  // Behind the id, too, it only ends the options.
  void skip_terminator() {
    if (stopped() || ended_ || at_ == size() || word() != "--") return;
    ended_ = true;
    ++at_;
  }

  void doubt_option_here() {
    if (stopped() || ended_ || at_ == size() || !is_option(word()) || word() == "--") return;
    doubt(word(), "stands behind the container's id", "write options in front of the id");
  }

  // Reads options up to the first word that is none.
  void read_options() {
    while (!stopped() && !ended_ && at_ < size() && is_option(word())) {
      if (word() == "--") {
        ended_ = true;
        ++at_;
      } else {
        read_option(line_.words[at_++]);
      }
    }
  }

  void read_option(const std::string& text) {
    const bool two_dashes = text.starts_with("--");
    if (!two_dashes && !grammar_.names_with_one_dash) return read_letters(text);
    const Spelling spelling = spelling_of(text, two_dashes ? 2 : 1);
    const Option* option = find_option(scope(), spelling.name);
    if (option == nullptr && grammar_.names_with_one_dash && spelling.name.size() == 1) {
      option = find_option(scope(), spelling.name[0]);
    }
    if (option == nullptr) return unknown(text, spelling.name);
    take(*option, text, spelling.value);
  }

  // "-b", "-b/x", "-dt": letters without a value, then at most one with.
  void read_letters(std::string_view text) {
    for (std::size_t i = 1; i < text.size() && !stopped(); ++i) {
      const Option* option = find_option(scope(), text[i]);
      if (option == nullptr) return unknown(text, {});
      std::string_view rest = text.substr(i + 1);
      if (!rest.empty() && !grammar_.letters_in_a_row) {
        return doubt(text, "can be read in several ways", cat("write --", option->name, "=VALUE"));
      }
      if (option->takes == Takes::nothing || rest.empty()) {
        take(*option, text, std::nullopt);
        continue;
      }
      if (grammar_.equals_ends_a_letter && rest[0] == '=') rest.remove_prefix(1);
      return take(*option, text, rest);
    }
  }

  void take(const Option& option, std::string_view text, std::optional<std::string_view> glued) {
    if (option.meaning == Meaning::help && !glued) {
      line_.asks_for_help = true;
      return;
    }
    if (option.takes != Takes::value) return take_switch(option, text, glued);
    if (glued) return add({&option, std::string(*glued)});
    if (at_ == size()) return doubt(text, "has no value", {});
    if (word().starts_with('-')) {
      return doubt(text, cat("may or may not have the value ", quoted(word())),
                   cat("write --", option.name, "=VALUE"));
    }
    add({&option, line_.words[at_++]});
  }

  void take_switch(const Option& option, std::string_view text,
                   std::optional<std::string_view> glued) {
    if (!glued) return add({&option, {}, true});
    std::optional<bool> on;
    if (option.takes == Takes::glued_value) {
      on = *glued != "false" && *glued != "no";  // crun exec.c
    } else if (grammar_.switches_take_booleans) {
      on = go_boolean(*glued);
    }
    if (!on) return doubt(text, "takes no such value", cat("write --", option.name, " alone"));
    add({&option, {}, *on});
  }

  void add(GivenOption option) {
    const auto same = [&](const GivenOption& other) {
      return other.option->name == option.option->name;
    };
    const auto before = std::ranges::find_if(given(), same);
    if (option.option->repeats || before == given().end()) {
      given().push_back(std::move(option));
    } else if (before->value != option.value) {
      doubt(cat("--", option.option->name), "is given twice, with two values", "give it once");
    } else {
      before->on = option.on;  // the last one counts (Go)
    }
  }

  void resolve() {
    if (!line_.operands.empty()) line_.container_id = line_.operands.front();
    resolve_bundle();
    const Directories directories{directory_, line_.bundle, bundle_given_};
    for (auto* options : {&line_.global_options, &line_.options}) {
      for (GivenOption& option : *options) resolve(option, directories);
    }
    std::erase_if(line_.options, [](const GivenOption& option) {
      return option.option->meaning == Meaning::config_file && option.value.empty();
    });
  }

  // The bundle first: other paths may lie below it.
  void resolve_bundle() {
    if (!starts_a_container()) return;
    auto bundle = std::ranges::find(line_.options, Meaning::bundle, [](const GivenOption& option) {
      return option.option->meaning;
    });
    bundle_given_ = bundle != line_.options.end();
    if (!bundle_given_) {
      const Option* option = find_option(scope(), std::string_view("bundle"));
      bundle = line_.options.insert(line_.options.begin(), {option, std::string(directory_)});
    }
    line_.bundle = absolute(bundle->value, directory_);
  }

  void resolve(GivenOption& option, const Directories& directories) {
    const Meaning meaning = option.option->meaning;
    auto value = canonical_value(meaning, option.value, scope(), directories);
    if (!value) {
      return doubt(cat("--", option.option->name), value.error().message, value.error().remedy);
    }
    option.value = *std::move(value);
    note(meaning, option);
  }

  void note(Meaning meaning, const GivenOption& option) {
    switch (meaning) {
      case Meaning::text:
      case Meaning::number:
      case Meaning::pid_file:
      case Meaning::image:
      case Meaning::socket:
      case Meaning::help: break;
      case Meaning::preserve_fds:
        line_.preserve_fds = static_cast<unsigned>(*base::parse_decimal(option.value));
        break;
      case Meaning::bundle: line_.bundle = option.value; break;
      case Meaning::root: line_.root = option.value; break;
      case Meaning::rootless: line_.rootless = option.value; break;
      case Meaning::log: line_.log = option.value; break;
      case Meaning::log_format: line_.log_format = option.value; break;
      case Meaning::config_file: line_.config_file = option.value; break;
      case Meaning::process_file: line_.process_file = option.value; break;
      case Meaning::apparmor: line_.apparmor = option.value; break;
      case Meaning::capability: line_.capabilities.push_back(option.value); break;
      case Meaning::no_new_privs: line_.no_new_privs = option.on; break;
      case Meaning::user: line_.user = option.value; break;
    }
  }

  CommandLine line_;
  std::string_view directory_;
  const Grammar& grammar_;
  std::size_t at_ = 1;
  bool ended_ = false;  // by "--"
  bool bundle_given_ = false;
};

void append(Words& words, const GivenOption& given, Family family) {
  const Option& option = *given.option;
  if (option.takes == Takes::value) {
    words.push_back(cat("--", option.name, "=", given.value));
  } else if (given.on) {
    words.push_back(cat("--", option.name));
  } else if (grammar_of(family).switches_take_booleans) {
    words.push_back(cat("--", option.name, "=false"));
  }
}

// Whether an operand could be taken for an option: of exec the id, and the program behind it where
// the family may look there.
bool needs_an_end_of_options(const CommandLine& line) {
  if (grammar_of(line.family).options_in_front_of_the_program) return true;
  std::size_t looked_at = line.operands.size();
  if (line.subcommand == Subcommand::exec) looked_at = line.family == Family::other ? 2 : 1;
  for (std::size_t i = 0; i < line.operands.size() && i < looked_at; ++i) {
    if (line.operands[i].starts_with('-')) return true;
  }
  return false;
}

void set_option(CommandLine& line, std::string_view name, GivenOption given) {
  given.option = find_option({line.family, line.subcommand}, name);
  std::erase_if(line.options, [&](const GivenOption& other) { return other.option->name == name; });
  line.options.push_back(std::move(given));
}

}  // namespace

bool may_start_something(const Words& words) {
  return std::ranges::any_of(
      words.begin() + (words.empty() ? 0 : 1), words.end(),
      [](const std::string& word) { return subcommand_of(word) != Subcommand::other; });
}

CommandLine parse_command_line(Words words, Family family, std::string_view directory) {
  return Parser(std::move(words), family, directory).parse();
}

Words handed_over(const CommandLine& line) {
  Words words = {line.words.front()};
  for (const GivenOption& option : line.global_options) append(words, option, line.family);
  words.emplace_back(name_of(line.subcommand));
  for (const GivenOption& option : line.options) append(words, option, line.family);
  if (needs_an_end_of_options(line)) words.emplace_back("--");
  words.insert(words.end(), line.operands.begin(), line.operands.end());
  return words;
}

void set_process_file(CommandLine& line, std::string path) {
  line.process_file = path;
  set_option(line, "process", {.value = std::move(path)});
}

void set_apparmor(CommandLine& line, std::string label) {
  line.apparmor = label;
  set_option(line, "apparmor", {.value = std::move(label)});
}

void set_no_new_privs(CommandLine& line) {
  line.no_new_privs = true;
  set_option(line, "no-new-privs", {.on = true});
}

}  // namespace bulkhead::shim
