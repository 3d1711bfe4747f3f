// What a system call costs under the program that the gate installs, over what it costs under
// libseccomp's own arrangement of the same profile: one JSON line for each kind of call,
// {"name","ratio","goal","unit"}.
//
// Calls that a profile allows whatever their arguments are answered by the kernel without the
// filter (its bitmap of constant actions, Linux 5.11): there both are alike. Those whose arguments
// count run through it.
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <vector>

#include "kernel/filters/seccomp_compiler.h"
#include "policy/fallback/runtime_default.h"
#include "tests/bench/measure.h"

namespace {

using namespace bulkhead;
using bulkhead::bench::median;

constexpr int kRounds = 31;
constexpr oci_config::CapabilityMask kDockerCapabilities = 0xa80425fb;

void get_parent() { (void)::syscall(SYS_getppid); }
void open_and_close() { ::close(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }
void make_socket() { ::close(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)); }
void ask_personality() { (void)::syscall(SYS_personality, 0xffffffffU); }

struct Kind {
  const char* name;
  void (*call)();
  int times;
};
constexpr Kind kKinds[] = {{"calls-getppid", get_parent, 200000},
                           {"calls-openat", open_and_close, 60000},
                           {"calls-socket", make_socket, 30000},
                           {"calls-personality", ask_personality, 200000}};

void install(policy::FilterProgram program) {
  struct {
    unsigned short length;
    const void* first;
  } filter{static_cast<unsigned short>(program.size()), program.data()};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter) != 0)
    ::_exit(1);
}

// CPU time in microseconds of a process that makes the calls under the program; a filter is for
// ever.
double cost(const policy::FilterProgram& program, const Kind& kind) {
  const pid_t child = ::fork();
  if (child == 0) {
    install(program);
    for (int i = 0; i < kind.times; ++i) kind.call();
    ::_exit(0);
  }
  int status = 0;
  rusage usage{};
  ::wait4(child, &status, 0, &usage);
  if (status != 0) std::fputs("bench_calls: the calls were not made\n", stderr);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

void measure(const Kind& kind, const policy::FilterProgram& ours,
             const policy::FilterProgram& theirs) {
  std::vector<double> with_ours;
  std::vector<double> with_theirs;
  for (int round = 0; round < kRounds; ++round) {
    with_ours.push_back(cost(ours, kind));
    with_theirs.push_back(cost(theirs, kind));
  }
  const double one = median(with_ours);
  const double other = median(with_theirs);
  std::fprintf(stderr, "#   %-20s %8.1f ns, under libseccomp's %8.1f ns\n", kind.name,
               one * 1e3 / kind.times, other * 1e3 / kind.times);
  std::printf(
      "{\"name\": \"%s\", \"ratio\": %.4f, \"goal\": 1.0, \"unit\": \"x CPU time a call\"}\n",
      kind.name, one / other);
}

}  // namespace

int main() {
  const auto profile =
      policy::runtime_default_for({.capabilities = kDockerCapabilities, .kernel = {6, 1}});
  const auto ours = kernel::compile_seccomp(profile, kernel::FilterShape::binary_tree);
  const auto theirs = kernel::compile_seccomp(profile, kernel::FilterShape::linear);
  if (!ours || !theirs) return 1;
  for (const Kind& kind : kKinds) measure(kind, *ours, *theirs);
  return 0;
}
