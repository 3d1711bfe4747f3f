// Compiled programs by content: what a profile compiled to once need not be compiled again.
//
// /var/cache/bulkhead/programs/<key>.bpf, key = SHA-256 over the digest of the expanded profile as
// linux.seccomp (without flags and listener, which do not shape the program), libseccomp's version
// and the format's version. A file is believed only when it belongs to root or to the caller,
// nobody else may write it, its header names the key, its digest matches and the kernel's own rules
// accept the program (policy::check_program); else it is compiled again. Everything here may be
// deleted at any time, and a directory that cannot be written only costs time. Where many want the
// same new program one compiles it and the others wait for it, two seconds at most; of more than
// kMaxPrograms the oldest make room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "oci-config/seccomp_profile.h"
#include "policy/filter/filter.h"

namespace bulkhead::kernel {

struct CachedProgram {
  policy::FilterProgram program;
  std::string key;             // 64 hexadecimal digits
  std::string program_sha256;  // of the program's bytes
  std::string profile_sha256;  // of the expanded profile as linux.seccomp
  bool from_cache = false;
  std::vector<std::string> accepted_stacks;  // policy::Expectation::accepted_stacks
};

class ProgramCache {
 public:
  // `cache` is base::Paths::cache; nothing is touched before the first call.
  explicit ProgramCache(const std::string& cache) : directory_(cache + "/programs") {}

  // Errors: those of compile_seccomp_checked. The cache itself never makes one.
  [[nodiscard]] base::Result<CachedProgram> program_for(
      const oci_config::SeccompProfile& expanded) const;
  // The same where the profile's oci_config::filter_json() is at hand.
  [[nodiscard]] base::Result<CachedProgram> program_for(const oci_config::SeccompProfile& expanded,
                                                        std::string_view filter_json) const;

  // Remembers what an exact analysis found (policy::Verdict::analysed) for the program of `key`; at
  // most kMaxAcceptedStacks digests, the oldest make room. Failing is no concern of the caller.
  void remember_accepted(const CachedProgram& cached, const std::vector<std::string>& found) const;

  // runc orders what it puts before its filter anew each time, by chance: some four ways for three
  // architectures, each for a start, an exec, and an exec beside each start.
  static constexpr std::size_t kMaxAcceptedStacks = 64;
  static constexpr std::size_t kMaxPrograms = 1024;  // some 12 MiB

 private:
  // Fills in what the cache has of cached.key.
  [[nodiscard]] bool find(CachedProgram& cached) const;
  [[nodiscard]] base::Result<void> compile(CachedProgram& cached,
                                           const oci_config::SeccompProfile& expanded) const;

  std::string directory_;
};

}  // namespace bulkhead::kernel
