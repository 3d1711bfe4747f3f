// A seccomp profile: what was read can be written and reads back as the same profile.
#include <cstddef>
#include <cstdint>
#include <string>

#include "oci-config/seccomp_profile.h"
#include "tests/fuzz/require.h"

using namespace bulkhead::oci_config;
using bulkhead::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto profile =
      parse_seccomp_profile(std::string(reinterpret_cast<const char*>(data), size), "profile.json");
  if (!profile) return 0;
  const std::string pretty = to_pretty_json(*profile);
  const auto again = parse_seccomp_profile(pretty, "pretty");
  require(again.has_value(), "a profile for people is a profile");
  require(to_pretty_json(*again) == pretty, "a profile for people reads back");
  const auto compact = parse_seccomp_profile(to_oci_json(*profile), "compact");
  require(compact.has_value(), "a profile for a config.json is a profile");
  require(compact->dialect == ProfileDialect::oci, "it speaks the dialect of runtimes");
  require(to_oci_json(*compact) == to_oci_json(*profile), "it reads back");
  if (profile->dialect == ProfileDialect::oci) {
    require(to_pretty_json(*compact) == pretty, "nothing of an OCI profile is lost");
  }
  return 0;
}
