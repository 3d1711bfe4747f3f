#include "policy/values/apparmor_recorder.h"

#include <algorithm>

#include "base/text.h"
#include "policy/values/profile_ref.h"

namespace bulkhead::policy {

using base::cat;

namespace {

constexpr std::string_view kStacked = "//&";

}  // namespace

std::string recorder_member(std::string_view name) { return cat(':', kRecorderSpace, ':', name); }

std::string recorder_name(std::string_view member) {
  const std::string canonical = canonical_apparmor_name(member);
  return canonical.substr(std::min(recorder_member({}).size(), canonical.size()));
}

bool is_recorder(std::string_view member) {
  const std::string canonical = canonical_apparmor_name(member);
  const std::string space = recorder_member({});
  if (!canonical.starts_with(space)) return false;
  const std::string_view name = std::string_view(canonical).substr(space.size());
  return name == "unconfined" || name.starts_with(kRecorderPrefix);
}

bool has_recorder(std::string_view label) {
  return std::ranges::any_of(apparmor_stack_members(label), is_recorder);
}

std::string without_recorders(std::string_view label) {
  std::string rest;
  for (const std::string_view member : apparmor_stack_members(label)) {
    if (is_recorder(member)) continue;
    if (!rest.empty()) rest += kStacked;
    rest += member;
  }
  return rest;
}

std::string stacked_label(std::string_view label, std::string_view recorder) {
  return recorder.empty() ? std::string(label) : cat(label, kStacked, recorder);
}

}  // namespace bulkhead::policy
