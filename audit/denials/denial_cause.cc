#include "audit/denials/denial_cause.h"

#include <algorithm>
#include <vector>

#include "audit/denials/denial_remedy.h"
#include "base/text.h"
#include "oci-config/bundle.h"
#include "oci-config/runtime_spec.h"
#include "policy/checks/expand.h"
#include "policy/checks/syscall_standing.h"
#include "policy/fallback/runtime_default.h"
#include "policy/values/profile_ref.h"

namespace bulkhead::audit {

namespace {

using base::cat;
using oci_config::SeccompProfile;
using oci_config::SyscallRule;

std::string shown(const std::vector<std::string>& pointers) {
  constexpr std::size_t kShown = 3;
  const std::size_t count = std::min(pointers.size(), kShown);
  const std::vector<std::string> first(pointers.begin(),
                                       pointers.begin() + static_cast<std::ptrdiff_t>(count));
  const std::string more =
      pointers.size() > count ? cat(" and ", pointers.size() - count, " more") : std::string();
  return base::join(first, ", ") + more;
}

bool lists(const SeccompProfile& profile, std::string_view arch) {
  return std::ranges::any_of(profile.architectures,
                             [&](auto listed) { return short_name(listed) == arch; });
}

// Whatever it has lost, its rules are the fallback's.
bool names_fallback(std::string_view seccomp_source) {
  if (seccomp_source.ends_with(policy::kLessArchitectures)) {
    seccomp_source.remove_suffix(policy::kLessArchitectures.size());
  }
  return seccomp_source == "runtime/default";
}

}  // namespace

std::string cause_in(const SeccompProfile& expanded, const Denial& denial) {
  const bool native = denial.arch == short_name(oci_config::native_arch());
  if (!native && !lists(expanded, denial.arch)) {
    return is_less_architectures(denial.seccomp) ? taken_out_architecture(denial.arch)
                                                 : missing_architecture(denial.arch);
  }
  std::vector<std::string> denying;
  std::vector<std::string> conditional;
  for (const SyscallRule& rule : expanded.syscalls) {
    if (std::ranges::find(rule.names, denial.syscall) == rule.names.end()) continue;
    const bool would = rule.action.action == oci_config::SeccompAction::log;
    if (!policy::takes_effect(rule.action.action) || would) {
      denying.push_back(rule.pointer);
    } else if (!rule.args.empty()) {
      conditional.push_back(rule.pointer);
    }
  }
  if (!denying.empty()) return cat("rule ", shown(denying));
  if (conditional.empty()) return "default action";
  return cat("default action: the arguments meet no condition of ", shown(conditional));
}

std::optional<SeccompProfile> profile_of(const std::string& bundle,
                                         const std::string& seccomp_source,
                                         const policy::NodeFacts& facts) {
  const auto opened = oci_config::open_config(bundle);
  if (!opened) return std::nullopt;
  const auto spec = oci_config::read_runtime_spec(opened->document);
  if (!spec) return std::nullopt;
  policy::ExpandFor container{.native = facts.native,
                              .kernel = facts.kernel,
                              .native_alone = is_less_architectures(seccomp_source)};
  if (spec->process && spec->process->capabilities) {
    container.capabilities = spec->process->capabilities->bounding;
  }
  if (spec->seccomp) return policy::expand(*spec->seccomp, container);
  if (names_fallback(seccomp_source)) return policy::runtime_default_for(container);
  return std::nullopt;
}

std::string CauseFinder::cause_of(const Denial& denial, ContainerNumber number,
                                  const KnownContainer& container) {
  if (denial.kind != DenialKind::seccomp || container.bundle.empty()) return {};
  auto known = std::ranges::find(remembered_, number, &Remembered::number);
  if (known == remembered_.end()) {
    if (remembered_.size() == kRemembered) remembered_.pop_back();
    remembered_.push_front({number, profile_of(container.bundle, container.seccomp, facts_)});
    known = remembered_.begin();
  }
  return known->profile ? cause_in(*known->profile, denial) : std::string();
}

}  // namespace bulkhead::audit
