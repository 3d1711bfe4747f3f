#include "conformance/running/command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

#include "base/directory.h"
#include "base/process_stat.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "conformance/values/status_text.h"
#include "kernel/apparmor/child_process.h"

namespace bulkhead::conformance {

namespace {

using base::Result;
using base::UniqueFd;

int exit_code_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool ends_within(int pidfd, int bound_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(bound_ms);
  for (;;) {
    pollfd ended{.fd = pidfd, .events = POLLIN, .revents = 0};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    const int ready = ::poll(&ended, 1, left.count() > 0 ? static_cast<int>(left.count()) : 0);
    if (ready >= 0 || errno != EINTR) return ready > 0;
  }
}

// Parents before children, so that none is left that could make another.
void kill_with_descendants(pid_t process) {
  ::kill(process, SIGSTOP);
  for (const pid_t other : base::pids_in(base::Directory("/proc"))) {
    const auto stat = base::read_process_stat(other);
    if (stat && stat->parent == process) kill_with_descendants(other);
  }
  ::kill(process, SIGKILL);
}

void give_streams(const CommandLine& command, int errors, kernel::ChildProcess& child) {
  if (command.input < 0) child.give_null(STDIN_FILENO, O_RDONLY);
  if (command.input >= 0) child.give(command.input, STDIN_FILENO);
  child.give(command.output < 0 ? errors : command.output, STDOUT_FILENO);
  child.give(errors, STDERR_FILENO);
  for (const int number : command.descriptors) child.give_null(number, O_RDONLY);
}

// The same on every machine, and with a variable by which a hook or program shows that it has the
// runtime's environment. Where a rootless runtime keeps its state is passed on.
char* const* environment_of_runtimes() {
  static const char* const directory = std::getenv("XDG_RUNTIME_DIR");
  static std::string passed = base::cat("XDG_RUNTIME_DIR=", directory == nullptr ? "" : directory);
  static std::string path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  static std::string mark = "OF_THE_RUNTIME=yes";
  static char* all[] = {path.data(), mark.data(), passed.data(), nullptr};
  static char* without[] = {path.data(), mark.data(), nullptr};
  return directory == nullptr ? without : all;
}

// runc begins each line with the time, which is another one in each run.
std::string without_times(std::string text) {
  constexpr std::string_view kBegin = "time=\"";
  for (std::size_t at = 0; (at = text.find(kBegin, at)) != std::string::npos;) {
    const std::size_t end = text.find("\" ", at + kBegin.size());
    if (end == std::string::npos) break;
    text.erase(at, end + 2 - at);
  }
  return text;
}

}  // namespace

int wait_for_end(pid_t process, int bound_ms) {
  const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
  if (pidfd.get() >= 0 && !ends_within(pidfd.get(), bound_ms)) return -1;
  int status = 0;
  return ::waitpid(process, &status, 0) == process ? exit_code_of(status) : 0;
}

Result<CommandEnd> run_command(const CommandLine& command, int bound_ms) {
  const UniqueFd errors(
      ::open(command.errors.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (errors.get() < 0) return base::fail_errno(base::ErrorCode::io, "create", command.errors);
  const off_t before = ::lseek(errors.get(), 0, SEEK_END);
  kernel::ChildProcess child;
  child.reset_signals();
  child.change_directory(command.directory);
  give_streams(command, errors.get(), child);
  const auto pid = child.start(command.words, environment_of_runtimes(), base::ErrorCode::runtime);
  if (!pid) return std::unexpected(pid.error());
  CommandEnd end{.exit_code = wait_for_end(*pid, bound_ms)};
  if (end.exit_code < 0) {
    end.hung = true;
    kill_with_descendants(*pid);
    end.exit_code = wait_for_end(*pid, bound_ms);
  }
  end.errors = without_times(
      read_proc_file(command.errors).value_or("").substr(static_cast<std::size_t>(before)));
  return end;
}

}  // namespace bulkhead::conformance
