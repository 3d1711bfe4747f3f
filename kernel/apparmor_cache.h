// Compiled AppArmor policy by what it was compiled from: 2 ms to load instead of 100 ms to compile.
//
// /var/cache/bulkhead/apparmor/<key>.bin, key = SHA-256 over the text, everything that it includes,
// the parser's settings, the parser itself, the kernel's features and this format's version. A file
// is believed only when it belongs to root or to the caller, nobody else may write it, its header
// names the key and its digest matches. Everything here may be deleted at any time, and a directory
// that cannot be written only costs time.
#pragma once

#include <optional>
#include <string>

#include "kernel/apparmor_places.h"
#include "kernel/apparmor_source.h"

namespace bulkhead::kernel {

struct CompiledPolicy {
  std::string key;    // 64 hexadecimal digits
  std::string bytes;  // what apparmor_parser made
  // What the kernel calls this content (policy/profiles/*/raw_sha1 or raw_sha256), once it has been
  // loaded or compared; empty before.
  std::string kernel_digest;
  bool from_cache = false;
};

// `features` is aa_features_id() of the kernel.
[[nodiscard]] std::string compile_key(const ProfileSource& source, const AppArmorPlaces& places,
                                      const std::string& features);

[[nodiscard]] std::optional<CompiledPolicy> find_compiled(const std::string& key,
                                                          const AppArmorPlaces& places);
// Failing is no concern of the caller.
void remember_compiled(const CompiledPolicy& policy, const AppArmorPlaces& places);

// From the cache, or by compiling and then remembering. What is compiled belongs to the key: when a
// file that the profile includes changes meanwhile, it is done again, three times at most.
// Errors: those of compile_apparmor; io: the files did not stop changing.
[[nodiscard]] base::Result<CompiledPolicy> compiled_policy(const ProfileSource& source,
                                                           const AppArmorPlaces& places,
                                                           const std::string& features);

}  // namespace bulkhead::kernel
