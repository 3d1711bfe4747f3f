// `bulkhead apparmor list`.
#include <algorithm>
#include <map>

#include "audit/records/record.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "cli/names/containers.h"
#include "cli/profiles/apparmor_command.h"
#include "cli/profiles/node_apparmor.h"
#include "cli/screen/layout.h"
#include "kernel/apparmor/apparmor_load.h"
#include "kernel/observe/apparmor_tasks.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ErrorCode;
using base::ExitCode;
using base::quoted;
using base::Result;
using kernel::Freshness;
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
  const auto places = apparmor_places_of(environment);
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

}  // namespace bulkhead::cli
