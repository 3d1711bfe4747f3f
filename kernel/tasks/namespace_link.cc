#include "kernel/tasks/namespace_link.h"

#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "base/text.h"

namespace bulkhead::kernel {

std::optional<ino_t> namespace_inode(const std::string& link) {
  char target[64];
  const ssize_t size = ::readlink(link.c_str(), target, sizeof target);
  if (size < 0) return std::nullopt;
  std::string_view number(target, static_cast<std::size_t>(size));
  const std::size_t open = number.find(":[");
  const bool has_form = open != std::string_view::npos && number.ends_with(']');
  if (has_form) number = number.substr(open + 2, number.size() - open - 3);
  const auto inode = has_form ? base::parse_decimal(number) : std::nullopt;
  if (!inode) errno = EINVAL;
  return inode;
}

}  // namespace bulkhead::kernel
