#include "admission/rootless.h"

#include <unistd.h>

#include "kernel/observe/observe.h"

namespace bulkhead::admission {

bool is_not_ours_to_write(const std::string& directory) {
  return ::access(directory.c_str(), W_OK) != 0 && kernel::is_in_user_namespace();
}

}  // namespace bulkhead::admission
