// A seccomp profile made of a record: what was recorded, as far as the fallback allows it, and what
// runtimes and C libraries need to start. Pure.
//
// A recorded call keeps the conditions that the fallback has for it, so that the profile is nowhere
// looser; a call that was denied keeps its answer. Everything else gets the default answer. Only
// architectures of which a call was recorded are listed, beside the machine's own.
//
// What it cannot know: what the program would do on another day. A record with losses says so
// (record.h); it is for the caller to refuse it.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "oci-config/runtime_spec.h"
#include "oci-config/seccomp_profile.h"
#include "record/values/calls.h"
#include "record/values/record.h"

namespace bulkhead::record {

enum class BaseProfile : std::uint8_t { runtime_default, none };

struct ProfileRequest {
  BaseProfile base = BaseProfile::runtime_default;
  Joins joins = Joins::counted;
  bool arguments = false;  // the values that were seen become conditions
  // Of the container, beside those that the record knows: they decide what the fallback allows.
  oci_config::CapabilityMask capabilities = 0;
  oci_config::SeccompArch native = oci_config::SeccompArch::x86_64;
  oci_config::KernelVersion kernel;
};

struct RecordedProfile {
  oci_config::SeccompProfile open;      // with the fallback's conditions on capabilities
  oci_config::SeccompProfile expanded;  // for the recorded containers
  std::vector<std::string> notes;       // sentences: what was recorded and is not allowed
};

// More values of an argument than that become no conditions.
inline constexpr std::size_t kMostConditions = 16;

// Errors: usage, when the record has no call, or is a trial; those of policy::intersect.
[[nodiscard]] base::Result<RecordedProfile> make_profile(const Record& record,
                                                         const ProfileRequest& request);

// The fallback for the recorded containers: what the profile is held against.
[[nodiscard]] oci_config::SeccompProfile fallback_for(const Record& record,
                                                      const ProfileRequest& request);

// Names of calls, sorted, that runtimes and C libraries need between the loading of a filter and
// main(); none for architectures on which that was not measured.
[[nodiscard]] std::set<std::string> startup_calls(oci_config::SeccompArch native);

}  // namespace bulkhead::record
