// Values of the policy as a document has them, and a whole policy as one document.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json_writer.h"
#include "base/text.h"
#include "policy/settings/policy.h"

namespace bulkhead::cli {

// The value as JSON text, which the reader of policies reads as the same value again.
[[nodiscard]] std::string json_of(const std::vector<std::string>& list);
[[nodiscard]] std::string json_of(const std::vector<policy::TrustedRuntime>& list);
[[nodiscard]] std::string json_of(const std::optional<policy::MetricsAddress>& address);
[[nodiscard]] std::string json_of(const policy::ProfileRef& profile);
[[nodiscard]] std::string json_of(const policy::SeccompFloor& floor);
[[nodiscard]] std::string json_of(const policy::BacklogLimit& limit);
[[nodiscard]] std::string json_of(const policy::RecordRequest& request);
[[nodiscard]] std::string json_of(policy::LogDenials value);
[[nodiscard]] std::string json_of(auto value) { return base::json_string(name_of(value)); }

// One document that says all that the files of `policy` say together, with every setting that a
// document may have, built-in ones too. Which file said what is not in it. Nor are `recordings`,
// which are no policy.
[[nodiscard]] std::string document_of(const policy::Policy& policy);

}  // namespace bulkhead::cli
