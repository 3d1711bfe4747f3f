// Which namespace a process is in, by the link below /proc/<pid>/ns.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace bulkhead::kernel {

// The inode number that the link names ("mnt:[4026531841]"). Reading the link costs half of
// following it, for which the kernel makes an inode. Nothing where it cannot be read: errno says
// why, and is EINVAL for a link of another form. A zombie shows none.
[[nodiscard]] std::optional<ino_t> namespace_inode(const std::string& link);

}  // namespace bulkhead::kernel
