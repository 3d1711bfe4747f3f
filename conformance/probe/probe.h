// What runs inside a container of conformance: this program itself, copied into its root. It does
// what its words say and reports what came of it, as one line of JSON on standard output.
//
//   bulkhead conformance-probe wait  [{"call": "getpid"}, …]   and stays until standard input ends
//   bulkhead conformance-probe once  [{"call": "getpid"}, …]
//   bulkhead conformance-probe hook  FILE NAME [EXIT-CODE [MILLISECONDS]]   as an OCI hook
//
// It is no command for people: it stands in no list, and every word of it comes from a case.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::conformance {

inline constexpr std::string_view kProbeWord = "conformance-probe";

// `words` begin behind kProbeWord; `program` is argv[0], by which a probe executes itself. The
// exit code: 0, or 2 where the words cannot be understood, or what a hook is told to end with.
[[nodiscard]] int run_probe(const std::string& program, const std::vector<std::string>& words);

}  // namespace bulkhead::conformance
