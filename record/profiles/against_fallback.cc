#include "record/profiles/against_fallback.h"

#include <algorithm>
#include <set>

#include "base/counted.h"
#include "base/text.h"
#include "policy/analysis/filter_decision.h"
#include "policy/checks/syscall_standing.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::record {

using base::cat;
using base::Result;
using oci_config::SeccompArch;
using oci_config::SeccompProfile;
using policy::Witness;

namespace {

constexpr std::size_t kMostNames = 5;

// Calls of the machine's own architecture that the profile lets through for some arguments.
std::set<std::string> allowed_calls(const SeccompProfile& profile, SeccompArch native) {
  std::set<std::string> allowed;
  for (const policy::SyscallEntry& entry : policy::syscalls_of(native)) {
    if (policy::standing_of(profile, entry.name).permitted) allowed.emplace(entry.name);
  }
  return allowed;
}

std::set<std::string> calls_of(const std::vector<Witness>& witnesses, SeccompArch native) {
  std::set<std::string> calls;
  for (const Witness& witness : witnesses) {
    if (witness.arch_name == short_name(native)) calls.insert(witness.syscall_name);
  }
  return calls;
}

// "; some arguments of clone, prctl": calls that are allowed as before, but for part of what they
// could do.
std::string narrowed_text(const std::set<std::string>& changed,
                          const std::set<std::string>& allowed) {
  std::vector<std::string> names;
  std::ranges::set_intersection(changed, allowed, std::back_inserter(names));
  return names.empty() ? "" : cat("; some arguments of ", base::join(names, ", "));
}

std::string lost_arches_text(const SeccompProfile& profile, const SeccompProfile& fallback) {
  std::string text;
  for (const SeccompArch arch : fallback.architectures) {
    if (std::ranges::find(profile.architectures, arch) == profile.architectures.end()) {
      text += cat("; all of ", short_name(arch));
    }
  }
  return text;
}

std::string taken_away_text(const std::vector<Witness>& witnesses, const SeccompProfile& profile,
                            const SeccompProfile& fallback, SeccompArch native) {
  const std::set<std::string> before = allowed_calls(fallback, native);
  const std::set<std::string> after = allowed_calls(profile, native);
  std::vector<std::string> gone;
  std::ranges::set_difference(before, after, std::back_inserter(gone));
  return cat("takes away ", gone.size(), " of the ", base::counted(before.size(), "call"),
             " that runtime/default allows on ", short_name(native),
             narrowed_text(calls_of(witnesses, native), after),
             lost_arches_text(profile, fallback));
}

std::string looser_text(const std::vector<Witness>& witnesses) {
  if (witnesses.empty()) return "allows nothing that runtime/default does not";
  std::set<std::string> names;
  for (const Witness& witness : witnesses) {
    names.insert(
        cat(witness.syscall_name.empty() ? cat("number ", witness.event.nr) : witness.syscall_name,
            " on ", witness.arch_name));
  }
  std::vector<std::string> shown(names.begin(), names.end());
  const std::size_t more = shown.size() > kMostNames ? shown.size() - kMostNames : 0;
  shown.resize(shown.size() - more);
  return cat("allows more than runtime/default: ", base::join(shown, ", "),
             more > 0 ? cat(" and ", more, " more") : "");
}

}  // namespace

Result<AgainstFallback> compare_with_fallback(const SeccompProfile& profile,
                                              const SeccompProfile& fallback, SeccompArch native) {
  const auto looser = policy::excess(profile, fallback, native);
  if (!looser) return std::unexpected(looser.error());
  const auto stricter = policy::excess(fallback, profile, native);
  if (!stricter) return std::unexpected(stricter.error());
  return AgainstFallback{.taken_away = taken_away_text(*stricter, profile, fallback, native),
                         .allows_more = looser_text(*looser),
                         .is_looser = !looser->empty()};
}

}  // namespace bulkhead::record
