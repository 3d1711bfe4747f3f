// The modes that the kernel gives AppArmor profiles, and which of them confine.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace bulkhead::policy {

enum class AppArmorMode : std::uint8_t { enforce, complain, kill, unconfined };

// As the kernel words it, "enforce", and back. A stack's label may have another one, "mixed".
[[nodiscard]] std::string_view name_of(AppArmorMode mode);
[[nodiscard]] std::optional<AppArmorMode> apparmor_mode_named(std::string_view name);

// Whether a profile in that mode denies what it does not allow. Unconfined mode (aa-teardown,
// flags=(unconfined)) confines as little as complain mode does, and logs nothing.
[[nodiscard]] bool confines(AppArmorMode mode);
// The same of a label's mode; not of "mixed".
[[nodiscard]] bool confines(std::string_view mode);

}  // namespace bulkhead::policy
