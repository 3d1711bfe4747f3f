// The architecture that this is built for, where the compiler has to know it.
#pragma once

#include "oci-config/seccomp_profile.h"

namespace bulkhead::oci_config {

#if defined(__x86_64__)
inline constexpr SeccompArch kNativeArch = SeccompArch::x86_64;
#elif defined(__aarch64__)
inline constexpr SeccompArch kNativeArch = SeccompArch::aarch64;
#else
#error "docs/porting.md says what an architecture has to provide: this machine's is not there"
#endif

}  // namespace bulkhead::oci_config
