// What the kernel must show for a plan to hold, made ready before the proof: for the gate and for
// `bulkhead verify` alike.
#pragma once

#include <optional>

#include "base/error.h"
#include "base/paths.h"
#include "kernel/filters/program_cache.h"
#include "policy/decide/decide.h"
#include "policy/proof/verdict.h"

namespace bulkhead::admission {

// The programs that a plan's filters compile to, from the cache where they were compiled before.
struct PlannedPrograms {
  std::optional<kernel::CachedProgram> filter;   // of plan.seccomp.profile
  std::optional<kernel::CachedProgram> stacked;  // of plan.seccomp.stacked
};

// Errors: those of kernel::ProgramCache::program_for().
[[nodiscard]] base::Result<PlannedPrograms> programs_for(const policy::Plan& plan,
                                                         const base::Paths& paths);

[[nodiscard]] policy::Expectation expectation_for(const policy::Plan& plan,
                                                  const PlannedPrograms& programs);

}  // namespace bulkhead::admission
