#include "record/values/trial.h"

#include <linux/bpf_common.h>

#include <algorithm>

namespace bulkhead::record {

using oci_config::SeccompAction;
using policy::FilterAnswer;
using policy::FilterInstruction;
using policy::FilterProgram;

namespace {

bool is_return(const FilterInstruction& instruction) {
  return BPF_CLASS(instruction.code) == BPF_RET;
}
bool is_constant_return(const FilterInstruction& instruction) {
  return instruction.code == (BPF_RET | BPF_K);
}

bool lets_through(const FilterInstruction& instruction) {
  const SeccompAction action = policy::answer_of_return_value(instruction.k).action;
  return action == SeccompAction::allow || action == SeccompAction::log;
}

}  // namespace

bool only_observes(const FilterProgram& program) {
  return policy::check_program(program).has_value() &&
         std::ranges::all_of(program, [](const FilterInstruction& instruction) {
           return !is_return(instruction) ||
                  (is_constant_return(instruction) && lets_through(instruction));
         });
}

base::Result<FilterProgram> observing(FilterProgram program) {
  for (FilterInstruction& instruction : program) {
    if (!is_return(instruction)) continue;
    if (!is_constant_return(instruction)) {
      return base::fail(base::ErrorCode::unsupported, "the profile's program computes its answers");
    }
    const FilterAnswer answer{lets_through(instruction) ? SeccompAction::allow
                                                        : SeccompAction::log};
    instruction.k = policy::return_value_of(answer);
  }
  return program;
}

}  // namespace bulkhead::record
