// What the policy's settings may be, and where a value comes from. The first enumerator, which is
// the zero value, never stands for the least confinement.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "policy/values/profile_ref.h"

namespace bulkhead::policy {

enum class Mode : std::uint8_t { enforce, observe };
enum class Unset : std::uint8_t { runtime_default, refuse, keep };
enum class NotLoaded : std::uint8_t { load, refuse };
enum class KeepOrRefuse : std::uint8_t { refuse, keep };
enum class KeepOrRequire : std::uint8_t { require, keep };
enum class KeepSetRequire : std::uint8_t { require, set, keep };
enum class FloorAction : std::uint8_t { refuse, clamp };
// Whether the kernel logs what a filter denies: always, by a second, identical filter of the gate's
// where need be; where it costs nothing, which is where the runtime takes the flag or the gate
// installs the filter; or not.
enum class LogDenials : std::uint8_t { always, yes, no };
// Who installs the filter that the runtime would install: the runtime itself, the gate wherever it
// can, or the gate where it can and that is cheaper. The same filter holds in each case.
enum class SeccompLoader : std::uint8_t { runtime, gate, automatic };
// Which architectures' calls a profile may list: the machine's own alone, or as whoever wrote it
// asks.
enum class SeccompArchitectures : std::uint8_t { native, as_asked };
enum class Prove : std::uint8_t { always, when_installing, never };
// Which capabilities a process that joins may have: those of the container, or what it asks for.
enum class ExecCapabilities : std::uint8_t { container, as_asked };

// As documents write them; empty for a number that is no enumerator.
[[nodiscard]] std::string_view name_of(Mode value);
[[nodiscard]] std::string_view name_of(Unset value);
[[nodiscard]] std::string_view name_of(NotLoaded value);
[[nodiscard]] std::string_view name_of(KeepOrRefuse value);
[[nodiscard]] std::string_view name_of(KeepOrRequire value);
[[nodiscard]] std::string_view name_of(KeepSetRequire value);
[[nodiscard]] std::string_view name_of(FloorAction value);
[[nodiscard]] std::string_view name_of(LogDenials value);     // "always", "true", "false"
[[nodiscard]] std::string_view name_of(SeccompLoader value);  // "runtime", "gate", "auto"
[[nodiscard]] std::string_view name_of(SeccompArchitectures value);
[[nodiscard]] std::string_view name_of(Prove value);
[[nodiscard]] std::string_view name_of(ExecCapabilities value);

// The profile that no other may allow more than. One that nobody has set is the fallback.
class SeccompFloor {
 public:
  SeccompFloor() = default;
  explicit SeccompFloor(ProfileRef profile) : profile_(std::move(profile)) {}
  static SeccompFloor none() { return SeccompFloor(std::nullopt); }

  explicit operator bool() const { return profile_.has_value(); }
  const ProfileRef& operator*() const { return *profile_; }
  const ProfileRef* operator->() const { return &*profile_; }
  [[nodiscard]] std::string text() const { return profile_ ? profile_->text() : "none"; }
  bool operator==(const SeccompFloor&) const = default;

 private:
  explicit SeccompFloor(std::nullopt_t) : profile_(std::nullopt) {}
  std::optional<ProfileRef> profile_ = ProfileRef::runtime_default();
};

// What `bulkhead watch` raises the kernel's audit backlog limit to.
struct BacklogLimit {
  std::uint32_t records = 0;  // 0: "keep"
  bool operator==(const BacklogLimit&) const = default;
};

// A runtime that shows no program to the gate (runsc, Kata) and is trusted to confine all the same.
struct TrustedRuntime {
  std::string runtime;  // a program's name, or its absolute path
  std::string because;
  bool operator==(const TrustedRuntime&) const = default;
};

// Where a value comes from: "built-in", or a file with the pointer of the key.
struct Origin {
  std::string file = "built-in";
  std::string pointer;
  unsigned line = 0;
  std::string rule;  // name of the rule that set it; empty for a global setting
  bool operator==(const Origin&) const = default;
};

// A value is always somebody's: there is no setting without one.
template <class T>
struct Setting {
  Setting(T a_value, Origin an_origin) : value(std::move(a_value)), origin(std::move(an_origin)) {}
  T value;
  Origin origin;
};

template <class T>
using MaybeSetting = std::optional<Setting<T>>;

}  // namespace bulkhead::policy
