#include "kernel/gate/program_image.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/unique_fd.h"

namespace bulkhead::kernel {

ProgramImage image_of(pid_t process) {
  constexpr std::size_t kPage = 4096;
  const std::string path = base::cat("/proc/", process, "/exe");
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!file.valid() || ::fstat(file.get(), &status) != 0) return {};
  ProgramImage image{.size = status.st_size, .first_page = std::string(kPage, '\0')};
  const ssize_t size = ::pread(file.get(), image.first_page.data(), kPage, 0);
  image.first_page.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return image;
}

std::string program_path_of(pid_t process) {
  char path[4096];
  const ssize_t size = ::readlink(base::cat("/proc/", process, "/exe").c_str(), path, sizeof path);
  return {path, size > 0 ? static_cast<std::size_t>(size) : 0};
}

}  // namespace bulkhead::kernel
