#include "cli/filters/filter_source.h"

#include <sys/stat.h>

#include "audit/records/record.h"
#include "base/text.h"
#include "cli/frame/input.h"
#include "cli/names/containers.h"
#include "cli/profiles/profile_file.h"
#include "kernel/filters/seccomp_compiler.h"
#include "kernel/observe/observe.h"
#include "oci-config/bundle.h"
#include "policy/checks/expand.h"
#include "policy/checks/profile_checks.h"
#include "policy/fallback/runtime_default.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::Result;

enum class PathKind : std::uint8_t { nothing, directory, file };

PathKind kind_of_path(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return PathKind::nothing;
  return S_ISDIR(status.st_mode) ? PathKind::directory : PathKind::file;
}

policy::ExpandFor expansion(const SourceContext& context, oci_config::CapabilityMask capabilities) {
  return {
      .capabilities = capabilities, .native = context.facts.native, .kernel = context.facts.kernel};
}

Result<FilterSource> of_process(pid_t pid, const std::string& title, const SourceContext& context) {
  const std::string proc_root = context.environment.root + "/proc";
  if (const auto can = kernel::check_can_dump_filters(proc_root); !can) {
    return std::unexpected(can.error());
  }
  auto observed = kernel::observe_running(pid, {.apparmor = false, .proc_root = proc_root});
  if (!observed) return std::unexpected(std::move(observed.error()));
  return FilterSource{.title = title, .programs = std::move(observed->filters)};
}

std::vector<policy::Finding> findings_of_rules(const oci_config::SeccompProfile& expanded,
                                               const SourceContext& context) {
  auto findings = policy::check_profile(
      {.profile = expanded, .facts = context.facts, .no_new_privileges = true});
  std::erase_if(findings, [](const policy::Finding& finding) {
    return !finding.pointer.contains("/syscalls/");
  });
  return findings;
}

Result<FilterSource> of_bundle(const std::string& bundle, const SourceContext& context) {
  const auto opened = oci_config::open_config(bundle);
  if (!opened) return std::unexpected(opened.error());
  auto spec = oci_config::read_runtime_spec(opened->document);
  if (!spec) return std::unexpected(std::move(spec.error()));
  FilterSource source{.title = cat("linux.seccomp of ", opened->path)};
  if (spec->seccomp) {
    const auto capabilities = spec->process && spec->process->capabilities
                                  ? spec->process->capabilities->bounding
                                  : context.capabilities;
    source.profile = policy::expand(*spec->seccomp, expansion(context, capabilities));
    source.findings = findings_of_rules(*source.profile, context);
  }
  return source;
}

Result<FilterSource> of_file(const std::string& path, const SourceContext& context) {
  const auto file = read_profile_file(path);
  if (!file) return std::unexpected(file.error());
  FilterSource source{.title = cat("profile ", file->path)};
  source.profile = policy::expand(file->profile, expansion(context, context.capabilities));
  source.findings = findings_of_rules(*source.profile, context);
  return source;
}

Result<FilterSource> of_container(const std::string& name, const SourceContext& context) {
  const auto list = audit::read_records(context.environment.paths);
  if (!list) return std::unexpected(list.error());
  const auto names = audit::EngineNames::read(context.environment.root, list->records);
  auto record = find_container(list->records, name, names);
  if (!record) {
    record.error().message =
        cat(base::quoted(name), " is neither a file nor a container of Bulkhead's",
            did_you_mean(name, list->records, names));
    record.error().remedy =
        "name a profile's file, a bundle, a process number, runtime/default, or one of `bulkhead "
        "ps`";
    return std::unexpected(record.error());
  }
  return of_process(record->pid, cat("container ", short_id(record->identity.id)), context);
}

policy::FilterProgram allow_everything() {
  constexpr std::uint16_t kReturnConstant = 0x06;  // BPF_RET | BPF_K
  constexpr std::uint32_t kAllow = 0x7fff0000;     // SECCOMP_RET_ALLOW
  return {{.code = kReturnConstant, .k = kAllow}};
}

}  // namespace

Result<FilterSource> open_filter_source(const std::string& name, const SourceContext& context) {
  if (name == "runtime/default") {
    return FilterSource{
        .title = name,
        .profile = policy::runtime_default_for(expansion(context, context.capabilities))};
  }
  if (name == "unconfined") return FilterSource{.title = name};
  if (name == kStandardInput) return of_file(name, context);
  if (const auto pid = base::parse_decimal(name)) {
    const auto number = static_cast<pid_t>(std::min<std::uint64_t>(*pid, 1 << 22));
    const std::string proc_root = context.environment.root + "/proc";
    return of_process(number, cat("process ", *pid, " (", command_of(number, proc_root), ')'),
                      context);
  }
  switch (kind_of_path(name)) {
    case PathKind::directory: return of_bundle(name, context);
    case PathKind::file: return of_file(name, context);
    case PathKind::nothing: break;
  }
  return of_container(name, context);
}

Result<policy::FilterDecision> decision_of_source(const FilterSource& source,
                                                  const SourceContext& context) {
  if (source.profile) return policy::decision_of(*source.profile, context.facts.native);
  const auto programs = programs_of(source);
  if (!programs) return std::unexpected(programs.error());
  return policy::analyse(*programs);
}

Result<std::vector<policy::FilterProgram>> programs_of(const FilterSource& source) {
  if (!source.programs.empty()) return source.programs;
  if (!source.profile) return std::vector<policy::FilterProgram>{allow_everything()};
  auto program = kernel::compile_seccomp_checked(*source.profile);
  if (!program) return std::unexpected(std::move(program.error()).within(source.title));
  return std::vector<policy::FilterProgram>{std::move(*program)};
}

}  // namespace bulkhead::cli
