#include "record/profiles/profile_arguments.h"

#include <linux/sched.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "base/counted.h"
#include "base/text.h"
#include "policy/analysis/filter_intersect.h"
#include "policy/checks/syscall_standing.h"
#include "policy/graph/argument_conjunction.h"
#include "policy/syscalls/call_names.h"
#include "record/profiles/profile.h"
#include "record/values/calls.h"

namespace bulkhead::record {

using base::cat;
using base::Result;
using oci_config::ArgCondition;
using oci_config::SeccompAction;
using oci_config::SeccompOperator;
using oci_config::SeccompProfile;
using oci_config::SyscallRule;

namespace {

constexpr std::uint64_t kInt = 0xffffffff;  // the kernel takes an int and ignores the rest
constexpr std::uint64_t kFlags = kInt & ~std::uint64_t{CSIGNAL};  // of clone, beside a signal

// PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_SET_NAME, PR_SET_SECCOMP, PR_CAPBSET_READ,
// PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT: what runc and crun ask for on their way to
// the program.
constexpr std::uint64_t kRuntimeOptions[] = {1, 4, 8, 15, 22, 23, 24, 38, 47};

constexpr std::string_view kClone = "clone";
constexpr std::string_view kClone3 = "clone3";
constexpr std::uint16_t kEnosys = 38;

// Arguments that say what a call does.
struct Telling {
  std::string_view call;
  std::uint32_t index;
  std::uint64_t mask;
  std::string_view values;                      // "families"
  std::span<const std::uint64_t> startup = {};  // allowed in any case
};
constexpr Telling kTelling[] = {
    {kClone, 0, kFlags, "flags"},
    {"ioctl", 1, kInt, "requests"},
    {"personality", 0, kInt, "personalities"},
    {"prctl", 0, kInt, "options", kRuntimeOptions},
    {"setns", 1, kInt, "namespaces"},
    {"socket", 0, kInt, "families"},
    {"socketpair", 0, kInt, "families"},
    {"unshare", 0, kInt, "flags"},
};

// The values of the argument over all architectures on which the call was recorded.
ArgumentSum values_by_name(const Record& record, std::string_view name, std::uint32_t index) {
  ArgumentSum all{.values = {}, .complete = true};
  for (const auto& [call, sum] : sum_of(record, Joins::counted)) {
    if (sum.use.count == 0 || policy::call_name(call.arch, call.number) != name) continue;
    const ArgumentSum seen = values_of(record, {call, index});
    all.values.insert(seen.values.begin(), seen.values.end());
    all.complete = all.complete && seen.complete;
  }
  return all;
}

// With the values of what it stands in for.
ArgumentSum values_for(const Record& record, const Telling& telling) {
  ArgumentSum all = values_by_name(record, telling.call, telling.index);
  if (telling.call == kClone && clone_can_stand_in(record)) {
    all.values.merge(values_by_name(record, kClone3, 0).values);
  }
  ArgumentSum masked{.values = {}, .complete = all.complete};
  for (const std::uint64_t value : all.values) masked.values.insert(value & telling.mask);
  return masked;
}

SyscallRule rule_for(std::string_view call) {
  return {.names = {std::string(call)}, .action = {SeccompAction::allow, std::nullopt}};
}

ArgCondition condition_for(const Telling& telling, std::uint64_t value) {
  return {telling.index, SeccompOperator::masked_eq, telling.mask, value};
}

// Whether both hold for some values of the argument; each has conditions.
bool overlap(const SyscallRule& one, const SyscallRule& other) {
  return one.args[0].index != other.args[0].index ||
         policy::join_conditions(one.args[0], other.args[0]).kind != policy::Conjunction::never;
}

// Allows what the profile names, each telling call for its values alone.
class Narrowing {
 public:
  Narrowing(const Record& record, const SeccompProfile& profile)
      : record_(record), profile_(profile) {}

  SeccompProfile allowing_profile(std::vector<std::string>& notes) const {
    SeccompProfile allowing{.default_action = profile_.default_action,
                            .architectures = profile_.architectures};
    SyscallRule all = rule_for("");
    all.names.clear();
    for (const std::string& name : names()) {
      const std::vector<SyscallRule> rules =
          name == kClone3 ? rules_for_clone3(notes) : rules_for(name, notes);
      if (rules.empty()) all.names.push_back(name);
      std::ranges::copy(rules, std::back_inserter(allowing.syscalls));
    }
    allowing.syscalls.push_back(std::move(all));
    return allowing;
  }

 private:
  [[nodiscard]] std::set<std::string> names() const {
    std::set<std::string> names;
    for (const SyscallRule& rule : profile_.syscalls) {
      names.insert(rule.names.begin(), rule.names.end());
    }
    return names;
  }

  // With the answers that they have: through socketcall no condition on a family can be told apart,
  // and what the profile answers there is to stay as it is.
  [[nodiscard]] std::vector<SyscallRule> denying_rules(const std::string& name) const {
    std::vector<SyscallRule> denying;
    for (const SyscallRule& rule : profile_.syscalls) {
      const bool names_it = std::ranges::find(rule.names, name) != rule.names.end();
      if (!names_it || rule.args.empty() || policy::takes_effect(rule.action.action)) continue;
      denying.push_back(rule);
      denying.back().names = {name};
    }
    return denying;
  }

  [[nodiscard]] std::vector<SyscallRule> conditions_for(
      const Telling& telling, const std::set<std::uint64_t>& values) const {
    const std::vector<SyscallRule> denying = denying_rules(std::string(telling.call));
    std::vector<SyscallRule> rules = denying;
    for (const std::uint64_t value : values) {
      SyscallRule allowing = rule_for(telling.call);
      allowing.args.push_back(condition_for(telling, value));
      const bool denied = std::ranges::any_of(
          denying, [&](const SyscallRule& rule) { return overlap(rule, allowing); });
      if (!denied) rules.push_back(std::move(allowing));
    }
    return rules;
  }

  // None: all values are allowed.
  [[nodiscard]] std::vector<SyscallRule> rules_for(const std::string& name,
                                                   std::vector<std::string>& notes) const {
    const auto* const telling = std::ranges::find(kTelling, name, &Telling::call);
    if (telling == std::end(kTelling) || !policy::standing_of(profile_, name).permitted) return {};
    ArgumentSum seen = values_for(record_, *telling);
    if (!seen.complete) {
      notes.push_back(cat(name, " keeps all its ", telling->values, ": not every one was seen"));
      return {};
    }
    seen.values.insert(telling->startup.begin(), telling->startup.end());
    if (seen.values.size() > kMostConditions + telling->startup.size()) {
      notes.push_back(cat(name, " keeps all its ", telling->values, ": ", seen.values.size(),
                          " were seen, more than ", kMostConditions));
      return {};
    }
    return seen.values.empty() ? std::vector<SyscallRule>() : conditions_for(*telling, seen.values);
  }

  [[nodiscard]] std::vector<SyscallRule> rules_for_clone3(std::vector<std::string>& notes) const {
    const ArgumentSum seen = values_by_name(record_, kClone3, 0);
    const bool is_recorded = !seen.complete || !seen.values.empty();
    if (!is_recorded || !policy::standing_of(profile_, kClone3).permitted) return {};
    if (!clone_can_stand_in(record_)) {
      notes.push_back(cat(
          "clone3 keeps all its flags: ",
          seen.complete ? "clone has not all of those that were seen" : "not every one was seen"));
      return {};
    }
    notes.emplace_back(
        "clone3 is answered with ENOSYS, so that C libraries use clone: its flags lie in memory, "
        "where no filter reads them");
    SyscallRule rule = rule_for(kClone3);
    rule.action = {SeccompAction::return_errno, kEnosys};
    return {std::move(rule)};
  }

  const Record& record_;
  const SeccompProfile& profile_;
};

void note_logged(const Record& record, std::vector<std::string>& notes) {
  const auto logged = std::ranges::count_if(
      record.containers, [](const auto& entry) { return entry.second.how == How::log; });
  if (logged == 0) return;
  notes.push_back(
      cat(base::counted(static_cast<std::uint64_t>(logged), "container was", "containers were"),
          " recorded by a log, which has no arguments: the conditions come from the "
          "others"));
}

}  // namespace

// C libraries give CLONE_CLEAR_SIGHAND up, and reset the signals themselves.
bool clone_can_stand_in(const Record& record) {
  constexpr std::uint64_t kOfClone = kInt | CLONE_CLEAR_SIGHAND;
  const ArgumentSum seen = values_by_name(record, kClone3, 0);
  return seen.complete && !seen.values.empty() &&
         std::ranges::all_of(seen.values,
                             [](std::uint64_t flags) { return (flags & ~kOfClone) == 0; });
}

Result<SeccompProfile> with_arguments(const Record& record, const SeccompProfile& profile,
                                      oci_config::SeccompArch native,
                                      std::vector<std::string>& notes) {
  const SeccompProfile allowing = Narrowing(record, profile).allowing_profile(notes);
  auto narrowed = policy::intersect(profile, allowing, native);
  if (!narrowed) return std::unexpected(std::move(narrowed.error()));
  note_logged(record, notes);
  if (*narrowed) return **std::move(narrowed);
  notes.emplace_back(
      "no conditions on arguments: with those of the fallback no profile can say them");
  return profile;
}

}  // namespace bulkhead::record
