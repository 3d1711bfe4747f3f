// What `bulkhead denials --suggest --write FILE` changes, and whether FILE may be replaced by it.
#pragma once

#include <string>

#include "base/error.h"

namespace bulkhead::cli {

struct InForce {
  std::string text;
  std::string path;  // of its file; empty where it has none
};

// As its owner wrote it. Errors: those of read_input().
[[nodiscard]] base::Result<InForce> read_profile(const std::string& path);

// Error (usage): the file is there, and is neither the profile itself nor what is to be written.
[[nodiscard]] base::Result<void> check_target(const std::string& file, const InForce& before,
                                              const std::string& after);

[[nodiscard]] bool is_same_file(const std::string& one, const std::string& other);

}  // namespace bulkhead::cli
