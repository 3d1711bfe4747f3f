// A rule's "match", key by key: which containers it means, which key says that it does not mean
// one, and which matches mean none at all.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "policy/settings/policy.h"

namespace bulkhead::policy {

// A key whose value is a glob. "privileged" is the one that is none.
struct MatchGlob {
  std::string_view key;
  std::optional<std::string> RuleMatch::*glob;
  std::string_view (*name_in)(const Identity& identity);  // empty: the container has none
};
// In the order of documents.
[[nodiscard]] std::span<const MatchGlob> match_globs();

// The first key that does not hold for a container.
struct Mismatch {
  std::string_view key;
  std::string_view wanted;  // the glob, or "true" or "false"
  std::string_view found;   // empty: the container has no such name
};
// Views into both; nothing where the rule matches.
[[nodiscard]] std::optional<Mismatch> first_mismatch(const RuleMatch& match,
                                                     const Identity& identity);

// Whether it asks for any name.
[[nodiscard]] bool matches_by_name(const RuleMatch& match);

// Whether no container matches both. False where that cannot be told from the globs.
[[nodiscard]] bool exclude_each_other(const RuleMatch& a, const RuleMatch& b);

// Whether every container that `narrow` matches is matched by `wide`. False where that cannot be
// told from the globs.
[[nodiscard]] bool covers(const RuleMatch& wide, const RuleMatch& narrow);

// The key that no container of the match's engine can have ("image" of Podman's); empty where there
// is none.
[[nodiscard]] std::string_view key_that_never_holds(const RuleMatch& match);

}  // namespace bulkhead::policy
