// The root file system of the container by whose start `install` proves itself.
#pragma once

#include <cstddef>
#include <string>

#include "base/error.h"

namespace bulkhead::cli {

inline constexpr std::size_t kMaxProofProgram = 64 << 20;

// A root file system with nothing but this program, /bulkhead. Removed at the end.
class ProofRoot {
 public:
  ProofRoot() = default;
  ProofRoot(const ProofRoot&) = delete;
  ProofRoot& operator=(const ProofRoot&) = delete;
  ~ProofRoot();
  // Error: io, also where no place takes it.
  [[nodiscard]] base::Result<void> make();
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace bulkhead::cli
