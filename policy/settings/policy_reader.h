// Reading policy documents, strictly: an unknown key or value is an error with its pointer, line
// and the nearest known one. Pure: files are read by admission/.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "policy/settings/policy.h"

namespace bulkhead::policy {

struct PolicyDocument {
  std::string path;  // for Origin and messages
  std::string text;
};

struct ExaminedPolicy {
  Policy policy;                      // holds for nothing unless there are no findings
  std::vector<std::string> findings;  // sentences, each with file, pointer and line
};

// For who lists what is wrong.
[[nodiscard]] ExaminedPolicy examine_policy(std::vector<PolicyDocument> documents);

// Documents in the order policy.json, then policy.d/*.json by name. A later file's setting replaces
// an earlier one; rules of a later file are consulted before those of an earlier one, within a file
// from top to bottom. Comments are allowed. "version" must be 1 in every file.
// A rule that makes anything weaker than the settings around it must carry "because".
// Errors: code policy; all findings of all files in one message ("; also: ").
[[nodiscard]] base::Result<Policy> read_policy(std::vector<PolicyDocument> documents);

}  // namespace bulkhead::policy
