// The runtimes that conformance knows by name: it looks for them, and may know their differences.
#pragma once

#include <string>
#include <string_view>

namespace bulkhead::conformance {

// As their programs are called, and known/NAME.json. Kata's takes a runtime's commands up to 1.x.
inline constexpr std::string_view kRuntimeNames[] = {"runc", "crun", "youki", "runsc",
                                                     "kata-runtime"};

struct RuntimeName {
  std::string family;   // one of the names, or empty
  std::string version;  // from its first digit on; empty where the family is
};

// By the output of `--version`: "crun version 1.8.1", "runsc version release-20240729.0",
// "kata-runtime  : 1.13.0".
[[nodiscard]] RuntimeName runtime_named_in(std::string_view version_output);

}  // namespace bulkhead::conformance
