#include "record/keeping/governing_profile.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "kernel/apparmor/apparmor_loaded.h"
#include "kernel/apparmor/apparmor_query.h"
#include "oci-config/runtime_spec.h"
#include "policy/values/profile_ref.h"
#include "record/keeping/access_query.h"

namespace bulkhead::record {

using base::cat;
using base::ErrorCode;
using base::Result;

namespace {

Result<bool> allows_capability(const std::string& profile, const Access& access,
                               const kernel::AppArmorPlaces& places) {
  const auto number = oci_config::capability_as_libcap_reads(cat("cap_", access.object));
  if (!number) {
    return base::fail(ErrorCode::unsupported,
                      cat(base::quoted(access.object), " is no capability that is known here"),
                      "compare the rules of the profiles");
  }
  for (const std::string_view member : policy::apparmor_stack_members(profile)) {
    const auto allowed = kernel::allowed_capabilities(member, places);
    if (!allowed) return std::unexpected(allowed.error());
    if ((*allowed >> *number & 1U) == 0) return false;
  }
  return true;
}

// A kernel that looks at addresses, too, has no answer for a family and a type alone.
bool looks_at_addresses(std::string_view family, const kernel::AppArmorPlaces& places) {
  constexpr std::array<std::string_view, 3> kFeatures = {"network", "network_v8", "network_v9"};
  return std::ranges::any_of(kFeatures, [&](std::string_view feature) {
    const std::string path = cat(places.securityfs, "/features/", feature, "/af_", family);
    return ::access(path.c_str(), F_OK) == 0;
  });
}

Result<void> check_askable(const Access& access, const kernel::AppArmorPlaces& places) {
  const bool is_unix = access.kind == AccessKind::unix_socket;
  const bool is_socket = is_unix || access.kind == AccessKind::network;
  const std::string_view family = is_unix ? std::string_view("unix") : access.object;
  const bool is_inet = family.starts_with("inet");
  if (!is_socket || !looks_at_addresses(is_inet ? "inet" : family, places)) return {};
  return base::fail(ErrorCode::unsupported,
                    cat("this kernel cannot be asked about sockets of the family ",
                        base::quoted(family), ": it looks at their addresses, too"),
                    "compare the rules of the profiles");
}

}  // namespace

Result<bool> governing_allows(const std::string& profile, const Access& access,
                              const kernel::AppArmorPlaces& places) {
  if (access.kind == AccessKind::capability) return allows_capability(profile, access, places);
  if (auto askable = check_askable(access, places); !askable) {
    return std::unexpected(std::move(askable.error()));
  }
  const auto queries = queries_of(access, profile);
  if (!queries) return std::unexpected(queries.error());
  for (const kernel::RuleQuery& query : *queries) {
    const auto answer = kernel::query_rule(profile, query);
    if (!answer) return std::unexpected(answer.error());
    if (!answer->allowed) return false;
  }
  return true;
}

}  // namespace bulkhead::record
