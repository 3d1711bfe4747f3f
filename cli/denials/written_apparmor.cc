#include "cli/denials/written_apparmor.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/text.h"
#include "cli/denials/apparmor_edit.h"
#include "cli/denials/write_target.h"
#include "cli/frame/result_file.h"
#include "cli/profiles/node_apparmor.h"
#include "cli/screen/layout.h"
#include "cli/screen/readable_diff.h"
#include "kernel/apparmor/apparmor_load.h"
#include "kernel/apparmor/apparmor_parser.h"
#include "kernel/apparmor/apparmor_source.h"
#include "policy/advice/apparmor_text.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;
using kernel::AppArmorPlaces;

// ---- which file it is ---------------------------------------------------------------------------

// A child or hat is defined in the file of the profile that it belongs to.
std::string file_s_profile(const std::string& name) { return name.substr(0, name.find("//")); }

std::vector<std::string> all_rules(const Suggestion& suggestion) {
  std::vector<std::string> rules;
  for (const auto& [profile, lines] : suggestion.apparmor_of) {
    rules.insert(rules.end(), lines.begin(), lines.end());
  }
  return rules;
}

std::unexpected<base::Error> no_file(const std::string& name, const Suggestion& suggestion,
                                     const AppArmorPlaces& places) {
  return base::fail(
      ErrorCode::usage,
      cat("no file in ", base::join(places.roots, " or "), " defines the AppArmor profile ",
          base::quoted(name),
          ": whoever loads it (an engine does so with its own default) has its text"),
      cat("load a profile of another name that has these rules, too, and ask for that one: ",
          base::join(all_rules(suggestion), " "), " Or name its file with --profile"));
}

Result<std::optional<InForce>> source_of(const std::string& name, const AppArmorPlaces& places) {
  auto source = kernel::look_for_profile_source(name, places);
  if (!source) return std::unexpected(std::move(source.error()));
  if (*source) return InForce{(*source)->text, (*source)->path};
  if (name == policy::kDefaultProfileName) return InForce{kernel::default_profile_text(places), {}};
  return std::nullopt;
}

// FILE itself where it is one of them; else the only one.
Result<InForce> one_of(const std::vector<InForce>& sources, const std::string& file) {
  for (const InForce& source : sources) {
    if (sources.size() == 1 || is_same_file(file, source.path)) return source;
  }
  std::vector<std::string> paths;
  for (const InForce& source : sources) paths.push_back(source.path);
  return base::fail(ErrorCode::usage, "the denials are of several AppArmor profiles",
                    cat("write one after the other: ", base::join(paths, ", ")));
}

Result<InForce> profile_in_force(const Suggestion& suggestion, const WriteRequest& request,
                                 const AppArmorPlaces& places) {
  if (!request.profile.empty()) return read_profile(request.profile);
  std::vector<InForce> sources;
  for (const auto& [profile, rules] : suggestion.apparmor_of) {
    const std::string name = file_s_profile(profile);
    auto source = source_of(name, places);
    if (!source) return std::unexpected(std::move(source.error()));
    if (!*source) return no_file(name, suggestion, places);
    const auto known = std::ranges::find(sources, (*source)->path, &InForce::path);
    if (known == sources.end()) sources.push_back(**std::move(source));
  }
  return one_of(sources, request.file);
}

// ---- the change ---------------------------------------------------------------------------------

struct Change {
  std::string text;
  std::vector<std::string> elsewhere;   // profiles that the file does not define
  std::vector<std::string> deny_lines;  // "12"
};

void add_rules(const std::string& name, const std::vector<std::string>& rules, Change& change) {
  const auto headers = policy::profiles_defined_in(change.text);
  const auto* header = profile_named(name, headers);
  if (header == nullptr) return change.elsewhere.push_back(name);
  for (const unsigned line : deny_lines(change.text, *header)) {
    change.deny_lines.push_back(cat(line));
  }
  change.text = with_rules(change.text, *header, rules);
}

Result<Change> change_of(const InForce& before, const Suggestion& suggestion) {
  Change change{.text = before.text, .elsewhere = {}, .deny_lines = {}};
  for (const auto& [name, rules] : suggestion.apparmor_of) add_rules(name, rules, change);
  if (change.elsewhere.size() < suggestion.apparmor_of.size()) return change;
  return base::fail(ErrorCode::usage,
                    cat(base::quoted(before.path), " defines no AppArmor profile ",
                        base::quoted(base::join(change.elsewhere, ", "))));
}

// ---- what it opens, and what puts it in force ---------------------------------------------------

void tell_what_it_opens(const Suggestion& suggestion, const Change& change, Output& output) {
  for (const std::string& rule : all_rules(suggestion)) {
    const auto caution = suggestion.cautions.find(rule);
    if (caution == suggestion.cautions.end()) continue;
    output.write(paragraph(cat("It opens: ", rule, ' ', caution->second)));
  }
  if (!change.deny_lines.empty()) {
    output.write(paragraph(cat(
        "What the profile says with `deny` stays denied, whatever allows it: ",
        change.deny_lines.size() == 1 ? "line " : "lines ", base::join(change.deny_lines, ", "))));
  }
  for (const std::string& name : change.elsewhere) {
    output.write(paragraph(cat("Not in this file: the AppArmor profile ", base::quoted(name))));
  }
}

void tell_how_to_use(const InForce& before, const WriteRequest& request,
                     const AppArmorPlaces& places, Output& output) {
  const std::string written = std::filesystem::absolute(request.file).lexically_normal().string();
  const std::string own = cat(places.base, '/', policy::kDefaultProfileName);
  const std::string home = before.path.empty() ? own : before.path;
  const bool is_home = is_same_file(written, home);
  output.write(paragraph(cat(
      "To put it in force: ", is_home ? std::string() : cat("lay it there as ", home, ", then "),
      "bulkhead apparmor load ", home, ". Containers that run under it have it at once.")));
}

Result<void> check_syntax(const WriteRequest& request, const std::string& text,
                          const AppArmorPlaces& places, Output& output) {
  if (kernel::find_parser(places).empty()) {
    output.line("Nobody has read its syntax: apparmor_parser is not installed.");
    return {};
  }
  const auto compiled =
      kernel::compile_apparmor({.name = {}, .path = request.file, .text = text}, places);
  return compiled ? Result<void>() : std::unexpected(compiled.error());
}

bool holds_json(const std::string& path) {
  const auto file = read_profile(path);
  if (!file) return false;
  const std::size_t first = file->text.find_first_not_of(" \t\r\n");
  return first != std::string::npos && file->text[first] == '{';
}

}  // namespace

bool is_for_apparmor(const Suggestion& suggestion, const WriteRequest& request) {
  if (suggestion.apparmor_of.empty()) return false;
  if (suggestion.syscalls.empty() && suggestion.architectures.empty()) return true;
  const std::string& named = request.profile.empty() ? request.file : request.profile;
  return std::filesystem::exists(named) && !holds_json(named);
}

Result<void> write_apparmor(const Suggestion& suggestion, const WriteRequest& request,
                            Environment& environment) {
  const auto places = apparmor_places_of(environment);
  if (!places) return std::unexpected(places.error());
  const auto before = profile_in_force(suggestion, request, *places);
  if (!before) return std::unexpected(before.error());
  const auto change = change_of(*before, suggestion);
  if (!change) return std::unexpected(change.error());
  if (auto may = check_target(request.file, *before, change->text); !may) return may;
  Output& output = environment.output;
  if (auto read = check_syntax(request, change->text, *places, output); !read) return read;
  if (auto written = write_result(request.file, change->text, environment); !written) {
    return written;
  }
  output.write(before->text == change->text ? std::string("nothing to change\n")
                                            : exact_diff(before->text, change->text, request.file));
  tell_what_it_opens(suggestion, *change, output);
  tell_how_to_use(*before, request, *places, output);
  return {};
}

}  // namespace bulkhead::cli
