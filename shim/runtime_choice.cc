#include "shim/runtime_choice.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/files.h"
#include "base/programs.h"
#include "base/text.h"
#include "base/unique_fd.h"

namespace bulkhead::shim {

namespace {

using base::cat;
using base::quoted;

constexpr std::string_view kNamePrefix = "bulkhead-";

bool same_content(const char* a, const std::string& b, std::size_t size) {
  const base::ReadOptions options{.max_bytes = size, .symlinks = base::FollowSymlinks::yes};
  const auto left = base::read_file_at(AT_FDCWD, a, options);
  const auto right = base::read_file_at(AT_FDCWD, b, options);
  return left && right && left->bytes == right->bytes;
}

// A link is recognised by its inode, a copy by its bytes: executing either would never end.
bool is_this_program(const std::string& path, const struct stat& status) {
  struct stat self;
  if (::stat(base::kOwnProgram, &self) != 0) return false;
  if (self.st_dev == status.st_dev && self.st_ino == status.st_ino) return true;
  return self.st_size == status.st_size &&
         same_content(base::kOwnProgram, path, static_cast<std::size_t>(status.st_size));
}

constexpr std::string_view kNotThere = "not found";

// Empty when the file can be executed as a runtime; else why it cannot.
std::string unfit_because(const std::string& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) {
    return std::string(errno == ENOENT ? kNotThere : base::errno_text(errno));
  }
  if (!S_ISREG(status.st_mode)) return "not a regular file";
  if (::access(path.c_str(), X_OK) != 0) return "not executable";
  if (is_this_program(path, status)) return "it is Bulkhead's shim itself";
  return {};
}

std::vector<std::string> paths_of(const std::string& candidate) {
  if (candidate.find('/') != std::string::npos) return {candidate};
  std::vector<std::string> paths;
  for (const std::string_view directory : base::kProgramDirectories) {
    paths.push_back(cat(directory, "/", candidate));
  }
  return paths;
}

// Of a name that is nowhere, "not found" says more than six times "No such file or directory".
std::string join_reasons(const std::string& candidate, const std::vector<std::string>& reasons) {
  return cat(quoted(candidate), " (", reasons.empty() ? "not found" : base::join(reasons, ", "),
             ")");
}

}  // namespace

std::string runtime_named_by(std::string_view argv0) {
  std::string_view name = argv0.substr(argv0.rfind('/') + 1);
  if (!name.starts_with(kNamePrefix)) return {};
  name.remove_prefix(kNamePrefix.size());
  return name == "shim" ? std::string() : std::string(name);
}

base::Result<std::string> choose_runtime(const std::vector<std::string>& candidates) {
  std::vector<std::string> failures;
  for (const std::string& candidate : candidates) {
    std::vector<std::string> reasons;
    for (std::string& path : paths_of(candidate)) {
      const std::string why = unfit_because(path);
      if (why.empty()) return std::move(path);
      if (why != kNotThere) reasons.push_back(cat(path, ": ", why));
    }
    failures.push_back(join_reasons(candidate, reasons));
  }
  return base::fail(
      base::ErrorCode::runtime, cat("no OCI runtime can be executed: ", base::join(failures, "; ")),
      "install runc or crun, or name the runtime's absolute path in \"runtimes\" of the "
      "policy");
}

}  // namespace bulkhead::shim
