#include "record/profiles/profile.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "policy/checks/expand.h"
#include "policy/checks/startup_needs.h"
#include "policy/checks/syscall_standing.h"
#include "policy/fallback/runtime_default.h"
#include "policy/syscalls/call_names.h"
#include "record/profiles/profile_arguments.h"

namespace bulkhead::record {

using base::cat;
using base::Result;
using oci_config::SeccompAction;
using oci_config::SeccompArch;
using oci_config::SeccompProfile;
using oci_config::SyscallRule;

namespace {

using Names = std::set<std::string>;

constexpr std::uint16_t kEnosys = 38;  // with it C libraries fall back to older calls
constexpr std::uint16_t kEperm = 1;    // runtimes leave rules out that answer as the default
constexpr std::string_view kStartupComment =
    "Not recorded: runtimes and C libraries need these before main().";

// The recorded calls by name, and what has none.
struct Recorded {
  Names taken;
  Names denied;  // and never taken
  std::set<SeccompArch> arches;
  std::vector<std::string> unnamed;  // "call 1000 on x86_64"
};

void add_named(Recorded& recorded, const std::string& name, const CallUse& use) {
  (use.count > 0 ? recorded.taken : recorded.denied).insert(name);
}

Recorded recorded_calls(const Record& record, const ProfileRequest& request) {
  Recorded recorded{.arches = {request.native}};
  for (const auto& [key, sum] : sum_of(record, request.joins)) {
    const std::string_view name = policy::call_name(key.arch, key.number);
    const auto arch = policy::arch_of(key.arch, key.number);
    if (name.empty()) {
      recorded.unnamed.push_back(
          cat(text_of(key), " on ", policy::arch_name(key.arch, key.number)));
      continue;
    }
    add_named(recorded, std::string(name), sum.use);
    if (sum.use.count > 0) recorded.arches.insert(*arch);
  }
  if (request.arguments && clone_can_stand_in(record)) recorded.taken.emplace("clone");
  for (const std::string& name : recorded.taken) recorded.denied.erase(name);
  return recorded;
}

// ---- the fallback, without what was not recorded
// --------------------------------------------------

template <class Keep>
void add_rule(const SyscallRule& rule, const Keep& keep, std::string_view comment,
              std::vector<SyscallRule>& rules) {
  SyscallRule kept = rule;
  std::erase_if(kept.names, [&](const std::string& name) { return !keep(name); });
  if (kept.names.empty()) return;
  if (!comment.empty()) kept.comment = comment;
  rules.push_back(std::move(kept));
}

std::vector<SyscallRule> narrowed_rules(const std::vector<SyscallRule>& rules,
                                        const Recorded& recorded, const Names& startup) {
  std::vector<SyscallRule> kept;
  for (const SyscallRule& rule : rules) {
    const bool allows = policy::takes_effect(rule.action.action);
    const auto is_recorded = [&](const std::string& name) {
      return recorded.taken.contains(name) || (!allows && recorded.denied.contains(name));
    };
    add_rule(rule, is_recorded, "", kept);
    add_rule(
        rule, [&](const std::string& name) { return !is_recorded(name) && startup.contains(name); },
        kStartupComment, kept);
  }
  return kept;
}

std::vector<SeccompArch> only(const std::set<SeccompArch>& wanted,
                              std::vector<SeccompArch> arches) {
  std::erase_if(arches, [&](SeccompArch arch) { return !wanted.contains(arch); });
  return arches;
}

SeccompProfile narrowed(SeccompProfile profile, const Recorded& recorded, const Names& startup) {
  profile.syscalls = narrowed_rules(profile.syscalls, recorded, startup);
  for (auto& entry : profile.arch_map) entry.sub_arches = only(recorded.arches, entry.sub_arches);
  std::erase_if(profile.arch_map,
                [&](const auto& entry) { return !recorded.arches.contains(entry.arch); });
  return profile;
}

// ---- without the fallback
// -------------------------------------------------------------------------

SyscallRule allowing(const Names& names, std::string_view comment) {
  return {.names = {names.begin(), names.end()},
          .action = {SeccompAction::allow, std::nullopt},
          .comment = std::string(comment)};
}

SeccompProfile plain_profile(const Recorded& recorded, const Names& startup, SeccompArch native) {
  Names only_startup;
  std::ranges::set_difference(startup, recorded.taken,
                              std::inserter(only_startup, only_startup.end()));
  SeccompProfile profile{.default_action = {SeccompAction::return_errno, kEnosys},
                         .architectures = {native}};
  for (const SeccompArch arch : recorded.arches) {
    if (arch != native) profile.architectures.push_back(arch);
  }
  profile.syscalls.push_back(allowing(recorded.taken, "Recorded."));
  if (!only_startup.empty()) profile.syscalls.push_back(allowing(only_startup, kStartupComment));
  return profile;
}

// ---- what 32-bit programs reach through socketcall
// -------------------------------------------------------------------------

bool names_call(const SyscallRule& rule, std::string_view call) {
  return std::ranges::find(rule.names, call) != rule.names.end();
}

// With x86 libseccomp makes of each condition on a socket an answer to socketcall, and cannot load
// the profile ("File exists") where two of these differ, unless a rule for socketcall came before.
void answer_socketcall(SeccompProfile& profile, const Recorded& recorded) {
  const bool has_conditions = std::ranges::any_of(profile.syscalls, [](const SyscallRule& rule) {
    return !rule.args.empty() && names_call(rule, "socket");
  });
  const bool has_rule = std::ranges::any_of(
      profile.syscalls, [](const SyscallRule& rule) { return names_call(rule, "socketcall"); });
  if (!recorded.arches.contains(SeccompArch::x86) || !has_conditions || has_rule) return;
  profile.syscalls.insert(profile.syscalls.begin(),
                          {.names = {"socketcall"},
                           .action = {SeccompAction::return_errno, kEperm},
                           .comment = "Not recorded; in front, or libseccomp adds rules for it."});
}

// ---- what is told
// ---------------------------------------------------------------------------------

// The capability that an allowing rule of the fallback for this call asks for; empty: there is
// none.
std::string capability_for(std::string_view call) {
  for (const SyscallRule& rule : policy::runtime_default().syscalls) {
    if (names_call(rule, call) && policy::takes_effect(rule.action.action) &&
        !rule.includes.capabilities.empty())
      return rule.includes.capabilities.front();
  }
  return {};
}

void note_denied(const Recorded& recorded, const SeccompProfile& profile,
                 std::vector<std::string>& notes) {
  for (const std::string& name : recorded.taken) {
    if (policy::standing_of(profile, name).permitted) continue;
    const std::string capability = capability_for(name);
    const std::string remedy =
        capability.empty() ? "" : cat(": it allows it with ", capability, " (--cap)");
    notes.push_back(cat(name, " was recorded and stays denied, as the fallback denies it", remedy));
  }
}

std::vector<std::string> notes_of(const Recorded& recorded, const SeccompProfile& profile) {
  std::vector<std::string> notes;
  for (const std::string& call : recorded.unnamed) {
    notes.push_back(cat(call, " was recorded and has no name: no profile can allow it"));
  }
  note_denied(recorded, profile, notes);
  return notes;
}

policy::ExpandFor expansion(const Record& record, const ProfileRequest& request) {
  oci_config::CapabilityMask capabilities = request.capabilities;
  for (const auto& [key, container] : record.containers) capabilities |= container.capabilities;
  return {.capabilities = capabilities, .native = request.native, .kernel = request.kernel};
}

RecordedProfile with_base(const Record& record, const ProfileRequest& request,
                          const Recorded& recorded, const Names& startup) {
  if (request.base == BaseProfile::none) {
    const SeccompProfile plain = plain_profile(recorded, startup, request.native);
    return {.open = plain, .expanded = plain, .notes = {}};
  }
  SeccompProfile open = narrowed(policy::runtime_default(), recorded, startup);
  SeccompProfile expanded = policy::expand(open, expansion(record, request));
  return {.open = std::move(open), .expanded = std::move(expanded), .notes = {}};
}

}  // namespace

Result<RecordedProfile> make_profile(const Record& record, const ProfileRequest& request) {
  if (!record.trial.program.empty()) {
    return base::fail(base::ErrorCode::usage,
                      cat("the record ", base::quoted(record.name), " is a trial of ",
                          base::quoted(record.trial.profile), ": it has only what that would deny"),
                      "make the profile of a record that `bulkhead record start` began");
  }
  const Recorded recorded = recorded_calls(record, request);
  if (recorded.taken.empty()) {
    return base::fail(base::ErrorCode::usage,
                      cat("the record ", base::quoted(record.name), " has no calls yet"),
                      "let a container run under it from its start on, then ask again");
  }
  const Names startup = startup_calls(request.native);
  RecordedProfile made = with_base(record, request, recorded, startup);
  made.notes = notes_of(recorded, made.expanded);
  if (request.arguments) {
    auto narrowed = with_arguments(record, made.expanded, request.native, made.notes);
    if (!narrowed) return std::unexpected(std::move(narrowed.error()));
    made.open = made.expanded = *std::move(narrowed);
  }
  answer_socketcall(made.open, recorded);
  answer_socketcall(made.expanded, recorded);
  return made;
}

SeccompProfile fallback_for(const Record& record, const ProfileRequest& request) {
  return policy::runtime_default_for(expansion(record, request));
}

Names startup_calls(SeccompArch native) {
  Names names;
  for (const policy::StartupNeed& need : policy::startup_needs(native)) {
    for (const std::string_view name : names_of(need, policy::Alternatives::all)) {
      names.emplace(name);
    }
  }
  return names;
}

}  // namespace bulkhead::record
