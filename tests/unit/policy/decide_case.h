// The cases of tests/tables/decide.table: words in, documents and a decision out. The table's head
// says what the words mean.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/decide/decide.h"

namespace bulkhead::policy::testing {

struct DecideCase {
  std::string name;
  unsigned line = 0;
  std::string spec, policy, facts, expect, says;
};

// Throws std::runtime_error with the line of what it does not understand.
[[nodiscard]] std::vector<DecideCase> read_cases(const std::string& path);

struct Decided {
  Identity identity;
  Decision decision;
};

// Builds config.json, policy.json and the facts of the case from its words and decides.
[[nodiscard]] Decided decide_case(const DecideCase& item);

// config.json of the case, and what its edit makes of such a document.
[[nodiscard]] std::string config_of(const DecideCase& item);
[[nodiscard]] std::string edited(const std::string& config, const Decision& decision);
// The same decision over another config.json.
[[nodiscard]] Decided decide_config(const DecideCase& item, const std::string& config);

// "admitted", "changed", "observed", "would-refuse" or "refused".
[[nodiscard]] std::string outcome_of(const Decision& decision);
// The pointers of the edit (in mode observe: of the withheld one), "!" before a removed one.
[[nodiscard]] std::string edit_of(const Decision& decision);
[[nodiscard]] std::string seccomp_of(const Decision& decision);
// The planned filter's flags without "SECCOMP_FILTER_FLAG_": "LOG,SPEC_ALLOW".
[[nodiscard]] std::string flags_of(const Decision& decision);
[[nodiscard]] std::string arches_of(const Decision& decision);  // "x86_64,x86"
[[nodiscard]] std::string loader_of(const Decision& decision);  // "gate" or "runtime"
[[nodiscard]] std::string label_of(const Decision& decision);
// Every sentence of the decision, one a line: reasons, findings with their checks, the refusal.
[[nodiscard]] std::string sentences_of(const Decision& decision);

// "a b  c" → {"a", "b", "c"}.
[[nodiscard]] std::vector<std::string> words_of(std::string_view text);
// "a; b" → {"a", "b"}.
[[nodiscard]] std::vector<std::string> phrases_of(std::string_view text);

}  // namespace bulkhead::policy::testing
