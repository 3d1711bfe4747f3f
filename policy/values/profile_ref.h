// How a policy, an engine or a rule names a profile: "runtime/default", "unconfined",
// "localhost/<path or name>", or the filter that stands inline in config.json.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace bulkhead::policy {

enum class ProfileKind : std::uint8_t { runtime_default, unconfined, localhost, inline_config };

class ProfileRef {
 public:
  // A reference that nobody has set is the fallback, never unconfined.
  ProfileRef() = default;

  static ProfileRef runtime_default() { return ProfileRef(ProfileKind::runtime_default, {}); }
  static ProfileRef unconfined() { return ProfileRef(ProfileKind::unconfined, {}); }
  static ProfileRef inline_config() { return ProfileRef(ProfileKind::inline_config, {}); }

  // A seccomp reference. localhost paths are relative, without empty, "." or ".." components, NUL
  // or control characters, at most 1024 bytes. Spellings that engines use are understood:
  // "runtime/default", "RuntimeDefault", "docker/default", "unconfined", "Unconfined",
  // "localhost/…". Errors: invalid_input with the nearest valid form.
  [[nodiscard]] static base::Result<ProfileRef> parse_seccomp(std::string_view text);

  // An AppArmor reference: the same words, and localhost/<profile name>, where a name may hold
  // stacks ("a//&b"), hats and ":ns:p". A name that confines nothing ("localhost/unconfined",
  // ":ns:unconfined") is unconfined() by another spelling, and comes back as that.
  [[nodiscard]] static base::Result<ProfileRef> parse_apparmor(std::string_view text);

  [[nodiscard]] ProfileKind kind() const { return kind_; }
  [[nodiscard]] const std::string& name() const { return name_; }  // of localhost; else empty
  [[nodiscard]] std::string text() const;  // "localhost/profiles/my-app.json"
  bool operator==(const ProfileRef&) const = default;
  auto operator<=>(const ProfileRef&) const = default;

 private:
  ProfileRef(ProfileKind kind, std::string name) : kind_(kind), name_(std::move(name)) {}
  ProfileKind kind_ = ProfileKind::runtime_default;
  std::string name_;
};

// "a//&b" → {"a", "b"}; a name that is no stack is its only member. Views into `name`.
[[nodiscard]] std::vector<std::string_view> apparmor_stack_members(std::string_view name);

// ":ns://p" as ":ns:p", which is how the kernel lists it; any other name as it is.
[[nodiscard]] std::string canonical_apparmor_name(std::string_view name);

// False when every member of the stack is "unconfined", in whichever AppArmor namespace.
[[nodiscard]] bool apparmor_name_confines(std::string_view name);

// What is told behind a profile's name where the policy took something out of it.
inline constexpr std::string_view kLessDenied = " less seccomp.deny";
inline constexpr std::string_view kLessArchitectures = " less other architectures";

}  // namespace bulkhead::policy
