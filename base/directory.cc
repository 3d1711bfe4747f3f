#include "base/directory.h"

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "base/text.h"

namespace bulkhead::base {

Directory::Directory(const std::string& path) : stream_(::opendir(path.c_str())) {}

Directory::Directory(UniqueFd directory)
    : stream_(directory.valid() ? ::fdopendir(directory.get()) : nullptr) {
  if (stream_) (void)directory.release();  // closedir(3) closes it
}

const dirent* Directory::next() {
  while (stream_) {
    errno = 0;
    const dirent* entry = ::readdir(stream_.get());
    if (entry == nullptr) return nullptr;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") return entry;
  }
  return nullptr;
}

std::vector<std::string> names_in(Directory directory) {
  std::vector<std::string> names;
  while (const dirent* entry = directory.next()) names.emplace_back(entry->d_name);
  std::ranges::sort(names);
  return names;
}

std::vector<pid_t> pids_in(Directory directory) {
  std::vector<pid_t> pids;
  while (const dirent* entry = directory.next()) {
    if (const auto number = parse_decimal(entry->d_name)) {
      pids.push_back(static_cast<pid_t>(*number));
    }
  }
  return pids;
}

}  // namespace bulkhead::base
