#include "kernel/tasks/roomy_stack.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstring>

namespace bulkhead::kernel {

namespace {

int use_half_a_megabyte() {
  volatile char bytes[512 << 10];
  std::memset(const_cast<char*>(bytes), 1, sizeof bytes);
  return bytes[0] + bytes[sizeof bytes - 1];
}

// In a process of its own, whose stack may not grow.
int status_of_work(int (*on_stack)(const std::function<int()>&)) {
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit little{16384, 16384};
    ::setrlimit(RLIMIT_STACK, &little);
    ::signal(SIGSEGV, SIG_DFL);  // not the test program's own handler
    ::_exit(on_stack(use_half_a_megabyte));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

}  // namespace

TEST_CASE("work that needs more stack than the hard limit allows is done") {
  const int simply = status_of_work([](const std::function<int()>& work) { return work(); });
  CHECK(WIFSIGNALED(simply));
  const int roomy = status_of_work(on_roomy_stack);
  REQUIRE(WIFEXITED(roomy));
  CHECK(WEXITSTATUS(roomy) == 2);
}

TEST_CASE("where the stack may grow, work is done on it") {
  const auto* here = static_cast<const char*>(__builtin_frame_address(0));
  const char* there = nullptr;
  CHECK(on_roomy_stack([&] {
          there = static_cast<const char*>(__builtin_frame_address(0));
          return 7;
        }) == 7);
  CHECK(here - there < (1 << 16));
}

}  // namespace bulkhead::kernel
