#include "conformance/running/workplace.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "base/files.h"
#include "base/programs.h"
#include "base/text.h"
#include "conformance/running/needs.h"

namespace bulkhead::conformance {

namespace {

using base::ErrorCode;
using base::Result;
using base::UniqueFd;

// It can be entered by whom containers run as.
constexpr mode_t kOpenToAll = 0755;

Result<std::string> make_directory(const std::string& keep) {
  if (!keep.empty()) {
    if (auto made = base::make_directories(keep, kOpenToAll); !made) {
      return std::unexpected(made.error());
    }
    return std::filesystem::absolute(keep).string();
  }
  std::string path = "/var/tmp/bulkhead-conformance-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return base::fail_errno(ErrorCode::io, "make", path);
  ::chmod(path.c_str(), kOpenToAll);
  return path;
}

Result<void> copy_this_program(const std::string& to) {
  const UniqueFd from(::open(base::kOwnProgram, O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (from.get() < 0 || ::fstat(from.get(), &status) != 0) {
    return base::fail_errno(ErrorCode::io, "read", base::kOwnProgram);
  }
  const UniqueFd into(::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755));
  if (into.get() < 0) return base::fail_errno(ErrorCode::io, "create", to);
  for (off_t left = status.st_size; left > 0;) {
    const ssize_t sent =
        ::sendfile(into.get(), from.get(), nullptr, static_cast<std::size_t>(left));
    if (sent <= 0) return base::fail_errno(ErrorCode::io, "write", to);
    left -= sent;
  }
  ::fchmod(into.get(), 0755);
  return {};
}

[[noreturn]] void hold_namespaces(int told) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  constexpr int kAll = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
  const char done = ::unshare(kAll) == 0 ? '1' : '0';
  (void)!::write(told, &done, 1);
  for (;;) ::pause();
}

// Nothing where it cannot be in namespaces of its own.
pid_t start_holder() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return 0;
  const UniqueFd from(ends[0]);
  UniqueFd into(ends[1]);
  const pid_t holder = ::fork();
  if (holder == 0) hold_namespaces(into.get());
  into.reset();
  char done = '0';
  if (holder > 0 && ::read(from.get(), &done, 1) == 1 && done == '1') return holder;
  if (holder > 0) ::kill(holder, SIGKILL);
  if (holder > 0) ::waitpid(holder, nullptr, 0);
  return 0;
}

}  // namespace

Workplace::Workplace(Workplace&& other) noexcept
    : directory_(std::exchange(other.directory_, {})),
      keep_(other.keep_),
      holder_(std::exchange(other.holder_, 0)) {}

Workplace::~Workplace() {
  if (holder_ > 0) {
    ::kill(holder_, SIGKILL);
    ::waitpid(holder_, nullptr, 0);
  }
  std::error_code ignored;
  if (!directory_.empty() && !keep_) std::filesystem::remove_all(directory_, ignored);
}

Result<Workplace> Workplace::make(const std::string& keep) {
  auto directory = make_directory(keep);
  if (!directory) return std::unexpected(std::move(directory.error()));
  Workplace place;
  place.keep_ = !keep.empty();
  place.directory_ = std::move(*directory);
  if (auto copied = copy_this_program(place.directory_ + "/bulkhead"); !copied) {
    return std::unexpected(copied.error());
  }
  place.holder_ = start_holder();
  return place;
}

TestBed Workplace::bed(const std::string& runtime) const {
  return {.runtime = runtime,
          .directory = directory_,
          .probe = directory_ + "/bulkhead",
          .holder = holder_ > 0 ? base::cat(holder_) : "",
          .rootless = !missing("root").empty(),
          .keep = keep_};
}

}  // namespace bulkhead::conformance
