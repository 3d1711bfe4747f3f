#include "cli/denials/written_profile.h"

#include <fcntl.h>

#include <filesystem>
#include <utility>

#include "admission/examine.h"
#include "audit/denials/denial_cause.h"
#include "audit/records/record.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/denials/allowing_edit.h"
#include "cli/denials/write_target.h"
#include "cli/denials/written_apparmor.h"
#include "cli/frame/result_file.h"
#include "cli/profiles/profile_file.h"
#include "cli/screen/layout.h"
#include "cli/screen/readable_diff.h"
#include "policy/fallback/runtime_default.h"
#include "policy/values/profile_ref.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;
using policy::ProfileKind;

constexpr std::string_view kNameIt =
    "name the file of the profile that was in force with --profile";

// ---- the profile as its owner wrote it ----------------------------------------------------------

Result<InForce> read_below(const std::vector<std::string>& roots, const std::string& name) {
  for (const std::string& root : roots) {
    const std::string path = cat(root, '/', name);
    if (base::file_exists_at(AT_FDCWD, path)) return read_profile(path);
  }
  return base::fail(
      ErrorCode::usage,
      cat("the profile localhost/", name, " is in none of ", base::join(roots, ", "), " any more"),
      std::string(kNameIt));
}

// What an engine put into config.json has no file of its own; the bundle has it while it is there.
Result<InForce> read_of_bundle(const Suggestion& suggestion, Environment& environment) {
  const auto facts = node_facts(environment.root);
  if (!facts) return std::unexpected(facts.error());
  const auto list = audit::read_records(environment.paths);
  if (!list) return std::unexpected(list.error());
  for (const audit::ContainerRecord& record : list->records) {
    if (record.identity.id != suggestion.identity.id) continue;
    const auto profile = audit::profile_of(record.bundle, record.seccomp, *facts);
    if (profile) return InForce{oci_config::to_pretty_json(*profile), {}};
  }
  return base::fail(
      ErrorCode::usage,
      cat("the filter of ", suggestion.container, " came from its engine, and its bundle is gone"),
      std::string(kNameIt));
}

Result<InForce> profile_in_force(const Suggestion& suggestion, const WriteRequest& request,
                                 Environment& environment) {
  if (!request.profile.empty()) return read_profile(request.profile);
  const auto source = policy::ProfileRef::parse_seccomp(suggestion.seccomp);
  const ProfileKind kind = source ? source->kind() : ProfileKind::inline_config;
  if (kind == ProfileKind::runtime_default) {
    return InForce{std::string(policy::runtime_default_json()), {}};
  }
  if (kind != ProfileKind::localhost) return read_of_bundle(suggestion, environment);
  const auto policy = admission::load_policy(environment.paths);
  if (!policy) return std::unexpected(policy.error());
  return read_below(policy->seccomp_roots.value, source->name());
}

Result<std::string> allowed_in(const std::string& text, const Suggestion& suggestion) {
  const auto document = oci_config::JsonDocument::parse(
      text, {.described = "the profile in force", .max_bytes = oci_config::kMaxProfileBytes});
  if (!document) return std::unexpected(document.error());
  const auto profile = oci_config::read_seccomp_profile(document->root());
  if (!profile) return std::unexpected(profile.error());
  return oci_config::apply(*document,
                           allowing_edit(*profile, {.syscalls = suggestion.syscalls,
                                                    .architectures = suggestion.architectures}));
}

// ---- what it opens, and what puts it in force ---------------------------------------------------

void tell_what_it_opens(const Suggestion& suggestion, Output& output) {
  for (const std::string& arch : suggestion.architectures) {
    output.write(paragraph(
        cat("It opens: the calls of ", arch, " programs, by the same rules as the others")));
  }
  bool harmless = true;
  for (const std::string& call : suggestion.syscalls) {
    const auto caution = suggestion.cautions.find(call);
    if (caution == suggestion.cautions.end()) continue;
    harmless = false;
    output.write(paragraph(cat("It opens: ", call, ": ", caution->second)));
  }
  if (harmless && !suggestion.syscalls.empty()) {
    output.write(paragraph("It opens: no call that is known from container escapes"));
  }
}

// The file's name below a root of localhost profiles; empty where it is below none.
std::string localhost_name(const std::string& path, const std::vector<std::string>& roots) {
  for (const std::string& root : roots) {
    if (path.starts_with(cat(root, '/'))) return path.substr(root.size() + 1);
  }
  return {};
}

void write_rule(const policy::Identity& who, const std::string& name, Output& output) {
  output.line("A rule of the policy that puts it in force:");
  std::vector<std::string> match;
  if (!who.namespace_.empty()) {
    match.push_back(cat("\"namespace\": ", base::json_string(who.namespace_)));
  }
  if (!who.container.empty()) {
    match.push_back(cat("\"container\": ", base::json_string(who.container)));
  }
  output.line(cat("  {\"name\": ", base::json_string(name), ", \"match\": {",
                  base::join(match, ", "), "},"));
  output.line(
      cat("   \"seccomp\": {\"profile\": ", base::json_string(cat("localhost/", name)), "}}"));
}

void write_pod_lines(const std::string& name, Output& output) {
  output.line("Or the lines of its pod:");
  output.line("  securityContext:");
  output.line(cat(
      "    seccompProfile: {type: Localhost, localhostProfile: ", base::json_string(name), "}"));
}

// A rule that matched none of its names would be one for every container of the node.
void tell_unnamed(const policy::Identity& who, const std::string& path, Output& output) {
  const bool has_option =
      who.engine == policy::Engine::docker || who.engine == policy::Engine::podman;
  output.write(paragraph(
      has_option ? cat("To put it in force: start the container with --security-opt seccomp=", path)
                 : cat("To put it in force: name ", path,
                       " where whoever starts the container takes a seccomp profile")));
}

void tell_how_to_use(const Suggestion& suggestion, const std::string& file,
                     const Environment& environment) {
  Output& output = environment.output;
  const std::string path = std::filesystem::absolute(file).lexically_normal().string();
  const policy::Identity& who = suggestion.identity;
  if (who.namespace_.empty() && who.container.empty()) return tell_unnamed(who, path, output);
  const auto policy = admission::load_policy(environment.paths);
  const std::vector<std::string> roots =
      policy ? policy->seccomp_roots.value : std::vector<std::string>();
  std::string name = localhost_name(path, roots);
  if (name.empty()) {
    name = path.substr(path.rfind('/') + 1);
    const std::string root = roots.empty() ? "/etc/bulkhead/seccomp" : roots.front();
    output.write(paragraph(
        cat("To put it in force: lay it below a root of profiles, as ", root, '/', name)));
  }
  write_rule(who, name, output);
  if (!who.pod.empty()) write_pod_lines(name, output);
}

}  // namespace

Result<void> write_profile(const Suggestion& suggestion, const WriteRequest& request,
                           Environment& environment) {
  if (is_for_apparmor(suggestion, request)) return write_apparmor(suggestion, request, environment);
  if (suggestion.syscalls.empty() && suggestion.architectures.empty()) {
    return base::fail(ErrorCode::usage, cat("there is nothing to allow for ", suggestion.container),
                      "`--suggest` alone says what was left out, and why");
  }
  const auto before = profile_in_force(suggestion, request, environment);
  if (!before) return std::unexpected(before.error());
  const auto after = allowed_in(before->text, suggestion);
  if (!after) return std::unexpected(after.error());
  if (auto may = check_target(request.file, *before, *after); !may) return may;
  if (auto written = write_result(request.file, *after, environment); !written) return written;
  Output& output = environment.output;
  output.write(before->text == *after ? std::string("nothing to change\n")
                                      : readable_diff(before->text, *after, request.file));
  tell_what_it_opens(suggestion, output);
  tell_how_to_use(suggestion, request.file, environment);
  if (suggestion.apparmor.empty()) return {};
  output.write(paragraph("AppArmor denied something, too: name the profile's file with --write"));
  return {};
}

}  // namespace bulkhead::cli
