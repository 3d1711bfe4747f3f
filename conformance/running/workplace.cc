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

[[noreturn]] void pause_until_killed() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) ::pause();
}

// Tells the process id of its child: of these two only that is in the new pid namespace.
[[noreturn]] void hold_namespaces(int told) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  constexpr int kAll = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWPID;
  const pid_t child = ::unshare(kAll) == 0 ? ::fork() : -1;
  if (child == 0) pause_until_killed();
  (void)!::write(told, &child, sizeof(child));
  pause_until_killed();
}

void end_of_child(pid_t child) {
  if (child <= 0) return;
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

struct Holder {
  pid_t child = 0;  // of this process; it ends the holder with itself
  pid_t holder = 0;
};

// Nothing where it cannot be in namespaces of its own.
Holder start_holder() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  const UniqueFd from(ends[0]);
  UniqueFd into(ends[1]);
  Holder made{.child = ::fork()};
  if (made.child == 0) hold_namespaces(into.get());
  into.reset();
  const ssize_t got = ::read(from.get(), &made.holder, sizeof(made.holder));
  if (got == sizeof(made.holder) && made.holder > 0) return made;
  end_of_child(made.child);
  return {};
}

}  // namespace

Workplace::Workplace(Workplace&& other) noexcept
    : directory_(std::exchange(other.directory_, {})),
      keep_(other.keep_),
      child_(std::exchange(other.child_, 0)),
      holder_(other.holder_) {}

Workplace::~Workplace() {
  end_of_child(child_);
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
  const Holder made = start_holder();
  place.child_ = made.child;
  place.holder_ = made.holder;
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
