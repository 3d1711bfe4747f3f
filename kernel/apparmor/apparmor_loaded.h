// What the kernel holds of one AppArmor profile: its mode and the digest of what was loaded.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "kernel/apparmor/apparmor_places.h"
#include "policy/values/node_facts.h"

namespace bulkhead::kernel {

struct LoadedProfile {
  std::string name;
  policy::AppArmorMode mode = policy::AppArmorMode::enforce;
  // Of the whole set that was loaded at once, in hexadecimal, as the kernel reports it; empty where
  // the kernel keeps none (CONFIG_SECURITY_APPARMOR_HASH, …_EXPORT_BINARY).
  std::string digest;
  std::string directory;  // policy/profiles/<name>.<number>
};

// The profiles that the kernel lists, by name. Error: kernel, see probe_apparmor().
[[nodiscard]] base::Result<policy::AppArmorFacts> loaded_profiles(const AppArmorPlaces& places);

// The same of one profile, without its digest and directory: a fifth of the time of find_loaded().
[[nodiscard]] std::optional<LoadedProfile> find_listed(std::string_view name,
                                                       const AppArmorPlaces& places);

// Nothing when no profile of that name is loaded in this AppArmor namespace. Of a child or hat the
// digest is its profile's.
[[nodiscard]] std::optional<LoadedProfile> find_loaded(std::string_view name,
                                                       const AppArmorPlaces& places);

// Whether what the kernel holds is byte for byte this policy; nothing when the kernel does not say.
[[nodiscard]] std::optional<bool> is_same_policy(const LoadedProfile& loaded,
                                                 std::string_view bytes);

// Which capabilities the profile that is loaded allows, bit n for capability n. `name` as for
// find_loaded(). Error: unsupported, where the kernel does not show what was loaded
// (CONFIG_SECURITY_APPARMOR_EXPORT_BINARY), or it is not of this form.
[[nodiscard]] base::Result<std::uint64_t> allowed_capabilities(std::string_view name,
                                                               const AppArmorPlaces& places);

// policy/../revision: grows with every change of policy. A poll for POLLIN on the file waits for
// one. Error: kernel.
[[nodiscard]] base::Result<std::uint64_t> policy_revision(const AppArmorPlaces& places);
}  // namespace bulkhead::kernel
