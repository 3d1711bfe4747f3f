// count_calls FILE PROGRAM…: runs the program and counts, by ptrace, the system calls that it and
// all that descends from it enter, the execve of the program included. FILE gets "ARCH NUMBER
// COUNT" lines, sorted by nothing. What it does itself is little: without a C library.
#include <linux/fcntl.h>
#include <linux/ptrace.h>
#include <linux/signal.h>
#include <linux/wait.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "raw_call.h"

enum { kMost = 1024 };
static struct {
  unsigned arch, number;
  unsigned long count;
} counts[kMost];
static int used;

static long trace(long request, long pid, long address, const void* data) {
  return raw_call(SYS_ptrace, request, pid, address, (long)data);
}

static void count(unsigned arch, unsigned number) {
  int i = 0;
  while (i < used && (counts[i].arch != arch || counts[i].number != number)) ++i;
  if (i == kMost) return;
  if (i == used) {
    counts[i].arch = arch;
    counts[i].number = number;
    ++used;
  }
  ++counts[i].count;
}

static char* digits(char* at, unsigned long number, char end) {
  char reverse[24];
  int length = 0;
  do reverse[length++] = (char)('0' + number % 10);
  while ((number /= 10) != 0);
  while (length > 0) *at++ = reverse[--length];
  *at++ = end;
  return at;
}

static void write_counts(const char* path) {
  static char text[kMost * 40];
  char* at = text;
  for (int i = 0; i < used; ++i) {
    at = digits(at, counts[i].arch, ' ');
    at = digits(at, counts[i].number, ' ');
    at = digits(at, counts[i].count, '\n');
  }
  const long file = raw_call(SYS_openat, AT_FDCWD, (long)path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  raw_call(SYS_write, file, (long)text, at - text, 0);
}

static void take_call(long pid) {
  static struct ptrace_syscall_info info;
  const long size = trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info);
  if (size > 0 && info.op == PTRACE_SYSCALL_INFO_ENTRY) count(info.arch, (unsigned)info.entry.nr);
}

// What the tracee gets when it goes on.
static long take_stop(long pid, int status) {
  const int signal = (status >> 8) & 0xff, event = status >> 16;
  if (signal == (SIGTRAP | 0x80)) {
    take_call(pid);
    return 0;
  }
  const int is_birth = event == 0 && signal == SIGSTOP;
  return event != 0 || is_birth ? 0 : signal;
}

static int follow(long child) {
  int status = 0, code = 1;
  raw_call(SYS_wait4, child, (long)&status, __WALL, 0);
  trace(PTRACE_SETOPTIONS, child, 0,
        (void*)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC));
  trace(PTRACE_SYSCALL, child, 0, NULL);
  for (;;) {
    const long pid = raw_call(SYS_wait4, -1, (long)&status, __WALL, 0);
    if (pid < 0) return code;
    if ((status & 0x7f) != 0x7f) {  // it ended
      if (pid == child) code = (status & 0x7f) != 0 ? 1 : (status >> 8) & 0xff;
      continue;
    }
    trace(PTRACE_SYSCALL, pid, 0, (void*)take_stop(pid, status));
  }
}

__attribute__((used)) static void begin(long* stack) {
  const long argc = stack[0];
  char** argv = (char**)(stack + 1);
  const long child = raw_call(SYS_clone, SIGCHLD, 0, 0, 0);
  if (child == 0) {
    trace(PTRACE_TRACEME, 0, 0, NULL);
    raw_call(SYS_kill, raw_call(SYS_getpid, 0, 0, 0, 0), SIGSTOP, 0, 0);
    raw_call(SYS_execve, (long)argv[2], (long)(argv + 2), (long)(argv + argc + 1), 0);
    raw_call(SYS_exit_group, 127, 0, 0, 0);
  }
  const int code = follow(child);
  write_counts(argv[1]);
  raw_call(SYS_exit_group, code, 0, 0, 0);
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n mov %rsp, %rdi\n and $-16, %rsp\n call begin\n");
#else
__asm__(".globl _start\n_start:\n mov x0, sp\n bl begin\n");
#endif
