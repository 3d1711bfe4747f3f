#include "kernel/gate/forced_end.h"

#include <sys/syscall.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <csignal>

namespace bulkhead::kernel {

namespace {

// As Linux writes it.
constexpr std::string_view kLimits =
    "Limit                     Soft Limit           Hard Limit           Units     \n"
    "Max cpu time              unlimited            unlimited            seconds   \n"
    "Max data size             4096                 unlimited            bytes     \n"
    "Max stack size            16384                16384                bytes     \n"
    "Max address space         unlimited            unlimited            bytes     \n";

}  // namespace

TEST_CASE("limits on memory are told where they are low") {
  CHECK(low_memory_limits(kLimits) ==
        std::vector<std::string>{"RLIMIT_DATA (4096 bytes)", "RLIMIT_STACK (16384 bytes)"});
  CHECK(
      low_memory_limits("Max stack size            8388608              unlimited            bytes")
          .empty());
  CHECK(low_memory_limits("").empty());
}

TEST_CASE("a program that cannot be mapped is named, with the limit that may be why") {
  const Fault damaged{.signal = SIGSEGV, .unmapped = "/bin/bad"};
  CHECK(sentence_of(damaged, "the container") ==
        "signal 11 (SIGSEGV) ended the container before its program ran: '/bin/bad', or the loader "
        "that it names, cannot be mapped: the file is damaged");
  const Fault limited{
      .signal = SIGSEGV, .unmapped = "/bin/big", .limits = {"RLIMIT_DATA (4096 bytes)"}};
  CHECK(
      sentence_of(limited, "the process") ==
      "signal 11 (SIGSEGV) ended the process before its program ran: '/bin/big' cannot be mapped: "
      "RLIMIT_DATA (4096 bytes) is too low for it, or the file is damaged");
}

TEST_CASE("a system call that the profile refuses is named") {
  const Fault refused{.signal = SIGSYS, .refused_call = SYS_capset};
  CHECK(sentence_of(refused, "the container") ==
        "signal 31 (SIGSYS) ended the container before its program ran, at capset: its seccomp "
        "profile refuses a system call that the runtime needs to start it");
}

TEST_CASE("a container that was killed is told with what may have killed it") {
  CHECK(
      manner_of_end(SIGKILL) ==
      ": signal 9 (SIGKILL) ended it, which somebody sent, or the kernel for lack of memory or of "
      "CPU time (RLIMIT_CPU)");
  CHECK(manner_of_end(SIGTERM) == ": signal 15 (SIGTERM) ended it");
  CHECK(manner_of_end(W_EXITCODE(3, 0)).empty());
}

TEST_CASE("a fault of the runtime is told with what may be why") {
  CHECK(sentence_of({.signal = SIGBUS}, "the container") ==
        "signal 7 (SIGBUS) ended the container before its program ran: a fault of the runtime, for "
        "which its seccomp profile may be too strict");
  CHECK(
      sentence_of({.signal = SIGSEGV, .limits = {"RLIMIT_STACK (16384 bytes)"}}, "the container") ==
      "signal 11 (SIGSEGV) ended the container before its program ran: a fault of the runtime, "
      "for which RLIMIT_STACK (16384 bytes) may be too low, or its seccomp profile too strict");
}

}  // namespace bulkhead::kernel
