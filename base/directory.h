// Listing directories.
#pragma once

#include <dirent.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace bulkhead::base {

class Directory {
 public:
  // Not valid where the directory cannot be opened: errno says why.
  explicit Directory(const std::string& path);
  explicit Directory(UniqueFd directory);

  [[nodiscard]] bool valid() const { return stream_ != nullptr; }
  // For openat(2) and its like. Only of a valid one.
  [[nodiscard]] int fd() const { return ::dirfd(stream_.get()); }
  // The next entry but "." and "..", as readdir(3) gives it. Null at the end (errno is 0), where
  // reading failed (errno says why), and of a directory that is not valid.
  [[nodiscard]] const dirent* next();

 private:
  struct Closer {
    void operator()(DIR* stream) const { ::closedir(stream); }
  };
  std::unique_ptr<DIR, Closer> stream_;
};

// Its names, sorted; none where it cannot be listed.
[[nodiscard]] std::vector<std::string> names_in(Directory directory);

// Its names that are numbers: the processes in /proc, the threads in /proc/<pid>/task.
[[nodiscard]] std::vector<pid_t> pids_in(Directory directory);

}  // namespace bulkhead::base
