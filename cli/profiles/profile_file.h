// A profile in a file, kept with its document so that findings have lines and repairs keep the
// rest.
#pragma once

#include <string>

#include "base/error.h"
#include "oci-config/json.h"
#include "oci-config/seccomp_profile.h"
#include "policy/values/node_facts.h"

namespace bulkhead::cli {

struct ProfileFile {
  std::string path;
  oci_config::JsonDocument document;
  oci_config::SeccompProfile profile;
};

// "-": standard input. Errors: io; invalid_input when it is no profile.
[[nodiscard]] base::Result<ProfileFile> read_profile_file(const std::string& path);

// What checks of a profile need to know of this node: kernel, actions and flags. `root` is put in
// front of /proc and /sys.
[[nodiscard]] base::Result<policy::NodeFacts> node_facts(const std::string& root);

}  // namespace bulkhead::cli
