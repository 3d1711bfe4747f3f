#include "cli/profiles/apparmor_command.h"

#include <algorithm>
#include <map>

#include "admission/examine.h"
#include "admission/load_apparmor.h"
#include "audit/records/record.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "cli/names/containers.h"
#include "cli/screen/layout.h"
#include "kernel/apparmor/apparmor_load.h"
#include "kernel/apparmor/apparmor_query.h"
#include "kernel/tasks/apparmor_tasks.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ErrorCode;
using base::ExitCode;
using base::quoted;
using base::Result;
using kernel::Freshness;
using kernel::LoadedProfile;
using policy::AppArmorMode;

using policy::name_of;

std::string_view name_of(Freshness freshness) {
  switch (freshness) {
    case Freshness::same: return "same";
    case Freshness::stale: return "stale";
    case Freshness::no_file: return "no file";
    case Freshness::unknown: return "?";
  }
  return "?";
}

// The places that the node's policy names.
Result<kernel::AppArmorPlaces> places_of(const Environment& environment) {
  const auto policy = admission::load_policy(environment.paths);
  if (!policy) return std::unexpected(policy.error());
  auto places = admission::apparmor_places(*policy, environment.paths);
  places.securityfs = environment.root + places.securityfs;
  return places;
}

// ---- list ---------------------------------------------------------------------------------------

struct ProfileRow {
  std::string name;
  AppArmorMode mode = AppArmorMode::enforce;
  std::size_t processes = 0;
  std::vector<std::string> containers;
  kernel::FreshnessAnswer file;
};

bool is_in_stack(std::string_view label, std::string_view name) {
  const auto members = policy::apparmor_stack_members(label);
  return std::ranges::find(members, name) != members.end();
}

struct Users {
  std::map<std::string, std::vector<pid_t>> processes;
  std::vector<audit::ContainerRecord> records;
};

void add_users(const Users& users, const std::string& proc_root, ProfileRow& row) {
  for (const auto& [label, processes] : users.processes) {
    if (is_in_stack(label, row.name)) row.processes += processes.size();
  }
  for (const audit::ContainerRecord& record : users.records) {
    if (!is_in_stack(record.apparmor, row.name) || audit::is_stale(record, proc_root)) continue;
    row.containers.push_back(short_id(record.identity.id));
  }
}

Result<std::vector<ProfileRow>> profile_rows(const Environment& environment,
                                             kernel::MayCompile may_compile) {
  const auto places = places_of(environment);
  if (!places) return std::unexpected(places.error());
  const auto facts = kernel::loaded_profiles(*places);
  if (!facts) return std::unexpected(facts.error());
  if (!facts->enabled) {
    return base::fail(ErrorCode::unsupported, "AppArmor is not enabled in this kernel",
                      "boot with AppArmor enabled (apparmor=1 security=apparmor)");
  }
  const std::string proc_root = environment.root + "/proc";
  Users users{.processes = kernel::confined_processes(proc_root), .records = {}};
  if (auto list = audit::read_records(environment.paths)) users.records = std::move(list->records);
  std::vector<ProfileRow> rows;
  for (const auto& [name, mode] : facts->loaded) {
    ProfileRow row{.name = name, .mode = mode};
    if (const auto loaded = kernel::find_loaded(name, *places)) {
      row.file = kernel::freshness_of(*loaded, *places, may_compile);
    }
    add_users(users, proc_root, row);
    rows.push_back(std::move(row));
  }
  return rows;
}

Style style_of(AppArmorMode mode) { return policy::confines(mode) ? Style::good : Style::warning; }

void write_list(const std::vector<ProfileRow>& rows, Output& output) {
  if (rows.empty()) return output.line("no profiles are loaded");
  Table table({"PROFILE", "MODE", "PROCESSES", "CONTAINERS", "FILE"});
  for (const ProfileRow& row : rows) {
    const bool stale = row.file.freshness == Freshness::stale;
    table.row({{quoted(row.name)},
               {std::string(name_of(row.mode)), style_of(row.mode)},
               {cat(row.processes)},
               {row.containers.empty() ? "-" : base::join(row.containers, " ")},
               {std::string(name_of(row.file.freshness)), stale ? Style::bad : Style::plain}});
  }
  output.write(table.text(output));
  for (const ProfileRow& row : rows) {
    if (row.file.freshness != Freshness::stale) continue;
    output.write(paragraph(kernel::stale_sentence({.name = row.name}, row.file.path).sentence()));
  }
}

std::string list_json(const std::vector<ProfileRow>& rows) {
  base::JsonWriter json;
  json.begin_object();
  json.begin_array("profiles");
  for (const ProfileRow& row : rows) {
    json.begin_object();
    json.member("name", row.name);
    json.member("mode", name_of(row.mode));
    json.member("processes", row.processes);
    json.strings("containers", row.containers);
    json.member("content", name_of(row.file.freshness));
    json.member("path", row.file.path);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.finish();
}

// ---- load, complain, enforce --------------------------------------------------------------------

void write_loaded(const std::vector<LoadedProfile>& loaded, std::string_view from, Output& output) {
  for (const LoadedProfile& profile : loaded) {
    output.write(paragraph(
        cat(quoted(profile.name), " is loaded in ", name_of(profile.mode), " mode, from ", from)));
  }
}

// ---- query --------------------------------------------------------------------------------------

std::string known_permissions() {
  std::vector<std::string> names;
  for (const kernel::FilePermission& permission : kernel::file_permissions()) {
    names.push_back(cat(permission.name, " (", permission.letter, ')'));
  }
  return base::join(names, ", ");
}

Result<std::vector<const kernel::FilePermission*>> permissions_named(
    const std::vector<std::string>& words) {
  std::vector<const kernel::FilePermission*> permissions;
  for (const std::string& word : words) {
    const auto* permission = kernel::file_permission_named(word);
    if (permission == nullptr) {
      return base::fail(ErrorCode::usage, cat(quoted(word), " is no permission of a file"),
                        cat("known are ", known_permissions()));
    }
    permissions.push_back(permission);
  }
  return permissions;
}

// Asked for a capability, a signal or a mount, the kernel answers, but not what holds.
std::unexpected<base::Error> not_a_path(const std::string& path) {
  return base::fail(ErrorCode::usage,
                    cat(quoted(path),
                        " is no absolute path, and only about files does the kernel "
                        "answer what holds: of capabilities it says allowed whatever "
                        "the profile says, and of ptrace, signal and mount rules it "
                        "knows too little to answer"),
                    "read the profile for these, or try it in a container");
}

}  // namespace

CommandHelp AppArmorListCommand::help() const {
  return {
      .name = "apparmor list",
      .summary = "the AppArmor profiles in the kernel, and who runs under them",
      .description =
          "Lists each profile that the kernel holds, with its mode, how many processes run under "
          "it, and which containers of `bulkhead ps` do. FILE says whether the node's file says "
          "the same as what was loaded: `same`; `stale`: it or one that it includes was changed "
          "since; `no file`: no file in a directory of profile_roots.apparmor defines it; `?`: it "
          "was never compiled here. --check compiles to find out.",
      .exit_codes = "0; 1 with --check when a profile is stale; 7 without AppArmor.",
      .examples = {"bulkhead apparmor list", "bulkhead apparmor list --check --json"},
  };
}

std::vector<Option> AppArmorListCommand::options() {
  return {{"--check", "", "compile files that were never compiled here", &check_},
          {"--json", "", "print one JSON object", &json_}};
}

Result<ExitCode> AppArmorListCommand::run(Environment& environment) {
  const auto rows =
      profile_rows(environment, check_ ? kernel::MayCompile::once : kernel::MayCompile::never);
  if (!rows) return std::unexpected(rows.error());
  if (json_)
    environment.output.write(list_json(*rows));
  else
    write_list(*rows, environment.output);
  const bool stale = std::ranges::any_of(
      *rows, [](const ProfileRow& row) { return row.file.freshness == Freshness::stale; });
  return check_ && stale ? ExitCode::different : ExitCode::ok;
}

CommandHelp AppArmorLoadCommand::help() const {
  return {
      .name = "apparmor load",
      .summary = "load AppArmor profiles from files",
      .description =
          "Compiles each FILE, or takes what it compiled to before, and puts it into the kernel in "
          "place of what is there. Running containers get the new rules at once. A file that does "
          "not compile changes nothing. Containers do not need this: their profiles are loaded "
          "when they start.",
      .exit_codes = "4 when a file does not compile; 7 without AppArmor or apparmor_parser.",
      .examples = {"bulkhead apparmor load /etc/apparmor.d/k8s-my-app"},
  };
}

std::vector<Option> AppArmorLoadCommand::options() {
  return {{"FILE", "", "a file with AppArmor profiles", &files_, true}};
}

Result<ExitCode> AppArmorLoadCommand::run(Environment& environment) {
  const auto places = places_of(environment);
  if (!places) return std::unexpected(places.error());
  for (const std::string& file : files_) {
    const auto loaded = kernel::load_file({.path = file}, *places);
    if (!loaded) return std::unexpected(loaded.error());
    write_loaded(*loaded, quoted(file), environment.output);
  }
  return ExitCode::ok;
}

CommandHelp AppArmorModeCommand::help() const {
  if (complain_) {
    return {
        .name = "apparmor complain",
        .summary = "let an AppArmor profile only complain, to try it",
        .description =
            "Loads the file that defines NAME again in complain mode: what its rules do not allow "
            "is recorded and happens, but what a `deny` rule denies stays denied, silently. It "
            "holds for running containers at once, and until the file is loaded again; the file is "
            "not changed. New containers are refused while it only complains, unless "
            "apparmor.complain says \"keep\".",
        .exit_codes = "",
        .examples = {"bulkhead apparmor complain k8s-my-app"},
    };
  }
  return {
      .name = "apparmor enforce",
      .summary = "enforce an AppArmor profile",
      .description =
          "Loads the file that defines NAME again as it is written, which ends complain mode for "
          "running containers at once. When the file itself has the flag complain, that is said "
          "and nothing is claimed.",
      .exit_codes = "1 when the file itself keeps the profile from being enforced.",
      .examples = {"bulkhead apparmor enforce k8s-my-app"},
  };
}

std::vector<Option> AppArmorModeCommand::options() {
  return {{"NAME", "", "the profile's name in the kernel", &name_, true}};
}

Result<ExitCode> AppArmorModeCommand::run(Environment& environment) {
  const auto places = places_of(environment);
  if (!places) return std::unexpected(places.error());
  const auto loaded = kernel::reload_profile(name_, complain_, *places);
  if (!loaded) return std::unexpected(loaded.error());
  write_loaded(*loaded, "the file that defines it", environment.output);
  if (complain_) return ExitCode::ok;
  const bool enforced = std::ranges::none_of(
      *loaded, [](const LoadedProfile& profile) { return !policy::confines(profile.mode); });
  if (enforced) return ExitCode::ok;
  environment.output.write(
      paragraph("not enforced: the file's own flags say otherwise; take them out of it"));
  return ExitCode::different;
}

CommandHelp AppArmorQueryCommand::help() const {
  return {
      .name = "apparmor query",
      .summary = "what an AppArmor profile lets a container do with a path",
      .description =
          "Asks the kernel what the loaded profile NAME decides for each PERM on PATH, as the "
          "container names it: read (r), write (w), append (a), exec (x), mmap (m), lock (k), "
          "create (c), delete (d). Only files are asked about: for other rules the kernel's answer "
          "cannot be trusted. A profile in complain mode is answered for as if it were enforced.",
      .exit_codes = "0 when everything is allowed; 1 when something is denied.",
      .examples = {"bulkhead apparmor query k8s-my-app /etc/passwd read write"},
  };
}

std::vector<Option> AppArmorQueryCommand::options() {
  return {{"NAME", "", "the profile's name in the kernel", &name_, true},
          {"PATH", "", "an absolute path", &path_, true},
          {"PERM", "", "a permission, by name or letter", &permissions_, true}};
}

Result<ExitCode> AppArmorQueryCommand::run(Environment& environment) {
  const auto permissions = permissions_named(permissions_);
  if (!path_.starts_with('/')) return not_a_path(path_);
  if (!permissions) return std::unexpected(permissions.error());
  const auto places = places_of(environment);
  if (!places) return std::unexpected(places.error());
  bool all = true;
  Table table({"PERM", "DECISION", "RECORD"});
  for (const auto* permission : *permissions) {
    const auto answer = kernel::query_file(name_, path_, *permission);
    if (!answer) return std::unexpected(answer.error());
    all = all && answer->allowed;
    table.row({{std::string(permission->name)},
               {answer->allowed ? "allowed" : "denied", answer->allowed ? Style::good : Style::bad},
               {answer->audited ? "yes" : "no"}});
  }
  environment.output.write(table.text(environment.output));
  const auto loaded = kernel::find_loaded(name_, *places);
  if (loaded && loaded->mode == AppArmorMode::complain) {
    environment.output.write(
        paragraph(cat(quoted(name_),
                      " is in complain mode: what is denied above happens, unless a `deny` "
                      "rule names it")));
  }
  return all ? ExitCode::ok : ExitCode::different;
}

CommandHelp AppArmorDefaultCommand::help() const {
  return {
      .name = "apparmor default",
      .summary = "print the fallback AppArmor profile",
      .description =
          "Prints bulkhead-default, the profile of a container that asks for none, in the dialect "
          "of this node's parser. It is loaded when it is needed; a file of that name in a "
          "directory of profile_roots.apparmor takes its place.",
      .exit_codes = "",
      .examples = {"bulkhead apparmor default > /etc/apparmor.d/bulkhead-default"},
  };
}

std::vector<Option> AppArmorDefaultCommand::options() { return {}; }

Result<ExitCode> AppArmorDefaultCommand::run(Environment& environment) {
  const auto places = places_of(environment);
  if (!places) return std::unexpected(places.error());
  environment.output.write(kernel::default_profile_text(*places));
  return ExitCode::ok;
}

}  // namespace bulkhead::cli
