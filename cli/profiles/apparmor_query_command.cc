// `bulkhead apparmor query`.
#include <algorithm>

#include "base/json_writer.h"
#include "base/text.h"
#include "cli/names/containers.h"
#include "cli/profiles/apparmor_command.h"
#include "cli/profiles/node_apparmor.h"
#include "cli/screen/layout.h"
#include "kernel/apparmor/apparmor_loaded.h"
#include "kernel/apparmor/apparmor_query.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ErrorCode;
using base::ExitCode;
using base::quoted;
using base::Result;
using policy::AppArmorMode;

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

struct Answered {
  std::string_view permission;
  bool allowed = false;
  bool audited = false;
};

struct Answers {
  const std::string& profile;
  const std::string& path;
  bool complains = false;
  const std::vector<Answered>& permissions;
};

Result<std::vector<Answered>> ask(const std::string& profile, const std::string& path,
                                  const std::vector<const kernel::FilePermission*>& permissions) {
  std::vector<Answered> answers;
  for (const auto* permission : permissions) {
    const auto answer = kernel::query_file(profile, path, *permission);
    if (!answer) return std::unexpected(answer.error());
    answers.push_back({permission->name, answer->allowed, answer->audited});
  }
  return answers;
}

base::Error with_nearest(base::Error error, const std::string& profile,
                         const kernel::AppArmorPlaces& places) {
  const auto facts = kernel::loaded_profiles(places);
  if (!facts || facts->loaded.contains(profile)) return error;
  std::vector<std::string> names;
  for (const auto& [name, mode] : facts->loaded) names.push_back(name);
  error.message += did_you_mean(profile, names);
  return error;
}

void write_text(const Answers& answers, Output& output) {
  Table table({"PERM", "DECISION", "RECORD"});
  for (const Answered& one : answers.permissions) {
    table.row({{std::string(one.permission)},
               {one.allowed ? "allowed" : "denied", one.allowed ? Style::good : Style::bad},
               {one.audited ? "yes" : "no"}});
  }
  output.write(table.text(output));
  if (!answers.complains) return;
  output.write(paragraph(cat(quoted(answers.profile),
                             " is in complain mode: what is denied above happens, unless a `deny` "
                             "rule names it")));
}

void write_json(const Answers& answers, Output& output) {
  base::JsonWriter json;
  json.begin_object();
  json.member("profile", answers.profile);
  json.member("path", answers.path);
  json.member("complain", answers.complains);
  json.begin_array("permissions");
  for (const Answered& one : answers.permissions) {
    json.begin_object();
    json.member("name", one.permission);
    json.member("allowed", one.allowed);
    json.member("audited", one.audited);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  output.write(json.finish());
}

}  // namespace

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
          {"PERM", "", "a permission, by name or letter", &permissions_, true},
          {"--json", "", "print one JSON object", &json_}};
}

Result<ExitCode> AppArmorQueryCommand::run(Environment& environment) {
  const auto permissions = permissions_named(permissions_);
  if (!path_.starts_with('/')) return not_a_path(path_);
  if (!permissions) return std::unexpected(permissions.error());
  const auto places = apparmor_places_of(environment);
  if (!places) return std::unexpected(places.error());
  const auto answered = ask(name_, path_, *permissions);
  if (!answered) return std::unexpected(with_nearest(answered.error(), name_, *places));
  const auto loaded = kernel::find_loaded(name_, *places);
  const Answers answers{name_, path_, loaded && loaded->mode == AppArmorMode::complain, *answered};
  json_ ? write_json(answers, environment.output) : write_text(answers, environment.output);
  const bool all = std::ranges::all_of(*answered, [](const Answered& one) { return one.allowed; });
  return all ? ExitCode::ok : ExitCode::different;
}

}  // namespace bulkhead::cli
