// What came of a case, and of all of them on one runtime.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/values/case.h"

namespace bulkhead::conformance {

enum class Verdict : std::uint8_t {
  passed,
  failed,     // what a MUST of the spec asks for is not so
  different,  // what a SHOULD asks for, or people expect, is not so
  known,      // it is not so, and known/RUNTIME.json says why
  vanished,   // known/RUNTIME.json has a difference that is no longer there
  could_not,  // this machine lacks what the case needs
};
[[nodiscard]] std::string_view name_of(Verdict verdict);  // "passed", "failed", …, "could not"
[[nodiscard]] std::optional<Verdict> verdict_named(std::string_view name);

struct CaseResult {
  std::string name;
  Verdict verdict = Verdict::passed;
  std::vector<std::string> reasons;  // sentences; the same in two runs
  std::string bundle;                // where it is kept; else empty
  std::string command;               // that shows it there
  // Of this run, which no report holds: two runs have the same reports.
  std::chrono::milliseconds took{};
};

struct RuntimeResults {
  std::string path;
  std::string family;                // "runc"
  std::string version;               // "1.1.5"; what it says of itself
  std::vector<CaseResult> results;   // in the order of the cases
  std::chrono::milliseconds took{};  // as above: of all cases, several at a time
};

[[nodiscard]] std::size_t count_of(const RuntimeResults& runtime, Verdict verdict);

// "474 cases in 31.2 s, the longest of them 0.8 s: hooks.timeout-zero"
[[nodiscard]] std::string time_text(const RuntimeResults& runtime);

}  // namespace bulkhead::conformance
