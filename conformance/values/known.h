// Differences of a runtime that are known, as data: conformance/known/RUNTIME.json.
//
//   [{"cases": "seccomp.errno-ret.*", "from": "1.8", "until": "1.21",
//     "because": "the cache of filters leaves the error out", "issue": "https://…"}]
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "conformance/values/result.h"

namespace bulkhead::conformance {

struct KnownDifference {
  std::string cases;  // a glob of their names
  std::string from;   // the first version that has it; empty: all before
  std::string until;  // the last one; empty: all since
  std::string because;
  std::string issue;
};

// Error invalid_input.
[[nodiscard]] base::Result<std::vector<KnownDifference>> read_known(std::string text,
                                                                    const std::string& described);

// Of <directory>/known/<family>.json; none where there is no such file.
[[nodiscard]] base::Result<std::vector<KnownDifference>> known_of(const std::string& directory,
                                                                  const std::string& family);

// By numbers: "1.8.1" is before "1.21". Text behind the numbers ("+ds1", "-rc.1") is left out.
[[nodiscard]] int compare_versions(std::string_view a, std::string_view b);

// A case that did not pass becomes `known` where a row speaks of it, with its reason in front; one
// that passed becomes `vanished`.
void apply_known(const std::vector<KnownDifference>& known, RuntimeResults& runtime);

}  // namespace bulkhead::conformance
