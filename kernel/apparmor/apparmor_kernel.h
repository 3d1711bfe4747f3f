// The kernel's end of AppArmor: which features it has, and the files that take policy.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "kernel/apparmor/apparmor_places.h"

namespace bulkhead::kernel {

class PolicyLoader {
 public:
  // Errors: unsupported: AppArmor is not enabled; kernel: its features cannot be read.
  [[nodiscard]] static base::Result<PolicyLoader> open(const AppArmorPlaces& places);

  // Names the set of features that policy is compiled for.
  [[nodiscard]] const std::string& features_id() const { return features_id_; }

  // 0 or an errno. `load` refuses what is there already (EEXIST), `replace` takes its place.
  [[nodiscard]] int load(std::string_view policy) const { return transfer("/.load", policy); }
  [[nodiscard]] int replace(std::string_view policy) const { return transfer("/.replace", policy); }
  // By name, ":namespace:profile". ENOENT: there is none.
  [[nodiscard]] int remove(std::string_view name) const { return transfer("/.remove", name); }

 private:
  PolicyLoader(std::string securityfs, std::string features_id)
      : securityfs_(std::move(securityfs)), features_id_(std::move(features_id)) {}
  [[nodiscard]] int transfer(std::string_view file, std::string_view policy) const;

  std::string securityfs_;
  std::string features_id_;
};

}  // namespace bulkhead::kernel
