// The data of conformance as it lies in a directory:
//
//   base.json                    the config.json that every case edits
//   parts/NAME.json              merge patches that several cases name under "with"
//   cases/AREA/NAME.json         the cases
//   known/RUNTIME.json           differences that are known (known.h)
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "conformance/values/case.h"
#include "oci-config/json.h"

namespace bulkhead::conformance {

inline constexpr const char* kInstalledData = "/usr/share/bulkhead/conformance";

struct CaseFiles {
  std::shared_ptr<const oci_config::JsonDocument> base;
  std::map<std::string, std::shared_ptr<const oci_config::JsonDocument>> parts;
  std::vector<Case> cases;  // by name
};

// Errors: io (nothing there, a file that cannot be read), invalid_input (a file that is wrong, or a
// case that names a part which is not there). One bad file spoils all: a case that is left out
// silently would be taken for one that passed.
[[nodiscard]] base::Result<CaseFiles> read_case_files(const std::string& directory);

// Those whose name one of the globs matches; all where there is none.
[[nodiscard]] std::vector<Case> selected(const std::vector<Case>& cases,
                                         const std::vector<std::string>& globs);

}  // namespace bulkhead::conformance
