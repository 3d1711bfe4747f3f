// Which real runtime the shim stands in front of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace bulkhead::shim {

// The runtime that the shim's own name asks for: "bulkhead-crun" → "crun". Empty for
// "bulkhead-shim" and every other name: then the policy's list decides.
[[nodiscard]] std::string runtime_named_by(std::string_view argv0);

// Where a runtime name without a slash is looked for. The caller's PATH is not asked: whoever sets
// an engine's environment must not choose the runtime.
inline constexpr std::string_view kRuntimeDirectories[] = {
    "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"};

// The path of the first of `candidates` (names, or absolute paths) that is an executable regular
// file and not this program itself, under whatever name or link. Error (code runtime): none is;
// says for each candidate why not.
[[nodiscard]] base::Result<std::string> choose_runtime(const std::vector<std::string>& candidates);

}  // namespace bulkhead::shim
