// bulkhead-default: the AppArmor profile of a container that asked for none, as text of our own.
//
// What it is measured by: docker-default as containerd and containers-common render it. It is
// nowhere more permissive than both, and real software runs under it without a denial in normal
// work; tests/vm compares them by what processes can do.
//
// What it does not protect against: it confines by path as the container sees it, so a directory of
// the host that was mounted into the container is open; it grants every capability that the
// container has (those are limited elsewhere); it is no replacement for the seccomp filter.
#pragma once

#include <string>
#include <string_view>

namespace bulkhead::policy {

inline constexpr std::string_view kDefaultProfileName = "bulkhead-default";

// What the parser of this node knows. Rules for what it does not know are left out; the parser
// itself leaves out what the kernel does not know.
struct AppArmorDialect {
  // The newest description of kernel features that parser brings: "abi/4.0", "abi/3.0", or empty
  // (before AppArmor 3.0). Pinning it keeps rules that a younger kernel mediates from denying what
  // the text never spoke of.
  std::string abi;
  bool rules_of_4_0 = false;  // `userns`, `mqueue` and `io_uring` rules (AppArmor 4.0)
  bool operator==(const AppArmorDialect&) const = default;
};

[[nodiscard]] std::string render_default_profile(const AppArmorDialect& dialect);

// Rules of it for other profiles of containers: what lets engines and runtimes stop and examine the
// container, and everything that it denies.
[[nodiscard]] std::string_view rules_for_runners();
[[nodiscard]] std::string default_profile_denials();

}  // namespace bulkhead::policy
