#include "kernel/gate/gate_process.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "kernel/gate/place.h"
#include "kernel/observe/observe.h"
#include "kernel/remote/apparmor_exec.h"
#include "kernel/tasks/inherited_state.h"

namespace bulkhead::kernel {

using base::cat;
using base::Error;
using base::ErrorCode;
using base::fail_errno;
using base::Result;

namespace {

constexpr std::string_view kGateName = "bulkhead-gate";  // at most 15 bytes (TASK_COMM_LEN)
constexpr int kReplyFd = kFirstKeptDescriptor - 1;

// What the opener and its gate share. The gate writes; the opener reads once the pipe has told it
// to.
struct SharedStart {
  const GateDuties& duties;
  int reply;  // the write end of a pipe
  void* gate_stack;
  std::optional<Error> failure;  // why the gate does not hold
  bool started = false;
};

// No signal to the runtime's group or terminal is for the gate, and none that its opener's caller
// blocked stays so. What that ignored besides, nobody sends to it.
void become_independent() {
  ::setsid();
  unblock_signals();
  (void)::prctl(PR_SET_NAME, kGateName.data());
  for (const int signal : {SIGHUP, SIGINT, SIGTERM}) ::signal(signal, SIG_IGN);
}

void close_from(int first, int last) {
  if (first <= last) ::close_range(static_cast<unsigned>(first), static_cast<unsigned>(last), 0);
}

// Nothing of the runtime's is kept: terminal, pipes, working directory.
void let_go_of_descriptors(int reply, int kept) {
  const int null = ::open("/dev/null", O_RDWR);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, standard);
  if (reply != kReplyFd) ::dup3(reply, kReplyFd, O_CLOEXEC);
  const int middle = kept > kReplyFd ? kept : kReplyFd;
  close_from(kReplyFd + 1, middle - 1);
  close_from(middle + 1, INT_MAX);
  if (::chdir("/") != 0) return;  // any directory serves as well
}

Result<void> hold(const GateDuties& duties) {
  if (auto left = leave_own_profile(); !left) return left;
  return duties.attach();
}

int run_gate(void* argument) {
  auto& shared = *static_cast<SharedStart*>(argument);
  become_independent();
  if (auto held = hold(shared.duties); !held) {
    shared.failure = std::move(held.error());
    ::_exit(EXIT_FAILURE);
  }
  const GateDuties& duties = shared.duties;
  if (duties.when_held) duties.when_held();
  let_go_of_descriptors(shared.reply, duties.kept_descriptor);
  if (!base::write_all(kReplyFd, "h", "the opener")) ::_exit(EXIT_FAILURE);
  ::close(kReplyFd);
  duties.run();
  ::_exit(EXIT_SUCCESS);
}

// The gate's parent ends at once, so that the gate is nobody's child: a runtime that waits for its
// own does not meet it, and it leaves no zombie.
int run_parent(void* argument) {
  auto& shared = *static_cast<SharedStart*>(argument);
  shared.started = ::clone(run_gate, shared.gate_stack, CLONE_VM, argument) >= 0;
  ::_exit(EXIT_SUCCESS);
}

// As much as a process's first stack may grow to by default; only what is used is ever there. The
// lowest page is left out, so that running over the end is a fault and not damage.
Result<void*> map_stack(std::size_t bytes) {
  constexpr std::size_t kPage = 4096;
  void* const bottom = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (bottom == MAP_FAILED || ::mprotect(bottom, kPage, PROT_NONE) != 0) {
    return fail_errno(ErrorCode::kernel, "make", "the gate's stack");
  }
  return static_cast<char*>(bottom) + bytes;
}

Result<void> start(SharedStart& shared) {
  constexpr std::size_t kGateStack = 8 << 20;
  constexpr std::size_t kLittleGateStack = 1 << 20;  // under a limit on memory
  // Of the parent, which does one thing, once: no mapping of its own.
  alignas(16) static char parent_stack[32 << 10];
  auto gate_stack = map_stack(kGateStack);
  if (!gate_stack) gate_stack = map_stack(kLittleGateStack);
  if (!gate_stack) return std::unexpected(std::move(gate_stack.error()));
  shared.gate_stack = *gate_stack;
  // With CLONE_VFORK it has ended when clone(2) returns; without an exit signal nobody is told.
  const pid_t parent =
      ::clone(run_parent, parent_stack + sizeof parent_stack, CLONE_VM | CLONE_VFORK, &shared);
  if (parent > 0) ::waitpid(parent, nullptr, __WALL);
  if (parent < 0 || !shared.started) return fail_errno(ErrorCode::kernel, "start", "the gate");
  return {};
}

// Whether a byte came before the end.
bool holds(int reply) {
  char byte = 0;
  ssize_t size = 0;
  do {
    size = ::read(reply, &byte, 1);
  } while (size < 0 && errno == EINTR);
  return size == 1;
}

// The name of a program that runs; one that was replaced meanwhile bears it, too.
std::string program_name(const std::string& executable) {
  constexpr std::string_view kReplaced = " (deleted)";
  char path[4096];
  const ssize_t size = ::readlink(executable.c_str(), path, sizeof path);
  std::string_view name(path, size > 0 ? static_cast<std::size_t>(size) : 0);
  if (name.ends_with(kReplaced)) name.remove_suffix(kReplaced.size());
  return std::string(name.substr(name.rfind('/') + 1));
}

// Whoever is outside of this user namespace, as the node's root is to a rootless engine, shows so.
bool is_owner_outside(uid_t owner) {
  constexpr uid_t kOverflow = 65534;  // /proc/sys/fs/overflowuid, by default
  return owner == kOverflow && is_in_user_namespace();
}

// A file that root, or the caller, put there, and that nobody else can change.
bool is_safe_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return false;
  }
  return status.st_uid == 0 || status.st_uid == ::geteuid() || is_owner_outside(status.st_uid);
}

// What a process calls itself says nothing: anyone may choose that (PR_SET_NAME).
bool runs_program_of_ours(pid_t process) {
  const std::string executable = cat("/proc/", process, "/exe");
  return program_name(executable).starts_with("bulkhead-") && is_safe_file(executable);
}

}  // namespace

Result<void> start_gate(const GateDuties& duties) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno(ErrorCode::kernel, "make", "a pipe");
  const base::UniqueFd read_end(ends[0]);
  base::UniqueFd write_end(ends[1]);
  SharedStart shared{.duties = duties, .reply = ends[1], .gate_stack = nullptr, .failure = {}};
  if (auto started = start(shared); !started) return started;
  write_end.reset();
  if (holds(read_end.get())) return {};
  if (shared.failure) return std::unexpected(*std::move(shared.failure));
  return base::fail(ErrorCode::internal, "the gate ended before it held the container");
}

bool is_gate(pid_t process) {
  return share_container(process, ::getpid()) && runs_program_of_ours(process);
}

}  // namespace bulkhead::kernel
