// A tar archive (POSIX.1-1988 ustar) of one executable: what `docker import` makes an image of.
#pragma once

#include <string>
#include <string_view>

namespace bulkhead::cli {

// `name` has no directory and at most 99 bytes; the file belongs to root, mode 0755, time 0.
[[nodiscard]] std::string tar_of_program(std::string_view name, std::string_view bytes);

}  // namespace bulkhead::cli
