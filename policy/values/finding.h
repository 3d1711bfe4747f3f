// A finding: one thing about a document, a profile or a decision that a person should know.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::policy {

enum class Severity : std::uint8_t { note, warning, error };
[[nodiscard]] std::string_view name_of(Severity severity);  // "note", "warning", "error"

struct Finding {
  Severity severity = Severity::note;
  std::string check;    // stable id of the check or rule that found it: "default-action-allows"
  std::string pointer;  // JSON pointer into the document it speaks of; may be empty
  std::string message;  // one sentence without a final period
  std::string remedy;   // what to do; may be empty
  bool operator==(const Finding&) const = default;
};

[[nodiscard]] bool has_errors(const std::vector<Finding>& findings);

}  // namespace bulkhead::policy
