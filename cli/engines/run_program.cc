#include "cli/engines/run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "base/text.h"
#include "base/unique_fd.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxOutput = 64 << 10;

Result<pid_t> spawn(const std::vector<std::string>& argv, int output) {
  std::vector<char*> words;
  words.reserve(argv.size() + 1);
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, words[0], &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error == 0) return pid;
  errno = error;
  return base::fail_errno(ErrorCode::runtime, "execute", argv[0]);
}

// Whether the program is gone before the deadline. What its children keep open is not waited for.
bool wait_for(pid_t pid, int& status, int read_end, std::string& output,
              Clock::time_point deadline) {
  constexpr int kStep_ms = 50;
  char bytes[4096];
  while (Clock::now() < deadline) {
    const bool gone = ::waitpid(pid, &status, WNOHANG) == pid;
    pollfd readable{.fd = read_end, .events = POLLIN, .revents = 0};
    while (::poll(&readable, 1, gone ? 0 : kStep_ms) > 0 && (readable.revents & POLLIN) != 0) {
      const ssize_t got = ::read(read_end, bytes, sizeof bytes);
      if (got <= 0) break;
      if (output.size() < kMaxOutput) output.append(bytes, static_cast<std::size_t>(got));
      if (Clock::now() >= deadline) break;
    }
    if (gone) return true;
    if ((readable.revents & POLLHUP) != 0) ::usleep(1000);
  }
  return false;
}

}  // namespace

Result<ProgramResult> run_program(const std::vector<std::string>& argv, int timeout_ms) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return base::fail_errno(ErrorCode::kernel, "make", "a pipe");
  const base::UniqueFd read_end(ends[0]);
  base::UniqueFd write_end(ends[1]);
  const auto pid = spawn(argv, write_end.get());
  if (!pid) return std::unexpected(pid.error());
  write_end.reset();
  ProgramResult result;
  int status = 0;
  const auto deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
  if (!wait_for(*pid, status, read_end.get(), result.output, deadline)) {
    ::kill(*pid, SIGKILL);
    ::waitpid(*pid, &status, 0);
    return base::fail(ErrorCode::kernel,
                      cat(base::quoted(argv[0]), " did not end within ", timeout_ms / 1000, " s"));
  }
  result.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return result;
}

}  // namespace bulkhead::cli
