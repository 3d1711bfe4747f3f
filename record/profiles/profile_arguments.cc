#include "record/profiles/profile_arguments.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "policy/analysis/filter_intersect.h"
#include "policy/checks/syscall_standing.h"
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

constexpr std::uint64_t kWhole = ~std::uint64_t{0};
constexpr std::uint64_t kInt = 0xffffffff;  // the kernel takes an int and ignores the rest

// PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_SET_NAME, PR_SET_SECCOMP, PR_CAPBSET_READ,
// PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT: what runc and crun ask for on their way to
// the program.
constexpr std::uint64_t kRuntimeOptions[] = {1, 4, 8, 15, 22, 23, 24, 38, 47};

// Arguments that say what a call does.
struct Telling {
  std::string_view call;
  std::uint32_t index;
  std::uint64_t mask;
  std::string_view values;                      // "families"
  std::span<const std::uint64_t> startup = {};  // allowed in any case
};
constexpr Telling kTelling[] = {
    {"clone", 0, kWhole, "flags"},
    {"ioctl", 1, kInt, "requests"},
    {"personality", 0, kInt, "personalities"},
    {"prctl", 0, kInt, "options", kRuntimeOptions},
    {"setns", 1, kInt, "namespaces"},
    {"socket", 0, kInt, "families"},
    {"socketpair", 0, kInt, "families"},
    {"unshare", 0, kInt, "flags"},
};

// The values of the argument over all architectures on which the call was recorded.
ArgumentSum values_by_name(const Record& record, const Telling& telling) {
  ArgumentSum all{.values = {}, .complete = true};
  for (const auto& [call, sum] : sum_of(record, Joins::counted)) {
    if (sum.use.count == 0 || policy::call_name(call.arch, call.number) != telling.call) continue;
    const ArgumentSum seen = values_of(record, {call, telling.index});
    for (const std::uint64_t value : seen.values) all.values.insert(value & telling.mask);
    all.complete = all.complete && seen.complete;
  }
  return all;
}

SyscallRule rule_for(std::string_view call) {
  return {.names = {std::string(call)}, .action = {SeccompAction::allow, std::nullopt}};
}

ArgCondition condition_for(const Telling& telling, std::uint64_t value) {
  if (telling.mask == kWhole) return {telling.index, SeccompOperator::eq, value};
  return {telling.index, SeccompOperator::masked_eq, telling.mask, value};
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
      const std::vector<SyscallRule> rules = rules_for(name, notes);
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

  // None: all values are allowed.
  [[nodiscard]] std::vector<SyscallRule> rules_for(const std::string& name,
                                                   std::vector<std::string>& notes) const {
    const auto* const telling = std::ranges::find(kTelling, name, &Telling::call);
    if (telling == std::end(kTelling) || !policy::standing_of(profile_, name).permitted) return {};
    ArgumentSum seen = values_by_name(record_, *telling);
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
    std::vector<SyscallRule> rules;
    for (const std::uint64_t value : seen.values) {
      rules.push_back(rule_for(name));
      rules.back().args.push_back(condition_for(*telling, value));
    }
    return rules;
  }

  const Record& record_;
  const SeccompProfile& profile_;
};

void note_logged(const Record& record, std::vector<std::string>& notes) {
  const auto logged = std::ranges::count_if(
      record.containers, [](const auto& entry) { return entry.second.how == How::log; });
  if (logged == 0) return;
  notes.push_back(cat(logged, logged == 1 ? " container was" : " containers were",
                      " recorded by a log, which has no arguments: the conditions come from the "
                      "others"));
}

}  // namespace

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
