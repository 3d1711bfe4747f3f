// Compiled AppArmor policy by what it was compiled from: 2 ms to load instead of 100 ms to compile.
//
// /var/cache/bulkhead/apparmor/<digest>.bin, named by the profile's text, the parser itself, the
// kernel's features, this machine's architecture and this format's version. Inside stands what it
// was compiled from: a digest of all files that the text includes, and of each its identity, size
// and times. While none of these changed, no file is read; when one did, the digest decides.
//
// A file is believed only when it belongs to root or to the caller, nobody else may write it, its
// header is right and its checksum matches. Everything here may be deleted at any time, and a
// directory that cannot be written only costs time. After a compilation, what an earlier state of
// the same file compiled to is removed, and what came of files that are gone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel/apparmor/apparmor_places.h"
#include "kernel/apparmor/apparmor_source.h"

namespace bulkhead::kernel {

struct CompiledPolicy {
  std::string name;  // of its file: 64 hexadecimal digits
  std::string key;   // digest of everything it was compiled from
  std::string
      source;         // "as written" or "complain", and the file's path; only that for our own text
  std::string bytes;  // what apparmor_parser made
  // What the kernel calls this content (policy/profiles/*/raw_sha1 or raw_sha256), once it has been
  // loaded or compared; empty before.
  std::string kernel_digest;
  std::vector<std::string> stamps;  // "<identity, size and times> <path>" of each file behind it
  bool from_cache = false;
};

// Digest of everything that shapes what the text compiles to. `features` is aa_features_id().
[[nodiscard]] std::string compile_key(const ProfileSource& source, const AppArmorPlaces& places,
                                      const std::string& features);

// Nothing when it was never compiled, or something behind it changed since.
[[nodiscard]] std::optional<CompiledPolicy> find_compiled(const ProfileSource& source,
                                                          const AppArmorPlaces& places,
                                                          const std::string& features);
// Failing is no concern of the caller.
void remember_compiled(const CompiledPolicy& policy, const AppArmorPlaces& places);

// From the cache, or by compiling and then remembering. What is compiled belongs to the key: when a
// file that the profile includes changes meanwhile, it is done again, three times at most.
// Errors: those of compile_apparmor; io: the files did not stop changing.
[[nodiscard]] base::Result<CompiledPolicy> compiled_policy(const ProfileSource& source,
                                                           const AppArmorPlaces& places,
                                                           const std::string& features);

}  // namespace bulkhead::kernel
