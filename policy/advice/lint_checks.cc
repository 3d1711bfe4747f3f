#include "policy/advice/lint_checks.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "base/counted.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "policy/advice/lint_groups.h"
#include "policy/checks/expand.h"
#include "policy/checks/startup_needs.h"
#include "policy/checks/syscall_standing.h"

namespace bulkhead::policy {

namespace {

constexpr std::size_t kMaxOfOneKind = 100;  // a reader corrects no more at once

using oci_config::ProfileDialect;
using oci_config::SeccompArch;
using oci_config::SeccompProfile;

// The keys of the engines' dialect that say something; one without content changes nothing.
std::vector<std::string> keys_of_the_dialect(const SeccompProfile& profile) {
  const auto any = [&](auto says) { return std::ranges::any_of(profile.syscalls, says); };
  std::vector<std::string> keys;
  if (!profile.arch_map.empty()) keys.emplace_back("archMap");
  if (any([](const auto& rule) { return !rule.includes.empty(); })) keys.emplace_back("includes");
  if (any([](const auto& rule) { return !rule.excludes.empty(); })) keys.emplace_back("excludes");
  const auto has_kernel = [](const auto& rule) {
    return rule.includes.min_kernel || rule.excludes.min_kernel;
  };
  if (any(has_kernel)) keys.emplace_back("minKernel");
  return keys;
}

void engine_dialect(const CheckContext& context, std::vector<Finding>& findings) {
  if (context.profile.dialect != ProfileDialect::container_engine) return;
  const auto keys = keys_of_the_dialect(context.profile);
  if (keys.empty()) return;
  findings.push_back(
      {Severity::warning, std::string(kEngineDialect), "",
       base::cat(
           "the profile uses keys (", base::join(keys, ", "),
           ") that Docker, Podman and CRI-O expand; containerd ignores them and applies every "
           "rule to every container"),
       "for containerd write the expanded profile; where a rule of the policy names it, Bulkhead "
       "expands it for any engine"});
}

constexpr ProfileCheck kDocumentChecks[] = {
    {kEngineDialect, "keys that only some engines understand", engine_dialect},
};

constexpr ProfileCheck kLintChecks[] = {
    {"runtime-cannot-start", "calls that runc or crun need between loading the filter and execve",
     lint_group::runtime_cannot_start},
    {"program-cannot-start", "calls that glibc, musl and Go programs need to reach main()",
     lint_group::program_cannot_start},
    {"errno-hides-fallback",
     "new calls that do not answer ENOSYS, so that libraries do not fall back",
     lint_group::new_calls_without_enosys},
    {"notification-deadlock", "SCMP_ACT_NOTIFY where it stops the runtime itself",
     lint_group::notification_deadlock},
    {"denial-older-runtimes-skip", "denials of calls that an older libseccomp does not know",
     lint_group::denials_older_runtimes_skip},
    {"shadowed-rule", "rules that another rule of the same call overrides",
     lint_group::shadowed_rules},
    {"errno-zero", "denials that look like success to the program", lint_group::unused_errno},
    {"dangerous-allow", "calls known from container escapes", lint_group::dangerous_allows},
    {"compat-architecture-missing", "architectures that the machine also runs",
     lint_group::missing_compat_architectures},
    {"x32-listed", "the x32 numbers are open", lint_group::x32_calls},
    {"names-missing-on-an-architecture", "names without a number on a listed architecture",
     lint_group::names_missing_on_an_architecture},
};

SeccompProfile expanded_for(const SeccompProfile& document, const NodeFacts& facts,
                            oci_config::CapabilityMask capabilities) {
  return expand(document,
                {.capabilities = capabilities, .native = facts.native, .kernel = facts.kernel});
}

void run_all(std::span<const ProfileCheck> checks, const CheckContext& context,
             std::vector<Finding>& findings) {
  for (const ProfileCheck& check : checks) check.run(context, findings);
}

Finding not_listed(const std::string& check, Severity severity, std::size_t count) {
  return {severity, check, "",
          base::cat("and ", base::counted(count, "more finding"), " of this check, not listed"),
          "correct those that are listed and lint again"};
}

// Of each check and severity the first kMaxOfOneKind, and how many more there are.
std::vector<Finding> without_the_rest(std::vector<Finding> findings) {
  std::map<std::pair<std::string, Severity>, std::size_t> found;
  std::vector<Finding> out;
  for (Finding& finding : findings) {
    if (++found[{finding.check, finding.severity}] <= kMaxOfOneKind) {
      out.push_back(std::move(finding));
    }
  }
  for (const auto& [kind, count] : found) {
    if (count > kMaxOfOneKind)
      out.push_back(not_listed(kind.first, kind.second, count - kMaxOfOneKind));
  }
  return out;
}

// Errors first, in each severity in the order of the tables; nothing twice.
std::vector<Finding> in_order(std::vector<Finding> findings) {
  std::vector<Finding> out;
  std::set<std::string> seen;
  for (Finding& finding : findings) {
    const std::string key = base::cat(finding.check, '\n', finding.pointer, '\n', finding.message);
    if (seen.insert(key).second) out.push_back(std::move(finding));
  }
  out = without_the_rest(std::move(out));
  std::ranges::stable_sort(out, [](const Finding& a, const Finding& b) {
    return static_cast<int>(a.severity) > static_cast<int>(b.severity);
  });
  return out;
}

// A runtime that does not start with no_new_privileges is not named a second time for without.
void add_once(std::vector<std::string>& names, const std::string& name,
              std::string_view condition) {
  if (std::ranges::find(names, name) == names.end()) names.push_back(base::cat(name, condition));
}

Starters starters_of(const CheckContext& context) {
  Starters starters{.measured = lint_group::measured_here(context)};
  if (!starters.measured) return starters;
  bool runtime = false;
  bool program = false;
  for (const StartupNeed& need : startup_needs(context.facts.native)) {
    const auto gaps = lint_group::gaps_in(context, need);
    const bool counts = need.no_new_privileges.value_or(true);
    const bool starts = std::ranges::none_of(gaps, &StartupGap::everywhere);
    (need.stage == StartupStage::runtime ? runtime : program) |= starts && counts;
    for (const StartupGap& gap : gaps) {
      add_once(starters.not_these, base::cat(need.id, gap.where),
               counts ? "" : " without no_new_privileges");
    }
  }
  starters.some = runtime && program;
  return starters;
}

std::string rule_json(const std::vector<std::string_view>& names, oci_config::SeccompAction action,
                      std::optional<std::uint32_t> errno_ret = {}) {
  base::JsonWriter json;
  json.begin_object();
  json.strings("names", names);
  json.member("action", name_of(action));
  if (errno_ret) json.member("errnoRet", *errno_ret);
  json.end_object();
  return json.take();
}

// What starting needs or asks for, by any runtime and program of the table, and no rule speaks of.
// clone and clone3 are left out: whether threads and processes may be made is the author's
// decision.
std::vector<std::string_view> harmless_startup_calls(const SeccompProfile& expanded,
                                                     SeccompArch native) {
  std::set<std::string_view> names;
  for (const StartupNeed& need : startup_needs(native)) {
    for (const std::string_view name : names_of(need, Alternatives::first)) {
      const SyscallStanding standing = standing_of(expanded, name);
      if (!standing.permitted && !standing.ruled && !name.starts_with("clone")) names.insert(name);
    }
  }
  return {names.begin(), names.end()};
}

bool cannot_start(const CheckContext& context) {
  std::vector<Finding> findings;
  lint_group::runtime_cannot_start(context, findings);
  lint_group::program_cannot_start(context, findings);
  return !findings.empty();
}

}  // namespace

std::span<const ProfileCheck> lint_checks() { return kLintChecks; }
std::span<const ProfileCheck> document_checks() { return kDocumentChecks; }

Starters starters(const SeccompProfile& document, const NodeFacts& facts,
                  oci_config::CapabilityMask capabilities) {
  const SeccompProfile expanded = expanded_for(document, facts, capabilities);
  return starters_of({expanded, facts, true});
}

std::vector<Finding> lint(const SeccompProfile& document, const NodeFacts& facts,
                          oci_config::CapabilityMask capabilities) {
  const SeccompProfile expanded = expanded_for(document, facts, capabilities);
  std::vector<Finding> findings;
  run_all(profile_checks(), {expanded, facts, true}, findings);
  // Told for both values of no_new_privileges by runtime-cannot-start.
  std::erase_if(findings, [](const Finding& one) { return one.check == kDeniesRuntimeNeeds; });
  run_all(document_checks(), {document, facts, true}, findings);
  run_all(lint_checks(), {expanded, facts, true}, findings);
  return in_order(std::move(findings));
}

oci_config::SpecEdit safe_repairs(const SeccompProfile& document, const NodeFacts& facts,
                                  oci_config::CapabilityMask capabilities) {
  const SeccompProfile expanded = expanded_for(document, facts, capabilities);
  const CheckContext context{expanded, facts, true};
  oci_config::SpecEdit edit;
  std::vector<std::string_view> enosys;
  for (const auto& call : lint_group::calls_without_enosys(context)) {
    if (!standing_of(expanded, call.name).ruled) enosys.push_back(call.name);
  }
  if (cannot_start(context)) {
    const auto names = harmless_startup_calls(expanded, facts.native);
    // A call that is allowed here needs no ENOSYS rule.
    std::erase_if(enosys, [&](std::string_view name) {
      return std::ranges::find(names, name) != names.end();
    });
    if (!names.empty()) {
      edit.operations.push_back(
          oci_config::SetMember{"/syscalls/-", rule_json(names, oci_config::SeccompAction::allow)});
    }
  }
  if (!enosys.empty()) {
    edit.operations.push_back(oci_config::SetMember{
        "/syscalls/-", rule_json(enosys, oci_config::SeccompAction::return_errno, ENOSYS)});
  }
  return edit;
}

}  // namespace bulkhead::policy
