// A file in a directory that may have to be made first.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/error.h"

namespace bulkhead::record {

struct FileModes {
  mode_t directory = 0700;
  mode_t file = 0600;
};

// Replaces it whole, so that a reader sees the old bytes or the new ones. Errors: io.
[[nodiscard]] base::Result<void> replace_in(const std::string& directory, const std::string& name,
                                            std::string_view bytes, const FileModes& modes = {});

}  // namespace bulkhead::record
