#include "admission/expectation.h"

#include <utility>

namespace bulkhead::admission {

base::Result<PlannedPrograms> programs_for(const policy::Plan& plan, const base::Paths& paths) {
  const kernel::ProgramCache cache(paths.cache);
  const policy::PlannedSeccomp& seccomp = plan.seccomp;
  PlannedPrograms programs;
  if (seccomp.profile) {
    auto program = cache.program_for(*seccomp.profile, seccomp.text);
    if (!program) return std::unexpected(std::move(program.error()));
    programs.filter = std::move(*program);
  }
  if (seccomp.stacked) {
    auto program = cache.program_for(*seccomp.stacked);
    if (!program) return std::unexpected(std::move(program.error()));
    programs.stacked = std::move(*program);
  }
  return programs;
}

policy::Expectation expectation_for(const policy::Plan& plan, const PlannedPrograms& programs) {
  std::optional<policy::FilterProgram> filter;
  if (programs.filter) filter = programs.filter->program;
  policy::Expectation expectation = policy::expectation_of(plan, std::move(filter));
  if (programs.filter) expectation.accepted_stacks = programs.filter->accepted_stacks;
  if (programs.stacked) expectation.stacked = programs.stacked->program;
  return expectation;
}

}  // namespace bulkhead::admission
