#include "cli/names/programs.h"

#include <unistd.h>

#include "base/programs.h"
#include "base/text.h"

namespace bulkhead::cli {

std::string find_program(const std::string& root, const std::string& name) {
  for (const std::string_view directory : base::kProgramDirectories) {
    std::string path = base::cat(directory, '/', name);
    if (::access((root + path).c_str(), X_OK) == 0) return path;
  }
  return {};
}

std::string find_own(const std::string& root, const std::string& name) {
  std::string beside = base::own_directory() + name;
  if (root.empty() && ::access(beside.c_str(), X_OK) == 0) return beside;
  return find_program(root, name);
}

bool is_run_by_systemd(const std::string& root) {
  return ::access((root + "/run/systemd/system").c_str(), F_OK) == 0;
}

std::string command_that_watches(const std::string& root) {
  return is_run_by_systemd(root) ? "systemctl enable --now bulkhead-watch" : "bulkhead watch &";
}

}  // namespace bulkhead::cli
