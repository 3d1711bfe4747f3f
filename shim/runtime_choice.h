// Which real runtime the shim stands in front of.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "policy/values/node_facts.h"

namespace bulkhead::shim {

struct Runtime {
  std::string path;
  std::optional<policy::RuntimeFeatures> features;  // nothing: it could not be asked
};

// The runtime that the shim's own name asks for: "bulkhead-crun" → "crun". Empty for
// "bulkhead-shim" and every other name: then the policy's list decides.
[[nodiscard]] std::string runtime_named_by(std::string_view argv0);

// The path of the first of `candidates` (names, looked for where
// base/programs.h says, or absolute paths) that is an executable regular file and no build of this
// program, under whatever name or link. Error (code runtime): none is; says for each candidate why
// not.
[[nodiscard]] base::Result<std::string> choose_runtime(const std::vector<std::string>& candidates);

}  // namespace bulkhead::shim
