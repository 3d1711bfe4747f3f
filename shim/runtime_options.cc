#include "shim/runtime_options.h"

#include <algorithm>

namespace bulkhead::shim {

namespace {

constexpr std::uint8_t bit(Subcommand place) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(place));
}
constexpr std::uint8_t bit(Family family) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(family));
}

constexpr std::uint8_t kGlobal = bit(Subcommand::other);
constexpr std::uint8_t kCreate = bit(Subcommand::create);
constexpr std::uint8_t kRun = bit(Subcommand::run);
constexpr std::uint8_t kRestore = bit(Subcommand::restore);
constexpr std::uint8_t kExec = bit(Subcommand::exec);
constexpr std::uint8_t kNew = kCreate | kRun;
constexpr std::uint8_t kStart = kNew | kRestore;
constexpr std::uint8_t kEverywhere = kGlobal | kStart | kExec;

constexpr std::uint8_t kRunc = bit(Family::runc);
constexpr std::uint8_t kCrun = bit(Family::crun);
constexpr std::uint8_t kYouki = bit(Family::youki);
constexpr std::uint8_t kRuncCrun = kRunc | kCrun;
constexpr std::uint8_t kAll = kRunc | kCrun | kYouki;

using enum Takes;

// Sources: runc main.go, create.go, run.go, restore.go, exec.go; crun src/crun.c, create.c, run.c,
// restore.c, exec.c; youki crates/liboci-cli, crates/youki/src/main.rs.
constexpr Option kOptions[] = {
    // ---- in front of the subcommand
    {"root", 0, value, Meaning::root, kGlobal, kRuncCrun},
    {"root", 'r', value, Meaning::root, kGlobal, kYouki},
    {"rootless", 0, value, Meaning::rootless, kGlobal, kRuncCrun},
    {"log", 0, value, Meaning::log, kGlobal, kRuncCrun},
    {"log", 'l', value, Meaning::log, kGlobal, kYouki},
    {"log-format", 0, value, Meaning::log_format, kGlobal, kAll},
    {"log-level", 0, value, Meaning::text, kGlobal, kCrun | kYouki},  // crun 1.9
    {"debug", 0, nothing, Meaning::text, kGlobal, kAll},
    {"systemd-cgroup", 0, nothing, Meaning::text, kGlobal, kRuncCrun},
    {"systemd-cgroup", 's', nothing, Meaning::text, kGlobal, kYouki},
    {"systemd-log", 0, nothing, Meaning::text, kGlobal, kYouki},
    {"cgroup-manager", 0, value, Meaning::text, kGlobal, kCrun},
    {"criu", 0, value, Meaning::text, kGlobal, kRunc},  // up to runc 1.3
    {"version", 'v', nothing, Meaning::help, kGlobal, kAll},
    {"", 'V', nothing, Meaning::help, kGlobal, kCrun},
    {"help", 'h', nothing, Meaning::help, kEverywhere, kRunc | kYouki},
    {"help", '?', nothing, Meaning::help, kEverywhere, kCrun},
    {"usage", 0, nothing, Meaning::help, kEverywhere, kCrun},

    // ---- create, run, restore
    {"bundle", 'b', value, Meaning::bundle, kStart, kAll},
    {"config", 'f', value, Meaning::config_file, kNew, kCrun},
    {"no-pivot", 0, nothing, Meaning::text, kNew, kAll},
    {"no-pivot", 0, nothing, Meaning::text, kRestore, kRunc},
    {"no-new-keyring", 0, nothing, Meaning::text, kNew, kAll},
    {"no-subreaper", 0, nothing, Meaning::text, kNew, kCrun},
    {"no-subreaper", 0, nothing, Meaning::text, kRun, kRunc | kYouki},
    {"no-subreaper", 0, nothing, Meaning::text, kRestore, kRunc},
    {"keep", 0, nothing, Meaning::text, kRun, kAll},
    {"image-path", 0, value, Meaning::image, kRestore, kRuncCrun},
    {"work-path", 0, value, Meaning::image, kRestore, kRuncCrun},
    {"tcp-established", 0, nothing, Meaning::text, kRestore, kRuncCrun},
    {"tcp-close", 0, nothing, Meaning::text, kRestore, kCrun},
    {"ext-unix-sk", 0, nothing, Meaning::text, kRestore, kRuncCrun},
    {"shell-job", 0, nothing, Meaning::text, kRestore, kRuncCrun},
    {"file-locks", 0, nothing, Meaning::text, kRestore, kRuncCrun},
    {"manage-cgroups-mode", 0, value, Meaning::text, kRestore, kRuncCrun},
    {"empty-ns", 0, value, Meaning::text, kRestore, kRunc, true},
    {"auto-dedup", 0, nothing, Meaning::text, kRestore, kRunc},
    {"lazy-pages", 0, nothing, Meaning::text, kRestore, kRunc},
    {"lsm-profile", 0, value, Meaning::text, kRestore, kRuncCrun},
    {"lsm-mount-context", 0, value, Meaning::text, kRestore, kRuncCrun},

    // ---- exec
    {"process", 'p', value, Meaning::process_file, kExec, kAll},
    {"apparmor", 0, value, Meaning::apparmor, kExec, kAll},
    {"cap", 'c', value, Meaning::capability, kExec, kRuncCrun, true},
    {"cap", 0, value, Meaning::capability, kExec, kYouki, true},
    {"no-new-privs", 0, nothing, Meaning::no_new_privs, kExec, kAll},
    {"user", 'u', value, Meaning::user, kExec, kAll},
    {"additional-gids", 'g', value, Meaning::number, kExec, kRunc | kYouki, true},
    {"cwd", 0, value, Meaning::text, kExec, kAll},
    {"env", 'e', value, Meaning::text, kExec, kAll, true},
    {"tty", 't', nothing, Meaning::text, kExec, kRunc | kYouki},
    {"tty", 't', glued_value, Meaning::text, kExec, kCrun},
    {"process-label", 0, value, Meaning::text, kExec, kAll},
    {"cgroup", 0, value, Meaning::text, kExec, kRunc, true},
    {"cgroup", 0, value, Meaning::text, kExec, kCrun | kYouki},
    {"ignore-paused", 0, nothing, Meaning::text, kExec, kRunc | kYouki},

    // ---- several of them
    {"detach", 'd', nothing, Meaning::text, kRun | kExec, kAll},
    {"detach", 'd', nothing, Meaning::text, kRestore, kRuncCrun},
    {"pid-file", 0, value, Meaning::pid_file, kStart | kExec, kRuncCrun},
    {"pid-file", 'p', value, Meaning::pid_file, kNew, kYouki},
    {"pid-file", 0, value, Meaning::pid_file, kExec, kYouki},
    {"console-socket", 0, value, Meaning::socket, kStart | kExec, kRuncCrun},
    {"console-socket", 'c', value, Meaning::socket, kNew, kYouki},
    {"console-socket", 0, value, Meaning::socket, kExec, kYouki},
    {"pidfd-socket", 0, value, Meaning::socket, kNew | kExec, kRunc},  // runc 1.2
    {"preserve-fds", 0, value, Meaning::preserve_fds, kNew | kExec, kAll},
};

constexpr Grammar kOther{.switches_take_booleans = true, .options_behind_the_id = true};
constexpr Grammar kGo{
    .names_with_one_dash = true, .equals_ends_a_letter = true, .switches_take_booleans = true};
constexpr Grammar kArgp{.letters_in_a_row = true};
constexpr Grammar kClap{.letters_in_a_row = true,
                        .equals_ends_a_letter = true,
                        .options_behind_the_id = true,
                        .options_in_front_of_the_program = true};

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

Family family_of(std::string_view name) {
  if (name == "runc") return Family::runc;
  if (name == "crun") return Family::crun;
  return name == "youki" ? Family::youki : Family::other;
}

std::string_view name_of(Family family) {
  switch (family) {
    case Family::other: return "this runtime";
    case Family::runc: return "runc";
    case Family::crun: return "crun";
    case Family::youki: return "youki";
  }
  return "this runtime";
}

std::span<const Option> all_options() { return kOptions; }

bool is_in_scope(const Option& option, const Scope& scope) {
  const bool of_family =
      scope.family == Family::other || (option.families & bit(scope.family)) != 0;
  return of_family && (option.places & bit(scope.place)) != 0;
}

const Option* find_option(const Scope& scope, std::string_view name) {
  if (name.empty()) return nullptr;
  const auto found = std::ranges::find_if(kOptions, [&](const Option& option) {
    return option.name == name && is_in_scope(option, scope);
  });
  return found == std::end(kOptions) ? nullptr : found;
}

const Option* find_option(const Scope& scope, char letter) {
  if (letter == 0) return nullptr;
  const auto found = std::ranges::find_if(kOptions, [&](const Option& option) {
    return option.letter == letter && is_in_scope(option, scope);
  });
  return found == std::end(kOptions) ? nullptr : found;
}

const Option* find_beginning(const Scope& scope, std::string_view beginning) {
  const Option* found = nullptr;
  if (beginning.empty()) return found;
  for (const Option& option : kOptions) {
    if (!option.name.starts_with(beginning) || !is_in_scope(option, scope)) continue;
    if (found != nullptr && found->name != option.name) return nullptr;
    found = &option;
  }
  return found;
}

const Grammar& grammar_of(Family family) {
  switch (family) {
    case Family::other: return kOther;
    case Family::runc: return kGo;
    case Family::crun: return kArgp;
    case Family::youki: return kClap;
  }
  return kOther;
}

}  // namespace bulkhead::shim
