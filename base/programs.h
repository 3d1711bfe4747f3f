// Where the programs of a node are, this one among them.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace bulkhead::base {

// Where a program's name without a slash is looked for, in this order: what `install` finds is what
// the shim executes. PATH is never asked: whoever sets an engine's environment must not choose it.
inline constexpr std::array<std::string_view, 6> kProgramDirectories = {
    "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"};

// This program's own file, for what looks at it or copies it.
inline constexpr const char* kOwnProgram = "/proc/self/exe";

// The directory that it lies in, with a final slash; empty when it cannot be told.
[[nodiscard]] std::string own_directory();

}  // namespace bulkhead::base
