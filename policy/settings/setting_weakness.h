// Whether a rule's value leaves a container weaker than the values around it, one function for each
// kind of setting. Each returns what the change is, for the sentence "weakens KEY (CHANGE)"; empty
// where nothing is weaker. Internal to policy/settings/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "policy/settings/setting.h"

namespace bulkhead::policy {

// The values that would hold without the rule, for one container or another.
template <class T>
using Around = std::vector<const T*>;

// The higher the stricter.
[[nodiscard]] int strictness(Unset value);
[[nodiscard]] int strictness(KeepOrRefuse value);
[[nodiscard]] int strictness(KeepOrRequire value);
[[nodiscard]] int strictness(SeccompArchitectures value);
[[nodiscard]] int strictness(ExecCapabilities value);
[[nodiscard]] int strictness(KeepSetRequire value);  // set and require end in the same state

// "'keep' where 'runtime-default' holds otherwise"
[[nodiscard]] std::string instead_of(std::string_view own, std::string_view other);

template <class T>
std::string less_strict(const T& own, const Around<T>& around) {
  for (const T* other : around) {
    if (strictness(own) < strictness(*other)) return instead_of(name_of(own), name_of(*other));
  }
  return {};
}

// For settings of which no value confines less than another.
template <class T>
std::string never_weaker(const T&, const Around<T>&) {
  return {};
}

[[nodiscard]] std::string unconfined(const ProfileRef& own, const Around<ProfileRef>& around);
// Any floor is stricter than none. Two that differ cannot be compared here, and count as weaker.
[[nodiscard]] std::string other_floor(const SeccompFloor& own, const Around<SeccompFloor>& around);
[[nodiscard]] std::string denies_less(const std::vector<std::string>& own,
                                      const Around<std::vector<std::string>>& around);
[[nodiscard]] std::string drops_less(const std::vector<std::string>& own,
                                     const Around<std::vector<std::string>>& around);
[[nodiscard]] std::string keeps_annotations(const std::vector<std::string>& own,
                                            const Around<std::vector<std::string>>& around);

}  // namespace bulkhead::policy
