#include <algorithm>

#include "base/text.h"
#include "policy/advice/lint_groups.h"
#include "policy/syscalls/machines.h"

namespace bulkhead::policy::lint_group {

namespace {

using oci_config::SeccompArch;

bool lists(const CheckContext& context, SeccompArch arch) {
  const auto& arches = context.profile.architectures;
  return std::ranges::find(arches, arch) != arches.end();
}

}  // namespace

void missing_compat_architectures(const CheckContext& context, Findings& findings) {
  const SeccompArch native = context.facts.native;
  const auto& arches = context.profile.architectures;
  if (!arches.empty() && !lists(context, native)) {
    findings.push_back({Severity::warning, "native-architecture-missing", "/architectures",
                        base::cat(name_of(native),
                                  ", this machine's, is not listed; runtimes add it, but say so "
                                  "only in their code"),
                        base::cat("add \"", name_of(native), "\"")});
  }
  for (const SeccompArch compat : also_runs(native)) {
    if (compat == SeccompArch::x32 || lists(context, compat)) continue;  // better left out
    findings.push_back({Severity::note, "compat-architecture-missing", "/architectures",
                        base::cat("programs for ", name_of(compat),
                                  " are killed at their first "
                                  "system call, whatever the default action is"),
                        base::cat("add \"", name_of(compat), "\" where such programs are used")});
  }
}

void x32_calls(const CheckContext& context, Findings& findings) {
  if (context.facts.native != SeccompArch::x86_64 || !lists(context, SeccompArch::x32)) return;
  findings.push_back(
      {Severity::note, "x32-listed", "/architectures",
       "the x32 numbers (bit 30) are opened with the same rules; next to no program uses them, and "
       "their kernel code has had faults of its own (CVE-2014-0038)",
       "take SCMP_ARCH_X32 out: x32 calls are then answered as of an unlisted architecture; for "
       "every profile of a node, \"seccomp\": {\"architectures\": \"native\"} in the policy does "
       "it"});
}

}  // namespace bulkhead::policy::lint_group
