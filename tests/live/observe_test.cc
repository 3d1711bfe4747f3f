// What the kernel shows of a real task: filters, their order, no_new_privs.
#include "kernel/observe/observe.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdio>

namespace bulkhead::kernel {
namespace {

// Allows everything; the errno of a return that is never reached tells filters apart.
std::array<sock_filter, 2> marked_filter(unsigned mark) {
  return {{{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
           {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | mark}}};
}

void install(unsigned mark) {
  auto filter = marked_filter(mark);
  const sock_fprog program{.len = filter.size(), .filter = filter.data()};
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) ::_exit(1);
}

// A child that installs filters with these marks, one after the other, and waits.
class Child {
 public:
  explicit Child(std::initializer_list<unsigned> marks) {
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      for (const unsigned mark : marks) install(mark);
      if (::write(ready[1], "r", 1) != 1) ::_exit(1);
      for (;;) ::pause();
    }
    char byte = 0;
    REQUIRE(::read(ready[0], &byte, 1) == 1);
    ::close(ready[0]);
    ::close(ready[1]);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
};

bool cannot_dump() {
  if (::geteuid() == 0 && check_can_dump_filters()) return false;
  std::puts("skipped: dumping filters needs root and no filter on this process");
  return true;
}

}  // namespace

TEST_CASE("the filters of a running task are read, newest first") {
  if (cannot_dump()) return;
  const Child child{11, 22, 33};
  const auto observed = observe_running(child.pid(), {});
  REQUIRE(observed);
  REQUIRE(observed->filters.size() == 3);
  CHECK((observed->filters[0][1].k & SECCOMP_RET_DATA) == 33);
  CHECK((observed->filters[1][1].k & SECCOMP_RET_DATA) == 22);
  CHECK((observed->filters[2][1].k & SECCOMP_RET_DATA) == 11);
  CHECK(observed->no_new_privileges);
}

TEST_CASE("a task without filters shows none") {
  if (cannot_dump()) return;
  const Child child{};
  const auto observed = observe_running(child.pid(), {});
  REQUIRE(observed);
  CHECK(observed->filters.empty());
}

TEST_CASE("a stopped task stays stopped, and a running one runs on") {
  if (cannot_dump()) return;
  const Child child{7};
  ::kill(child.pid(), SIGSTOP);
  int status = 0;
  REQUIRE(::waitpid(child.pid(), &status, WUNTRACED) == child.pid());
  REQUIRE(observe_running(child.pid(), {}));
  const auto after = read_task_status(child.pid());
  REQUIRE(after);
  CHECK(after->tracer == 0);
  ::kill(child.pid(), SIGCONT);
  CHECK(observe_running(child.pid(), {}));
}

}  // namespace bulkhead::kernel
