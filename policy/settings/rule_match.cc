#include "policy/settings/rule_match.h"

#include <algorithm>

#include "base/text.h"

namespace bulkhead::policy {

namespace {

using Glob = std::optional<std::string>;

constexpr MatchGlob kGlobs[] = {
    {"engine", &RuleMatch::engine,
     [](const Identity& identity) {
       return identity.engine == Engine::unknown ? std::string_view() : name_of(identity.engine);
     }},
    {"namespace", &RuleMatch::namespace_,
     [](const Identity& identity) { return std::string_view(identity.namespace_); }},
    {"pod", &RuleMatch::pod,
     [](const Identity& identity) { return std::string_view(identity.pod); }},
    {"container", &RuleMatch::container,
     [](const Identity& identity) { return std::string_view(identity.container); }},
    {"image", &RuleMatch::image,
     [](const Identity& identity) { return std::string_view(identity.image); }},
};

// A glob over a name that the container does not have matches nothing, not even "*": a rule for
// "any namespace" is a rule for containers in a namespace.
bool holds(const Glob& glob, std::string_view name) {
  return !glob || (!name.empty() && base::glob_match(*glob, name));
}

std::string_view text_of(bool flag) { return flag ? "true" : "false"; }

bool is_plain(const std::string& glob) { return glob.find_first_of("*?") == std::string::npos; }

bool exclude_each_other(const Glob& a, const Glob& b) {
  if (!a || !b || *a == *b) return false;
  if (is_plain(*a)) return !base::glob_match(*b, *a);
  return is_plain(*b) && !base::glob_match(*a, *b);
}

bool covers(const Glob& wide, const Glob& narrow) {
  if (!wide) return true;
  if (!narrow) return false;
  return *wide == *narrow || *wide == "*" ||
         (is_plain(*narrow) && base::glob_match(*wide, *narrow));
}

// Of these the names come from Kubernetes, and only its engines tell them (values/identity.h).
bool tells_names(Engine engine) { return engine == Engine::containerd || engine == Engine::crio; }

bool some_engine_tells_names(const Glob& engine) {
  return std::ranges::any_of(
      kEngines, [&](Engine one) { return tells_names(one) && holds(engine, name_of(one)); });
}

}  // namespace

std::span<const MatchGlob> match_globs() { return kGlobs; }

std::optional<Mismatch> first_mismatch(const RuleMatch& match, const Identity& identity) {
  for (const MatchGlob& row : kGlobs) {
    const Glob& glob = match.*row.glob;
    const std::string_view name = row.name_in(identity);
    if (!holds(glob, name)) return Mismatch{row.key, *glob, name};
  }
  if (!match.privileged || *match.privileged == identity.privileged) return std::nullopt;
  return Mismatch{"privileged", text_of(*match.privileged), text_of(identity.privileged)};
}

bool matches_by_name(const RuleMatch& match) {
  return std::ranges::any_of(kGlobs,
                             [&](const MatchGlob& row) { return (match.*row.glob).has_value(); });
}

bool exclude_each_other(const RuleMatch& a, const RuleMatch& b) {
  if (a.privileged && b.privileged && *a.privileged != *b.privileged) return true;
  return std::ranges::any_of(
      kGlobs, [&](const MatchGlob& row) { return exclude_each_other(a.*row.glob, b.*row.glob); });
}

bool covers(const RuleMatch& wide, const RuleMatch& narrow) {
  if (wide.privileged && wide.privileged != narrow.privileged) return false;
  return std::ranges::all_of(
      kGlobs, [&](const MatchGlob& row) { return covers(wide.*row.glob, narrow.*row.glob); });
}

std::string_view key_that_never_holds(const RuleMatch& match) {
  if (some_engine_tells_names(match.engine)) return {};
  for (const MatchGlob& row : kGlobs) {
    if (row.glob != &RuleMatch::engine && match.*row.glob) return row.key;
  }
  return {};
}

}  // namespace bulkhead::policy
