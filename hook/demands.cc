#include "hook/demands.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>

#include "base/text.h"
#include "oci-config/spec_edit.h"

namespace bulkhead::hook {

using base::cat;
using base::Result;
using oci_config::EditOperation;
using oci_config::RemoveMember;
using oci_config::SeccompProfile;
using oci_config::SetMember;

namespace {

enum class Means : std::uint8_t {
  nothing_needed,  // it confines nothing, or leaving it out confines more
  filter,          // the gate installs the planned filter
  label,           // the gate gives the init the planned AppArmor label
  out_of_reach,
};

struct Place {
  std::string_view pointer;  // the place itself and everything below it
  std::string_view name;
  Means when_set;
  Means when_removed;
};

// The first row that matches counts; what no row names is out of reach.
constexpr std::array<Place, 9> kPlaces = {{
    {"/hooks", "the hook", Means::nothing_needed, Means::nothing_needed},
    {"/linux/seccomp/flags", "seccomp flags", Means::nothing_needed, Means::nothing_needed},
    // A filter that a rule would have taken away only makes the container stricter.
    {"/linux/seccomp", "the seccomp filter", Means::filter, Means::nothing_needed},
    // An annotation that would void the filter: the planned one is installed beside it.
    {"/annotations", "annotations", Means::filter, Means::filter},
    {"/process/noNewPrivileges", "no_new_privileges", Means::out_of_reach, Means::out_of_reach},
    {"/process/capabilities", "capabilities", Means::out_of_reach, Means::out_of_reach},
    {"/process/apparmorProfile", "the AppArmor profile", Means::label, Means::out_of_reach},
    {"/root/readonly", "a read-only root file system", Means::out_of_reach, Means::out_of_reach},
    {"", "a change of config.json", Means::out_of_reach, Means::out_of_reach},
}};

bool is_at_or_below(std::string_view pointer, std::string_view place) {
  return pointer.starts_with(place) &&
         (place.empty() || pointer.size() == place.size() || pointer[place.size()] == '/');
}

const Place& place_of(std::string_view pointer) {
  return *std::ranges::find_if(
      kPlaces, [&](const Place& place) { return is_at_or_below(pointer, place.pointer); });
}

const std::string& pointer_of(const EditOperation& operation) {
  return std::visit([](const auto& change) -> const std::string& { return change.pointer; },
                    operation);
}

std::string as_filter(SeccompProfile profile) {
  profile.flags.clear();
  profile.listener_path.clear();
  profile.listener_metadata.clear();
  return oci_config::to_oci_json(profile);
}

// Flags, which a runtime may have been given by the shim, do not shape a filter.
bool same_filter(const std::optional<SeccompProfile>& configured,
                 const std::optional<SeccompProfile>& planned) {
  return configured && planned && as_filter(*configured) == as_filter(*planned);
}

// Whether config.json already says what the operation would make it say.
Result<bool> is_carried(const EditOperation& operation, const oci_config::JsonDocument& config) {
  auto text = oci_config::apply(config, {.operations = {operation}});
  if (!text) return std::unexpected(std::move(text.error()));
  return *text == config.text();
}

}  // namespace

Result<Demands> demands_of(const policy::Plan& plan, const oci_config::JsonDocument& config,
                           const oci_config::RuntimeSpec& spec) {
  Demands demands{.stack_filter = plan.seccomp.stacked.has_value()};
  for (const EditOperation& operation : plan.edit.operations) {
    const Place& place = place_of(pointer_of(operation));
    const Means means =
        std::holds_alternative<SetMember>(operation) ? place.when_set : place.when_removed;
    if (means == Means::nothing_needed) continue;
    if (means == Means::filter && place.pointer == "/linux/seccomp" &&
        same_filter(spec.seccomp, plan.seccomp.profile)) {
      continue;
    }
    const auto carried = is_carried(operation, config);
    if (!carried) return std::unexpected(carried.error());
    if (*carried) continue;
    if (means == Means::filter) {
      demands.install_filter = plan.seccomp.profile.has_value();
    } else if (means == Means::label) {
      demands.set_label = true;
    } else {
      demands.out_of_reach.push_back(cat(place.name, " (", pointer_of(operation), ")"));
    }
  }
  return demands;
}

base::Error out_of_reach(const Demands& demands) {
  return {
      base::ErrorCode::refused,
      cat("the policy demands what a hook alone cannot bring about: ",
          base::join(demands.out_of_reach, ", ")),
      "let the engine start containers through bulkhead-shim, or Podman use the precreate hook"};
}

}  // namespace bulkhead::hook
