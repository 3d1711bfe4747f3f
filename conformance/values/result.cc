#include "conformance/values/result.h"

#include <algorithm>

#include "oci-config/name_table.h"

namespace bulkhead::conformance {

namespace {

constexpr oci_config::Named<Verdict> kVerdicts[] = {
    {"passed", Verdict::passed},       {"failed", Verdict::failed},
    {"different", Verdict::different}, {"known", Verdict::known},
    {"vanished", Verdict::vanished},   {"could not", Verdict::could_not}};

}  // namespace

std::string_view name_of(Verdict verdict) { return oci_config::name_in(kVerdicts, verdict); }
std::optional<Verdict> verdict_named(std::string_view name) {
  return oci_config::value_in(kVerdicts, name);
}

std::size_t count_of(const RuntimeResults& runtime, Verdict verdict) {
  return static_cast<std::size_t>(
      std::ranges::count(runtime.results, verdict, &CaseResult::verdict));
}

}  // namespace bulkhead::conformance
