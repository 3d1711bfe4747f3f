// Loads AppArmor profiles into the kernel: just in time before a container, or by hand.
//
// Nothing is ever half done: a file is compiled as a whole or not at all, and the kernel takes what
// was compiled as one set or refuses it. What is loaded is looked up in the kernel afterwards.
// Loading needs CAP_MAC_ADMIN in the AppArmor namespace of the node.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "kernel/apparmor/apparmor_loaded.h"
#include "kernel/apparmor/apparmor_places.h"
#include "policy/fallback/apparmor_default.h"

namespace bulkhead::kernel {

// One profile that was wanted, and what was done for it.
struct EnsuredProfile {
  LoadedProfile loaded;
  std::string path;  // the file that defines it; empty: Bulkhead's own text, or not looked for
  bool loaded_now = false;  // it was missing
  bool from_cache = false;  // and needed no compiling
};

// Sees to it that every profile of a label is loaded: "a", a stack "a//&b", a hat or child "a//h",
// ":ns:a" (defined as such in a file). What is loaded is left as it is. `bulkhead-default` needs no
// file. Several processes may ask at once, for one profile or for many: each profile is compiled
// and loaded by one of them.
// Errors (none leaves a profile behind that was not there): unsupported: no AppArmor, no parser;
// those of find_profile_source() and compile_apparmor(); refused: the file's other profiles are
// loaded already, and loading it would replace them, or one of them confines programs of the host;
// kernel: it takes no policy, or does not list what it took; io: another process holds the lock for
// too long.
[[nodiscard]] base::Result<std::vector<EnsuredProfile>> ensure_loaded(const std::string& label,
                                                                      const AppArmorPlaces& places);

// Loads a file whether or not its profiles are loaded, as apparmor_parser -r does. Running tasks
// get the new rules at once. Without `complain`: as the file says.
struct LoadOrder {
  std::string path;
  bool complain = false;
};
[[nodiscard]] base::Result<std::vector<LoadedProfile>> load_file(const LoadOrder& order,
                                                                 const AppArmorPlaces& places);

// The same for the file that defines a profile, or for bulkhead-default without one: how a profile
// changes its mode. With `complain` only denials of `deny` rules remain, and the rest is recorded;
// the file itself is not changed, so the next load of it is in the file's own mode again.
[[nodiscard]] base::Result<std::vector<LoadedProfile>> reload_profile(const std::string& name,
                                                                      bool complain,
                                                                      const AppArmorPlaces& places);

// Does the node's file say what the kernel holds?
enum class Freshness : std::uint8_t {
  same,
  stale,    // the file, or one that it includes, says something else than what was loaded
  no_file,  // no file defines it
  unknown,  // it was never compiled here, or the kernel keeps no digests
};
struct FreshnessAnswer {
  Freshness freshness = Freshness::unknown;
  std::string path;  // the file; empty with no_file
};
// never: only what an earlier compilation answers, for the start of a container (some 0.3 ms).
enum class MayCompile : std::uint8_t { never, once };
[[nodiscard]] FreshnessAnswer freshness_of(const LoadedProfile& loaded,
                                           const AppArmorPlaces& places, MayCompile may_compile);

// "the AppArmor profile 'x' in the kernel is not what '/etc/apparmor.d/x' says; …".
[[nodiscard]] base::Error stale_sentence(const LoadedProfile& loaded, const std::string& path);

// What this node's parser knows; no abi where none is installed.
[[nodiscard]] policy::AppArmorDialect dialect_of(const AppArmorPlaces& places);

// The text of bulkhead-default in the dialect of this node's parser.
[[nodiscard]] std::string default_profile_text(const AppArmorPlaces& places);

}  // namespace bulkhead::kernel
