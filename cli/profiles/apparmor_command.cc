// `bulkhead apparmor load`, `complain`, `enforce` and `default`.
#include "cli/profiles/apparmor_command.h"

#include <algorithm>

#include "base/text.h"
#include "cli/profiles/node_apparmor.h"
#include "cli/screen/layout.h"
#include "kernel/apparmor/apparmor_load.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ExitCode;
using base::quoted;
using base::Result;
using kernel::LoadedProfile;
using policy::name_of;

void write_loaded(const std::vector<LoadedProfile>& loaded, std::string_view from, Output& output) {
  for (const LoadedProfile& profile : loaded) {
    output.write(paragraph(
        cat(quoted(profile.name), " is loaded in ", name_of(profile.mode), " mode, from ", from)));
  }
}

}  // namespace

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
  const auto places = apparmor_places_of(environment);
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
  const auto places = apparmor_places_of(environment);
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
  const auto places = apparmor_places_of(environment);
  if (!places) return std::unexpected(places.error());
  environment.output.write(kernel::default_profile_text(*places));
  return ExitCode::ok;
}

}  // namespace bulkhead::cli
