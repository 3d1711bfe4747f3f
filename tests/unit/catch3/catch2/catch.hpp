// Catch2 3, as Debian 13 has it, under the names of Catch2 2, as Debian 12 has it. The Makefile
// puts this directory on the path where there is no catch.hpp of its own. The program's main() is
// the library's.
#pragma once

#include <catch2/catch_all.hpp>
#include <string>

namespace Catch {

inline auto Contains(const std::string& part) { return Matchers::ContainsSubstring(part); }
using Matchers::EndsWith;
using Matchers::Matches;
using Matchers::StartsWith;

}  // namespace Catch

using Catch::Approx;
