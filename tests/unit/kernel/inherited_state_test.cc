#include "kernel/tasks/inherited_state.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <functional>

namespace bulkhead::kernel {

namespace {

// What is taken off is of the whole process, so each case has one of its own.
bool holds_in_child(const std::function<bool()>& case_of) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(case_of() ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

rlimit limit_of(__rlimit_resource resource) {
  rlimit limit{};
  ::getrlimit(resource, &limit);
  return limit;
}

void lower(__rlimit_resource resource, rlim_t soft) {
  const rlimit lowered{soft, limit_of(resource).rlim_max};
  ::setrlimit(resource, &lowered);
}

bool is_ignored(int signal) {
  struct sigaction action {};
  ::sigaction(signal, nullptr, &action);
  return action.sa_handler == SIG_IGN;
}

bool is_blocked(int signal) {
  sigset_t mask;
  ::sigprocmask(SIG_SETMASK, nullptr, &mask);
  return ::sigismember(&mask, signal) == 1;
}

void block(int signal) {
  sigset_t mask;
  ::sigemptyset(&mask);
  ::sigaddset(&mask, signal);
  ::sigprocmask(SIG_BLOCK, &mask, nullptr);
}

}  // namespace

TEST_CASE("a limit of the caller's does not hold while a program works") {
  for (const auto resource : {RLIMIT_FSIZE, RLIMIT_AS, RLIMIT_DATA, RLIMIT_CPU, RLIMIT_STACK}) {
    CHECK(holds_in_child([&] {
      const rlim_t before = limit_of(resource).rlim_cur;
      lower(resource, resource == RLIMIT_AS ? 1 << 30 : 64 << 10);
      InheritedState inherited;
      inherited.take_off();
      return limit_of(resource).rlim_cur >= std::min<rlim_t>(before, 8 << 20);
    }));
  }
}

TEST_CASE("a program that was allowed few descriptors gets some thousands") {
  CHECK(holds_in_child([] {
    lower(RLIMIT_NOFILE, 8);
    InheritedState inherited;
    inherited.take_off();
    return limit_of(RLIMIT_NOFILE).rlim_cur >= 1024;
  }));
}

TEST_CASE("a hard limit that may not be raised is reached, and no error") {
  CHECK(holds_in_child([] {
    const rlimit low{4096, 8192};
    ::setrlimit(RLIMIT_FSIZE, &low);
    InheritedState inherited;
    inherited.take_off();
    return limit_of(RLIMIT_FSIZE).rlim_cur >= 8192;
  }));
}

TEST_CASE("who ends as another program leaves it everything as the caller had it") {
  CHECK(holds_in_child([] {
    lower(RLIMIT_FSIZE, 4096);
    lower(RLIMIT_NOFILE, 64);
    lower(RLIMIT_CORE, 0);
    ::umask(027);
    ::signal(SIGCHLD, SIG_IGN);
    ::signal(SIGPIPE, SIG_DFL);
    block(SIGUSR1);
    InheritedState inherited;
    inherited.take_off();
    inherited.put_on();
    return limit_of(RLIMIT_FSIZE).rlim_cur == 4096 && limit_of(RLIMIT_NOFILE).rlim_cur == 64 &&
           ::umask(0) == 027 && is_ignored(SIGCHLD) && !is_ignored(SIGPIPE) && is_blocked(SIGUSR1);
  }));
}

TEST_CASE("a reader that is gone and a file that may not grow end no program in its middle") {
  CHECK(holds_in_child([] {
    InheritedState inherited;
    inherited.take_off();
    return is_ignored(SIGPIPE) && is_ignored(SIGXFSZ);
  }));
}

TEST_CASE("how a child ended is learnt also where the caller does not want to know") {
  CHECK(holds_in_child([] {
    ::signal(SIGCHLD, SIG_IGN);
    InheritedState inherited;
    inherited.take_off();
    return holds_in_child([] { return true; });
  }));
}

TEST_CASE("a standard descriptor that is closed is no file of ours, and closed again afterwards") {
  CHECK(holds_in_child([] {
    ::close(STDERR_FILENO);
    InheritedState inherited;
    inherited.take_off();
    const int next = ::open("/dev/null", O_RDONLY);
    return next > STDERR_FILENO && (::fcntl(STDERR_FILENO, F_GETFD) & FD_CLOEXEC) != 0;
  }));
}

TEST_CASE("a hook keeps no signal that its caller blocked, and no descriptor that it leaked") {
  CHECK(holds_in_child([] {
    const int leaked = ::open("/dev/null", O_RDONLY);
    ::signal(SIGTERM, SIG_IGN);
    block(SIGTERM);
    shed_inherited_state();
    return !is_blocked(SIGTERM) && !is_ignored(SIGTERM) && ::fcntl(leaked, F_GETFD) < 0;
  }));
}

}  // namespace bulkhead::kernel
