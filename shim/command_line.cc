#include "shim/command_line.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/text.h"

namespace bulkhead::shim {

namespace {

// What an option means to Bulkhead. `ignored` ones are listed only because they take a value, which
// must not be mistaken for a subcommand or a container id.
enum class Meaning : std::uint8_t {
  ignored,
  root,
  log,
  log_format,
  bundle,
  config_file,
  process_file,
  apparmor,
  capability,
  no_new_privs,
  user,
  preserve_fds,
};

struct Option {
  std::string_view name;  // long name
  char letter;            // short name, or 0
  bool takes_value;
  Meaning meaning;
};

// runc 1.0 to 1.3 (main.go), crun 1.0 to 1.20 (crun.c), youki (liboci-cli).
constexpr Option kGlobalOptions[] = {
    {"root", 'r', true, Meaning::root},
    {"log", 'l', true, Meaning::log},
    {"log-format", 0, true, Meaning::log_format},
    {"log-level", 0, true, Meaning::ignored},
    {"cgroup-manager", 0, true, Meaning::ignored},
    {"criu", 0, true, Meaning::ignored},
    {"rootless", 0, true, Meaning::ignored},
    // Without a value; listed so that Go's "-debug" is not read as a cluster of letters.
    {"debug", 0, false, Meaning::ignored},
    {"systemd-cgroup", 0, false, Meaning::ignored},
};

// create, run, restore of the same three.
constexpr Option kStartOptions[] = {
    {"bundle", 'b', true, Meaning::bundle},
    {"config", 'f', true, Meaning::config_file},
    {"console-socket", 0, true, Meaning::ignored},
    {"pidfd-socket", 0, true, Meaning::ignored},
    {"pid-file", 0, true, Meaning::ignored},
    {"preserve-fds", 0, true, Meaning::preserve_fds},
    {"image-path", 0, true, Meaning::ignored},
    {"work-path", 0, true, Meaning::ignored},
    {"parent-path", 0, true, Meaning::ignored},
    {"manage-cgroups-mode", 0, true, Meaning::ignored},
    {"empty-ns", 0, true, Meaning::ignored},
    {"lsm-profile", 0, true, Meaning::ignored},
    {"lsm-mount-context", 0, true, Meaning::ignored},
    {"detach", 'd', false, Meaning::ignored},
    {"no-pivot", 0, false, Meaning::ignored},
    {"no-new-keyring", 0, false, Meaning::ignored},
    {"no-subreaper", 0, false, Meaning::ignored},
    {"keep", 0, false, Meaning::ignored},
    {"tcp-established", 0, false, Meaning::ignored},
    {"ext-unix-sk", 0, false, Meaning::ignored},
    {"shell-job", 0, false, Meaning::ignored},
    {"file-locks", 0, false, Meaning::ignored},
    {"auto-dedup", 0, false, Meaning::ignored},
    {"lazy-pages", 0, false, Meaning::ignored},
    {"help", 'h', false, Meaning::ignored},
};

constexpr Option kExecOptions[] = {
    {"process", 'p', true, Meaning::process_file},
    {"apparmor", 0, true, Meaning::apparmor},
    {"cap", 'c', true, Meaning::capability},
    {"no-new-privs", 0, false, Meaning::no_new_privs},
    {"user", 'u', true, Meaning::user},
    {"preserve-fds", 0, true, Meaning::preserve_fds},
    {"console", 0, true, Meaning::ignored},
    {"console-socket", 0, true, Meaning::ignored},
    {"pidfd-socket", 0, true, Meaning::ignored},
    {"cwd", 0, true, Meaning::ignored},
    {"env", 'e', true, Meaning::ignored},
    {"additional-gids", 'g', true, Meaning::ignored},
    {"pid-file", 0, true, Meaning::ignored},
    {"process-label", 0, true, Meaning::ignored},
    {"cgroup", 0, true, Meaning::ignored},
    {"detach", 'd', false, Meaning::ignored},
    {"tty", 't', false, Meaning::ignored},
    {"ignore-paused", 0, false, Meaning::ignored},
    {"help", 'h', false, Meaning::ignored},
};

// Everything that runc, crun and youki call a subcommand: the first word of these ends the global
// options.
constexpr std::pair<std::string_view, Subcommand> kSubcommands[] = {
    {"create", Subcommand::create},    {"run", Subcommand::run},
    {"restore", Subcommand::restore},  {"exec", Subcommand::exec},
    {"checkpoint", Subcommand::other}, {"completion", Subcommand::other},
    {"delete", Subcommand::other},     {"events", Subcommand::other},
    {"features", Subcommand::other},   {"help", Subcommand::other},
    {"info", Subcommand::other},       {"init", Subcommand::other},
    {"kill", Subcommand::other},       {"list", Subcommand::other},
    {"mounts", Subcommand::other},     {"pause", Subcommand::other},
    {"ps", Subcommand::other},         {"resume", Subcommand::other},
    {"spec", Subcommand::other},       {"start", Subcommand::other},
    {"state", Subcommand::other},      {"update", Subcommand::other},
};

// argp accepts any unambiguous beginning of a long name. A shorter beginning than this could mean
// something else to a runtime and is not guessed at.
constexpr std::size_t kShortestBeginning = 2;

const Option* find_long(std::span<const Option> options, std::string_view name) {
  const auto exact = std::ranges::find(options, name, &Option::name);
  if (exact != options.end()) return &*exact;
  if (name.size() < kShortestBeginning) return nullptr;
  const Option* found = nullptr;
  for (const Option& option : options) {
    if (!option.name.starts_with(name)) continue;
    if (found != nullptr) return nullptr;
    found = &option;
  }
  return found;
}

const Option* find_letter(std::span<const Option> options, char letter) {
  const auto found = std::ranges::find(options, letter, &Option::letter);
  return letter == 0 || found == options.end() ? nullptr : &*found;
}

bool is_true(std::string_view text) {  // strconv.ParseBool
  constexpr std::array kTrue = {"1", "t", "T", "true", "TRUE", "True"};
  return std::ranges::find(kTrue, text) != kTrue.end();
}

class Parser {
 public:
  explicit Parser(std::vector<std::string> words) { line_.words = std::move(words); }

  CommandLine parse() && {
    std::size_t at = read_options(1, kGlobalOptions);
    at = find_subcommand(at);
    if (line_.subcommand == Subcommand::other) return std::move(line_);
    unknown_ = last_unknown_ = 0;  // of the global options: find_subcommand has dealt with them
    options_ended_ = false;
    if (line_.subcommand == Subcommand::exec) {
      read_exec(at);
    } else {
      read_start(at);
    }
    return std::move(line_);
  }

 private:
  // The first positional word is the container's id, unless it may be an unknown option's value.
  void read_exec(std::size_t at) {
    at = read_options(at, kExecOptions);
    if (at >= line_.words.size()) return;
    line_.container_id = line_.words[at];
    if (follows_unknown(at)) line_.unclear_option = line_.words[unknown_];
  }

  // Positional words that follow an unknown option are its values where another one is left to be
  // the container's id.
  void read_start(std::size_t at) {
    std::vector<std::size_t> ids;
    std::vector<std::size_t> ids_or_values;
    for (;; ++at) {
      if (!options_ended_) at = read_options(at, kStartOptions);
      if (at >= line_.words.size()) break;
      (follows_unknown(at) ? ids_or_values : ids).push_back(at);
    }
    if (ids.empty() && ids_or_values.size() == 1) ids.swap(ids_or_values);
    if (!ids.empty()) {
      line_.container_id = line_.words[ids.front()];
    } else if (unknown_ != 0) {
      line_.unclear_option = line_.words[unknown_];
    }
  }

  [[nodiscard]] bool follows_unknown(std::size_t at) const {
    return last_unknown_ != 0 && at == last_unknown_ + 1;
  }

  // The option in word `at` is none that is listed. `wants_more`: a value of it would be the next
  // word.
  void note_unknown(std::size_t at, bool wants_more) {
    if (unknown_ == 0) unknown_ = at;
    if (wants_more) last_unknown_ = at;
  }

  // Reads options from word `at` on; returns the first word that is none.
  std::size_t read_options(std::size_t at, std::span<const Option> options) {
    while (at < line_.words.size()) {
      const std::string_view word = line_.words[at];
      if (word == "--") {
        options_ended_ = true;
        return at + 1;
      }
      if (word.size() < 2 || word[0] != '-') return at;
      at = read_option(at, options);
    }
    return at;
  }

  // Reads the option in word `at`; returns the next word to look at.
  std::size_t read_option(std::size_t at, std::span<const Option> options) {
    const std::string_view word = line_.words[at];
    const std::size_t dashes = word.starts_with("--") ? 2 : 1;
    const std::size_t equals = word.find('=');
    const std::string_view name =
        word.substr(dashes, equals == word.npos ? equals : equals - dashes);
    const bool one_letter = name.size() == 1;
    const Option* option = one_letter ? find_letter(options, name[0]) : nullptr;
    if (option == nullptr && (dashes == 2 || is_exact_long(options, name))) {
      option = find_long(options, name);
    }
    if (option == nullptr && dashes == 1 && !one_letter) return read_cluster(at, options);
    if (option == nullptr) {
      note_unknown(at, equals == word.npos);
      return at + 1;
    }
    if (equals != word.npos) return take(*option, {at, equals + 1}, at + 1);
    if (!option->takes_value) return take_flag(*option, at + 1);
    return take(*option, {at + 1, 0}, at + 2);
  }

  static bool is_exact_long(std::span<const Option> options, std::string_view name) {
    return std::ranges::find(options, name, &Option::name) != options.end();
  }

  // "-tdp FILE", "-b/path": letters without a value, then at most one with.
  std::size_t read_cluster(std::size_t at, std::span<const Option> options) {
    const std::string_view word = line_.words[at];
    for (std::size_t i = 1; i < word.size(); ++i) {
      const Option* option = find_letter(options, word[i]);
      if (option == nullptr) note_unknown(at, i + 1 == word.size());
      if (option == nullptr || !option->takes_value) continue;
      if (i + 1 < word.size()) return take(*option, {at, i + 1}, at + 1);
      return take(*option, {at + 1, 0}, at + 2);
    }
    return at + 1;
  }

  std::size_t take_flag(const Option& option, std::size_t next) {
    if (option.meaning == Meaning::no_new_privs) line_.no_new_privs = true;
    return next;
  }

  std::size_t take(const Option& option, WordPlace place, std::size_t next) {
    if (place.word >= line_.words.size()) return next;
    std::string value = line_.value(place);
    switch (option.meaning) {
      case Meaning::ignored: break;
      case Meaning::root: line_.root = std::move(value); break;
      case Meaning::log: line_.log = std::move(value); break;
      case Meaning::log_format: line_.log_format = std::move(value); break;
      case Meaning::bundle: line_.bundle = std::move(value); break;
      case Meaning::config_file: line_.config_file = std::move(value); break;
      case Meaning::process_file: line_.process_file = place; break;
      case Meaning::apparmor: line_.apparmor = place; break;
      case Meaning::capability: line_.capabilities.push_back(place); break;
      case Meaning::no_new_privs: line_.no_new_privs = is_true(value); break;
      case Meaning::user: line_.user = std::move(value); break;
      case Meaning::preserve_fds:
        line_.preserve_fds = static_cast<unsigned>(
            std::min<std::uint64_t>(base::parse_decimal(value).value_or(0), 1 << 16));
        break;
    }
    return next;
  }

  // Whether the word could be the value of an option that Bulkhead does not know.
  [[nodiscard]] bool may_be_a_value(std::size_t at) const {
    const std::string_view before = line_.words[at - 1];
    if (at < 2 || !before.starts_with("--") || before == "--") return false;
    return before.find('=') == before.npos &&
           find_long(kGlobalOptions, before.substr(2)) == nullptr;
  }

  // The first known subcommand from `at` on. Words before it can only be values of options that
  // Bulkhead does not know; one of those named like a harmless subcommand does not hide `create`.
  std::size_t find_subcommand(std::size_t at) {
    for (; at < line_.words.size(); ++at) {
      const auto known = std::ranges::find(kSubcommands, line_.words[at],
                                           &std::pair<std::string_view, Subcommand>::first);
      if (known == std::end(kSubcommands)) continue;
      if (known->second == Subcommand::other && may_be_a_value(at)) continue;
      line_.subcommand = known->second;
      line_.subcommand_word = at;
      return at + 1;
    }
    return at;
  }

  CommandLine line_;
  bool options_ended_ = false;    // by "--"
  std::size_t unknown_ = 0;       // the first unknown option's word; 0: none
  std::size_t last_unknown_ = 0;  // the last one whose value would be the next word
};

void move_place(WordPlace& place, std::size_t from, std::size_t by) {
  if (place.word >= from) place.word += by;
}

}  // namespace

std::string_view name_of(Subcommand subcommand) {
  switch (subcommand) {
    case Subcommand::other: return "other";
    case Subcommand::create: return "create";
    case Subcommand::run: return "run";
    case Subcommand::restore: return "restore";
    case Subcommand::exec: return "exec";
  }
  return "other";
}

CommandLine parse_command_line(std::vector<std::string> words) {
  return Parser(std::move(words)).parse();
}

void replace_value(CommandLine& line, const WordPlace& place, std::string_view value) {
  line.words[place.word].replace(place.offset, std::string::npos, value);
}

void insert_options(CommandLine& line, const std::vector<std::string>& options) {
  const std::size_t at = line.subcommand_word + 1;
  line.words.insert(line.words.begin() + static_cast<std::ptrdiff_t>(at), options.begin(),
                    options.end());
  if (line.process_file) move_place(*line.process_file, at, options.size());
  if (line.apparmor) move_place(*line.apparmor, at, options.size());
  for (WordPlace& place : line.capabilities) move_place(place, at, options.size());
}

}  // namespace bulkhead::shim
