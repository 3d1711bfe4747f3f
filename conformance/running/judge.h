// Holds what was seen against what a case expects, and says the difference in a sentence.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/running/bundle.h"
#include "oci-config/json.h"

namespace bulkhead::conformance {

// Collects the sentences of one case, the same in each run: ids and directories are variables.
class Judge {
 public:
  explicit Judge(const Bundle& bundle) : bundle_(bundle) {}

  void say(std::string sentence) { reasons_.push_back(bundle_.neutral(std::move(sentence))); }
  // `seen` is a JSON text; what is expected has its variables filled in first.
  void compare(std::string_view what, const oci_config::JsonValue& expected,
               const std::string& seen);
  // The reports of a probe, against the "gives" of each thing that it did.
  void compare_inside(std::string_view what, const oci_config::JsonValue& inside,
                      const std::string& reports);

  [[nodiscard]] bool content() const { return reasons_.empty(); }
  [[nodiscard]] std::vector<std::string> take() { return std::move(reasons_); }

 private:
  const Bundle& bundle_;
  std::vector<std::string> reasons_;
};

}  // namespace bulkhead::conformance
