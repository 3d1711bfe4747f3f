#include "conformance/values/result.h"

#include <algorithm>

#include "base/counted.h"
#include "base/text.h"
#include "oci-config/name_table.h"

namespace bulkhead::conformance {

namespace {

constexpr oci_config::Named<Verdict> kVerdicts[] = {
    {"passed", Verdict::passed},       {"failed", Verdict::failed},
    {"different", Verdict::different}, {"known", Verdict::known},
    {"vanished", Verdict::vanished},   {"could not", Verdict::could_not}};

std::string in_seconds(std::chrono::milliseconds time) {
  constexpr int kTenth = 100;
  const auto tenths = (time.count() + kTenth / 2) / kTenth;
  return base::cat(tenths / 10, '.', tenths % 10, " s");
}

}  // namespace

std::string_view name_of(Verdict verdict) { return oci_config::name_in(kVerdicts, verdict); }
std::optional<Verdict> verdict_named(std::string_view name) {
  return oci_config::value_in(kVerdicts, name);
}

std::size_t count_of(const RuntimeResults& runtime, Verdict verdict) {
  return static_cast<std::size_t>(
      std::ranges::count(runtime.results, verdict, &CaseResult::verdict));
}

std::string time_text(const RuntimeResults& runtime) {
  const auto longest = std::ranges::max_element(runtime.results, {}, &CaseResult::took);
  if (longest == runtime.results.end()) return "no cases";
  return base::cat(base::counted(runtime.results.size(), "case"), " in ", in_seconds(runtime.took),
                   ", the longest of them ", in_seconds(longest->took), ": ", longest->name);
}

}  // namespace bulkhead::conformance
