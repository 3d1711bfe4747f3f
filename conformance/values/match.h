// What is expected against what was seen, both as JSON. An expectation says only what matters:
//
//   - an object matches where each of its members does; what was seen may have others;
//   - an array matches element by element, a scalar by its value;
//   - null matches what is not there.
//
// An object with one member that begins with a dollar sign says it otherwise:
//
//   {"$any": [E, …]}   one of them matches           {"$not": E}        E does not match
//   {"$has": [E, …]}   each matches some element     {"$lacks": [E, …]} none matches any element
//   {"$glob": "a*"}    of the text, as shells do     {"$most": 5}       a number up to it
//   {"$seen": true}    whatever it is, it is there   {"$all": [E, …]}   all of them match
#pragma once

#include <optional>
#include <string>

#include "oci-config/json.h"
#include "oci-config/problems.h"

namespace bulkhead::conformance {

struct Mismatch {
  std::string where;     // a JSON pointer into what was seen; empty: all of it
  std::string expected;  // JSON as the case writes it
  std::string seen;      // JSON; "nothing" where nothing was seen
};

[[nodiscard]] std::optional<Mismatch> mismatch(const oci_config::JsonValue& expected,
                                               const std::optional<oci_config::JsonValue>& seen);

// A problem for each word with a dollar sign that is unknown, or whose value cannot be what it is.
void check_expectation(const oci_config::JsonValue& expected, oci_config::Problems& problems);

}  // namespace bulkhead::conformance
