#include "cli/names/programs.h"

#include <unistd.h>

namespace bulkhead::cli {

namespace {

constexpr const char* kDirectories[] = {"/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/",
                                        "/usr/bin/",        "/sbin/",          "/bin/"};

}  // namespace

std::string find_program(const std::string& root, const std::string& name) {
  for (const char* directory : kDirectories) {
    const std::string path = directory + name;
    if (::access((root + path).c_str(), X_OK) == 0) return path;
  }
  return {};
}

std::string own_directory() {
  char self[4096];
  const ssize_t length = ::readlink("/proc/self/exe", self, sizeof self);
  if (length <= 0 || static_cast<std::size_t>(length) == sizeof self) return {};
  const std::string path(self, static_cast<std::size_t>(length));
  return path.substr(0, path.rfind('/') + 1);
}

std::string find_own(const std::string& root, const std::string& name) {
  const std::string beside = own_directory() + name;
  if (root.empty() && ::access(beside.c_str(), X_OK) == 0) return beside;
  return find_program(root, name);
}

}  // namespace bulkhead::cli
