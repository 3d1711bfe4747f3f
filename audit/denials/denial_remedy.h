// What would allow a denied call or access: the smallest fragment of a profile, and when it is
// better left denied. Pure.
#pragma once

#include <string>
#include <string_view>

#include "audit/denials/denial.h"

namespace bulkhead::audit {

struct Remedy {
  std::string
      fragment;  // a rule of a seccomp profile (JSON), a line of an AppArmor profile or the policy
  std::string caution;  // when not to; empty where nothing speaks against it
};

// Empty where no fragment can be given: a call without a name, an operation that is not known.
[[nodiscard]] Remedy remedy_of(const Denial& denial, const AppArmorRecord* facts);

// A denial's cause (denial_cause.h) where the profile does not list the architecture at all.
[[nodiscard]] std::string missing_architecture(std::string_view arch);

// Whether the profile does not list the architecture at all (denial_cause.h): every call of such a
// program is denied, and the remedy is the architecture.
[[nodiscard]] bool lacks_architecture(const Denial& denial);

// The same where the policy took the architecture out (seccomp.architectures): no profile brings it
// back, so the remedy is a line of the policy.
[[nodiscard]] std::string taken_out_architecture(std::string_view arch);
[[nodiscard]] bool lost_architecture(const Denial& denial);
// Whether what events and records say of a filter (PlannedSeccomp::told_source()) tells that.
[[nodiscard]] bool is_less_architectures(std::string_view seccomp_source);

// An AppArmor rule's file permissions of a mask in a record: "wrd" → "rw". A create, a delete or a
// change of attributes is a write to AppArmor's rules (apparmor.d(5)).
[[nodiscard]] std::string file_permissions(std::string_view mask);

}  // namespace bulkhead::audit
