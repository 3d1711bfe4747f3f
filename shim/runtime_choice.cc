#include "shim/runtime_choice.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/programs.h"
#include "base/text.h"
#include "base/unique_fd.h"

namespace bulkhead::shim {

namespace {

using base::cat;
using base::quoted;

constexpr std::string_view kNamePrefix = "bulkhead-";

// By this note (elf(5)), which the linker lays into the first page, every build knows every other:
// two that execute each other would never end.
#define BULKHEAD_SHIM_NOTE "Bulkhead's shim"
__asm__(
    ".pushsection .note.bulkhead, \"a\", %note\n"
    ".balign 4\n"
    ".long 16, 0, 1\n"  // bytes of the name, of its description (none), and the type
    ".asciz \"" BULKHEAD_SHIM_NOTE
    "\"\n"
    ".popsection\n");
constexpr std::string_view kNote(BULKHEAD_SHIM_NOTE, sizeof BULKHEAD_SHIM_NOTE);

bool is_a_shim(const std::string& path) {
  constexpr std::size_t kFirstPage = 4096;
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  char page[kFirstPage];
  const ssize_t size = file.valid() ? ::pread(file.get(), page, sizeof page, 0) : 0;
  const std::string_view start(page, size > 0 ? static_cast<std::size_t>(size) : 0);
  return start.starts_with("\177ELF") && start.find(kNote) != start.npos;
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
  if (is_a_shim(path)) return "it is Bulkhead's shim itself";
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
