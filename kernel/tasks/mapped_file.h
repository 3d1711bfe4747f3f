// Which files a process has mapped.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace bulkhead::kernel {

// The path of the first mapped file whose name begins so ("libseccomp.so"); empty where there is
// none, or the process cannot be looked at.
[[nodiscard]] std::string mapped_file(pid_t process, std::string_view name,
                                      const std::string& proc_root = "/proc");

}  // namespace bulkhead::kernel
