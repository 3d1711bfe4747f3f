// Instructions that answer single system calls, for those that libseccomp has no name for.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "oci-config/seccomp_profile.h"
#include "policy/filter/filter.h"

namespace bulkhead::kernel {

struct CallAnswer {
  std::vector<oci_config::ArgCondition> conditions;  // all must hold; none: always
  std::uint32_t returned = 0;                        // the filter's return value
};

struct CallAnswers {
  std::vector<CallAnswer> first_of;  // the first that holds answers
  std::uint32_t otherwise = 0;       // where none does
};

using AnswersByNumber = std::map<std::uint32_t, CallAnswers>;

// Goes on behind the last instruction for every other call and architecture; what follows must not
// count on the accumulator. On 32-bit architectures and x32 conditions look at the low half of an
// argument, as libseccomp's do. Not empty unless there are no answers.
[[nodiscard]] policy::FilterProgram answering(oci_config::SeccompArch arch,
                                              const AnswersByNumber& answers);

}  // namespace bulkhead::kernel
