#include "conformance/running/judge.h"

#include "base/text.h"
#include "conformance/values/match.h"

namespace bulkhead::conformance {

namespace {

using base::cat;
using oci_config::JsonDocument;
using oci_config::JsonValue;

constexpr std::size_t kMaxShown = 400;

std::string shown(const std::string& json) {
  return json.size() <= kMaxShown ? json : cat(json.substr(0, kMaxShown), "…");
}

// "getppid": what the probe did, in short.
std::string doing(const JsonValue& thing) {
  const auto first = thing.first();
  return first ? cat(first->key(), ' ', shown(std::string(first->raw()))) : "nothing";
}

}  // namespace

void Judge::compare(std::string_view what, const JsonValue& expected, const std::string& seen) {
  const auto saw = JsonDocument::parse(seen, {.described = what});
  if (!saw) return say(cat(what, ": what was seen is no JSON: ", base::quoted(seen)));
  const auto wanted =
      JsonDocument::parse(bundle_.filled(std::string(expected.raw())), {.described = what});
  if (!wanted) return say(wanted.error().message);
  const auto found = mismatch(wanted->root(), saw->root());
  if (!found) return;
  say(cat(what, found->where.empty() ? "" : ": ", found->where, ": expected ",
          shown(found->expected), ", seen ", shown(found->seen)));
}

void Judge::compare_inside(std::string_view what, const JsonValue& inside,
                           const std::string& reports) {
  const auto saw = JsonDocument::parse(reports, {.described = what});
  if (!saw) return say(cat(what, ": the report is no JSON: ", base::quoted(reports)));
  auto report = saw->root().first();
  for (auto thing = inside.first(); thing; thing = thing->next()) {
    if (const auto gives = thing->member("gives")) {
      compare(cat(what, ", ", doing(*thing)), *gives, report ? std::string(report->raw()) : "null");
    }
    if (report) report = report->next();
  }
}

}  // namespace bulkhead::conformance
