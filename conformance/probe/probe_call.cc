// System calls, each in a child of its own: what a filter does to it is seen from outside, and what
// the call changes ends with the child.
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <deque>
#include <thread>

#include "base/text.h"
#include "conformance/probe/verbs.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::conformance {

namespace {

using base::JsonWriter;
using oci_config::JsonType;
using oci_config::JsonValue;
using oci_config::SeccompArch;

enum class Ended : std::uint8_t { not_yet, returned, trapped };

// Shared with the child.
struct Outcome {
  Ended ended;
  long value;
  int error;  // of a call that returned; what the filter hands over, of one that was trapped
};
Outcome* outcome = nullptr;

struct Call {
  SeccompArch abi = oci_config::native_arch();
  long number = -1;
  std::array<long, 6> arguments{};
  std::deque<std::string> buffers;  // that arguments point to
};

long from_number(const JsonValue& value) {
  const std::string text(value.raw());
  return text.starts_with('-') ? std::strtol(text.c_str(), nullptr, 10)
                               : static_cast<long>(std::strtoull(text.c_str(), nullptr, 10));
}

// A number; a string, by its address; {"buffer": SIZE}, zeroes, by theirs.
long argument_of(const JsonValue& value, Call& call) {
  if (value.is(JsonType::number)) return from_number(value);
  if (value.is(JsonType::string)) {
    call.buffers.emplace_back(value.string());
  } else if (const auto size = value.child("buffer")) {
    call.buffers.emplace_back(static_cast<std::size_t>(from_number(*size)), '\0');
  } else {
    return 0;
  }
  return reinterpret_cast<long>(call.buffers.back().data());
}

Call call_of(const JsonValue& value, const JsonValue& object) {
  Call call;
  if (const auto abi = object.member("abi")) {
    call.abi =
        oci_config::seccomp_arch_named(base::cat("SCMP_ARCH_", abi->string())).value_or(call.abi);
  }
  if (value.is(JsonType::number)) {
    call.number = from_number(value);
  } else if (const auto number = policy::syscall_number(call.abi, value.string())) {
    call.number = static_cast<long>(*number);
  }
  std::size_t next = 0;
  const auto list = object.member("args");
  for (auto argument = list ? list->first() : list; argument && next < call.arguments.size();
       argument = argument->next()) {
    call.arguments[next++] = argument_of(*argument, call);
  }
  return call;
}

void returned(long value) {
  outcome->value = value;
  outcome->error = value < 0 && value > -4096 ? static_cast<int>(-value) : 0;
  outcome->ended = Ended::returned;
}

// The 32-bit entry of the kernel takes the low halves.
long call_x86([[maybe_unused]] const Call& call) {
#ifdef __x86_64__
  long result = call.number;
  __asm__ volatile("int $0x80"
                   : "+a"(result)
                   : "b"(call.arguments[0]), "c"(call.arguments[1]), "d"(call.arguments[2]),
                     "S"(call.arguments[3]), "D"(call.arguments[4])
                   : "memory", "r8", "r9", "r10", "r11");
  return static_cast<int>(result);
#else
  return -ENOSYS;
#endif
}

void make(const Call& call) {
  if (call.abi == SeccompArch::x86) return returned(call_x86(call));
  const auto& a = call.arguments;
  const long value = ::syscall(call.number, a[0], a[1], a[2], a[3], a[4], a[5]);
  returned(value == -1 ? -errno : value);
}

void on_trap(int, siginfo_t* info, void*) {
  outcome->error = info->si_errno;
  outcome->ended = Ended::trapped;
  ::_exit(0);
}

// SYS_SECCOMP comes as a signal that can be handled only where the action is to trap.
void handle_traps() {
  struct sigaction action {};
  action.sa_sigaction = on_trap;
  action.sa_flags = SA_SIGINFO;
  ::sigaction(SIGSYS, &action, nullptr);
}

void in_child(const Call& call, bool in_thread) {
  handle_traps();
  if (in_thread) {
    std::thread([&] { make(call); }).join();
  } else {
    make(call);
  }
  ::_exit(0);
}

void write_outcome(int status, JsonWriter& report) {
  if (WIFSIGNALED(status)) {
    report.member("signal", base::cat("SIG", ::sigabbrev_np(WTERMSIG(status))));
  } else if (outcome->ended == Ended::trapped) {
    report.member("trap", outcome->error);
  } else if (outcome->ended == Ended::not_yet) {
    report.member("killed", "thread");
  } else if (outcome->error != 0) {
    report_errno(outcome->error, report);
  } else {
    report.member("value", outcome->value);
  }
}

bool share_an_outcome() {
  void* shared =
      ::mmap(nullptr, sizeof(Outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return false;
  outcome = new (shared) Outcome{};
  return true;
}

}  // namespace

// {"call": NAME, "args": […], "abi": "X86", "in": "thread"}
void make_call(const JsonValue& value, const JsonValue& object, const ProbeContext&,
               JsonWriter& report) {
  const Call call = call_of(value, object);
  if (call.number < 0) return report.member("unknown", true);
  const auto place = object.member("in");
  const bool in_thread = place && place->string() == "thread";
  if (!share_an_outcome()) return report.member("unable", "map memory");
  const pid_t child = ::fork();
  if (child == 0) in_child(call, in_thread);
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) return report.member("unable", "fork");
  write_outcome(status, report);
}

}  // namespace bulkhead::conformance
