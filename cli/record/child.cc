#include "cli/record/child.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

#include "base/error.h"

namespace bulkhead::cli {

namespace {

[[noreturn]] void become(std::vector<std::string> argv, Child::Quiet quiet) {
  std::vector<char*> words;
  for (std::string& word : argv) words.push_back(word.data());
  words.push_back(nullptr);
  if (quiet == Child::Quiet::yes) {
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, standard);
  }
  ::execvp(words[0], words.data());
  const base::Error error = base::fail_errno(base::ErrorCode::io, "execute", argv.front()).error();
  ::dprintf(STDERR_FILENO, "bulkhead: %s\n", error.sentence().c_str());
  ::_exit(Child::kNotStarted);
}

// A signal of the terminal goes to the whole group, and only the child ends by it.
class TerminalSignals {
 public:
  TerminalSignals() : interrupt_(::signal(SIGINT, SIG_IGN)), quit_(::signal(SIGQUIT, SIG_IGN)) {}
  ~TerminalSignals() {
    ::signal(SIGINT, interrupt_);
    ::signal(SIGQUIT, quit_);
  }
  TerminalSignals(const TerminalSignals&) = delete;
  TerminalSignals& operator=(const TerminalSignals&) = delete;

 private:
  sighandler_t interrupt_;
  sighandler_t quit_;
};

}  // namespace

std::optional<Child> Child::start(const std::vector<std::string>& argv, Quiet quiet) {
  const pid_t pid = ::fork();
  if (pid == 0) become(argv, quiet);
  return pid > 0 ? std::optional(Child(pid)) : std::nullopt;
}

Child::~Child() {
  if (pid_ > 0) (void)end();
}

bool Child::has_ended() const {
  siginfo_t state{};
  const bool asked =
      ::waitid(P_PID, static_cast<id_t>(pid_), &state, WEXITED | WNOHANG | WNOWAIT) == 0;
  return !asked || state.si_pid == pid_;
}

int Child::wait() {
  constexpr int kBySignal = 128;
  const TerminalSignals ignored;
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  return WIFSIGNALED(status) ? kBySignal + WTERMSIG(status) : WEXITSTATUS(status);
}

int Child::end() {
  (void)::kill(pid_, SIGTERM);
  return wait();
}

}  // namespace bulkhead::cli
