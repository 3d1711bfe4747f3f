// The evaluator and the exact analysis against the kernel: children install random stacks of
// filters and make calls; what the kernel did must be what evaluate_stack() says.
//
// BULKHEAD_KERNEL_CASES sets how many calls are made (10,000 by default).
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <optional>

#include "policy/analysis/filter_decision.h"
#include "tests/live/raw_calls.h"
#include "tests/unit/policy/random_programs.h"

using namespace bulkhead::policy;
using namespace bulkhead::policy::test;
using bulkhead::oci_config::SeccompAction;

namespace {

constexpr std::size_t kCallsPerChild = 64;
constexpr std::uint32_t kNoSuchCall = 5000;

// A child must be able to end and to return from its signal handler under every filter, and to
// install the next one (`also`) under all but the last.
FilterProgram prologue(std::uint32_t also) {
  return {load(kArch),
          jeq(kNativeArch, 0, 5),
          load(kNr),
          jeq(SYS_exit_group, 2, 0),
          jeq(SYS_rt_sigreturn, 1, 0),
          jeq(also, 0, 1),
          ret(kAllow)};
}

// What one call did. In memory that parent and child share.
struct Outcome {
  bool returned = false;
  bool trapped = false;
  int trap_data = 0;
  std::int64_t result = 0;
};

Outcome* shared_outcomes = nullptr;
volatile sig_atomic_t trap_seen = 0;
volatile sig_atomic_t trap_data = 0;

void on_sigsys(int, siginfo_t* info, void*) {
  trap_seen = 1;
  trap_data = info->si_errno;
}

std::uint32_t getpid_of(const SyscallEvent& event) {
  return event.arch == k32BitArch ? k32BitGetpid : kNativeGetpid;
}

bool is_harmless(const SyscallEvent& event) {
  return (event.nr & 0x3fffffff) == kNoSuchCall || event.nr == getpid_of(event);
}

// What is generated asks for x86's architectures, and knows calls of these.
std::uint32_t arch_here(std::uint32_t arch) {
  if (arch == kX86_64) return kNativeArch;
  return arch == kX86 ? k32BitArch : arch;
}
FilterProgram program_here(FilterProgram program) {
  for (FilterInstruction& instruction : program) instruction.k = arch_here(instruction.k);
  return program;
}
SyscallEvent call_here(SyscallEvent event) {
  const bool of_32_bits = kMakes32BitCalls && arch_here(event.arch) == k32BitArch;
  event.arch = of_32_bits ? k32BitArch : kNativeArch;
  return event;
}

bool takes_effect(SeccompAction action) {
  return action == SeccompAction::allow || action == SeccompAction::log;
}

bool kills(SeccompAction action) {
  return action == SeccompAction::kill_process || action == SeccompAction::kill_thread;
}

struct Case {
  SyscallEvent event;
  FilterAnswer expected;
};

// Calls that can be made: nothing that would take effect but what is harmless, and a call that
// kills only as the last one.
std::vector<Case> cases_for(Random& random, const std::vector<FilterProgram>& newest_first) {
  std::vector<Case> cases;
  std::optional<Case> last;
  for (std::size_t i = 0; i < kCallsPerChild; ++i) {
    SyscallEvent event =
        call_here(random_call(random, newest_first[random() % newest_first.size()]));
    if (random() % 4 == 0) event.nr = getpid_of(event);
    if (random() % 8 == 0) event.nr = kNoSuchCall | (random() % 2 == 0 ? 0x40000000U : 0U);
    if (event.arch == k32BitArch) {
      for (std::uint64_t& arg : event.args) arg &= 0xffffffff;
    } else if (event.nr == SYS_exit_group || event.nr == SYS_rt_sigreturn) {
      continue;
    }
    const FilterAnswer expected = evaluate_stack(newest_first, event);
    if (takes_effect(expected.action) && !is_harmless(event)) continue;
    if (kills(expected.action)) {
      last = {event, expected};
    } else {
      cases.push_back({event, expected});
    }
  }
  if (last) cases.push_back(*last);
  return cases;
}

[[noreturn]] void child(const std::vector<FilterProgram>& newest_first,
                        const std::vector<Case>& cases) {
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  struct sigaction action {};
  action.sa_sigaction = on_sigsys;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSYS, &action, nullptr);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) _exit(2);
  for (std::size_t i = newest_first.size(); i-- > 0;) {
    const FilterProgram& program = newest_first[i];
    sock_fprog filter{
        static_cast<unsigned short>(program.size()),
        reinterpret_cast<sock_filter*>(const_cast<FilterInstruction*>(program.data()))};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0) _exit(3);
  }
  for (std::size_t i = 0; i < cases.size(); ++i) {
    trap_seen = 0;
    const SyscallEvent& event = cases[i].event;
    const std::int64_t result = event.arch == k32BitArch ? call_32_bit(event) : call_native(event);
    shared_outcomes[i] = {true, trap_seen != 0, static_cast<int>(trap_data), result};
  }
  _exit(0);
}

// -ENOSYS: no listener, no tracer.
std::optional<std::int64_t> expected_result(FilterAnswer answer) {
  switch (answer.action) {
    case SeccompAction::return_errno: return -std::int64_t{effect_of(answer).data};
    case SeccompAction::user_notif:
    case SeccompAction::trace: return -38;
    case SeccompAction::kill_process:
    case SeccompAction::kill_thread:
    case SeccompAction::trap:
    case SeccompAction::log:
    case SeccompAction::allow: break;
  }
  return std::nullopt;
}

bool agrees(const Case& one, const Outcome& outcome, pid_t pid, int status) {
  const FilterAnswer expected = one.expected;
  if (kills(expected.action)) {
    return !outcome.returned && WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
  }
  if (!outcome.returned) return false;
  if (expected.action == SeccompAction::trap) {
    return outcome.trapped && outcome.trap_data == expected.data;
  }
  if (outcome.trapped) return false;
  if (const auto result = expected_result(expected)) return outcome.result == *result;
  return outcome.result == (one.event.nr == getpid_of(one.event) ? pid : -38);
}

// Where the call is made from is not known beforehand.
bool looks_at_pointer(const FilterProgram& program) {
  return std::ranges::any_of(program, [](const FilterInstruction& instruction) {
    return instruction.code == load(0).code && (instruction.k == 8 || instruction.k == 12);
  });
}

FilterProgram program_without_pointer(Random& random, const FilterProgram& start) {
  FilterProgram program = random_program(random, start);
  while (looks_at_pointer(program)) program = random_program(random, start);
  return program_here(program);
}

std::vector<FilterProgram> random_stack(Random& random) {
  std::vector<FilterProgram> newest_first;
  const std::size_t size = 1 + random() % 3;
  for (std::size_t i = 0; i < size; ++i) {
    const bool newest = i == 0;
    newest_first.push_back(
        program_without_pointer(random, prologue(newest ? SYS_rt_sigreturn : SYS_seccomp)));
  }
  return newest_first;
}

std::size_t wanted_cases() {
  const char* text = std::getenv("BULKHEAD_KERNEL_CASES");
  return text == nullptr ? 10'000 : std::strtoul(text, nullptr, 10);
}

// The evaluator's answer must also be the one that the exact analysis gives.
void check_analysis(const std::vector<FilterProgram>& newest_first,
                    const std::vector<Case>& cases) {
  const auto decision = analyse(newest_first);
  if (!decision) return;
  for (const Case& one : cases) {
    const auto& decided = decision->cases(one.event.arch, one.event.nr);
    CHECK(std::ranges::any_of(decided, [&](const DecisionCase& some) {
      return effect_of(some.answers.at(0)) == effect_of(one.expected);
    }));
  }
}

void run_stack(const std::vector<FilterProgram>& newest_first, const std::vector<Case>& cases) {
  std::fill_n(shared_outcomes, kCallsPerChild, Outcome{});
  const pid_t pid = fork();
  REQUIRE(pid >= 0);
  if (pid == 0) child(newest_first, cases);
  int status = 0;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  if (WIFEXITED(status)) REQUIRE(WEXITSTATUS(status) == 0);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    INFO("nr " << cases[i].event.nr << " arch " << cases[i].event.arch << " expected "
               << text_of(cases[i].expected) << " returned " << shared_outcomes[i].returned
               << " result " << shared_outcomes[i].result << "\n"
               << disassemble(newest_first.front()));
    REQUIRE(agrees(cases[i], shared_outcomes[i], pid, status));
  }
}

struct SharedMemory {
  SharedMemory() {
    void* memory = mmap(nullptr, kCallsPerChild * sizeof(Outcome), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    shared_outcomes = static_cast<Outcome*>(memory);
  }
  ~SharedMemory() { munmap(shared_outcomes, kCallsPerChild * sizeof(Outcome)); }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
};

}  // namespace

TEST_CASE("the kernel does what the evaluator says, for random stacks of filters and calls") {
  const SharedMemory memory;
  Random random(20261124);
  std::size_t done = 0;
  const std::size_t wanted = wanted_cases();
  while (done < wanted) {
    const auto newest_first = random_stack(random);
    const auto cases = cases_for(random, newest_first);
    run_stack(newest_first, cases);
    check_analysis(newest_first, cases);
    done += cases.size();
  }
  WARN(done << " calls, no disagreement");
}

TEST_CASE("the kernel refuses a program exactly where check_program does") {
  const SharedMemory memory;
  Random random(4);
  std::size_t refused = 0;
  for (int round = 0; round < 3000; ++round) {
    FilterProgram program = random_program(random);
    // Break something in most of them.
    FilterInstruction& victim = program[random() % program.size()];
    switch (random() % 5) {
      case 0: victim.code = static_cast<std::uint16_t>(random() % 0x100); break;
      case 1: victim.k = static_cast<std::uint32_t>(random() % 70); break;
      case 2: victim.jt = static_cast<std::uint8_t>(random() % 40); break;
      case 3: program.pop_back(); break;
      default: break;
    }
    const bool accepted = check_program(program).has_value();
    refused += accepted ? 0U : 1U;
    shared_outcomes[0] = {};
    const pid_t pid = fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
      const rlimit no_core{0, 0};
      setrlimit(RLIMIT_CORE, &no_core);
      signal(SIGILL, SIG_DFL);
      sock_fprog filter{static_cast<unsigned short>(program.size()),
                        reinterpret_cast<sock_filter*>(program.data())};
      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      shared_outcomes[0].returned = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0;
      __builtin_trap();  // the filter may let no system call through
    }
    int status = 0;
    REQUIRE(waitpid(pid, &status, 0) == pid);
    const bool kernel_accepted = shared_outcomes[0].returned;
    INFO(disassemble(program));
    CHECK(kernel_accepted == accepted);
  }
  CHECK(refused > 300);
}
