#include "base/programs.h"

#include <unistd.h>

namespace bulkhead::base {

std::string own_directory() {
  char self[4096];
  const ssize_t length = ::readlink(kOwnProgram, self, sizeof self);
  if (length <= 0 || static_cast<std::size_t>(length) == sizeof self) return {};
  const std::string path(self, static_cast<std::size_t>(length));
  return path.substr(0, path.rfind('/') + 1);
}

}  // namespace bulkhead::base
