// Prints the flags with which a process's filters were installed, the oldest first, one number a line:
// SECCOMP_FILTER_FLAG_LOG is 2. With `programs` each is followed by what was installed, as the kernel
// gives it back: "CODE:JT:JF:K" for each instruction.
//
//   filter_flags PID [programs]
#include <errno.h>
#include <linux/filter.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#define GET_FILTER ((enum __ptrace_request)0x420c)    // PTRACE_SECCOMP_GET_FILTER
#define GET_METADATA ((enum __ptrace_request)0x420d)  // PTRACE_SECCOMP_GET_METADATA (linux/ptrace.h)

struct metadata {  // struct seccomp_metadata (linux/ptrace.h)
  uint64_t filter_off;
  uint64_t flags;
};

static void print_program(pid_t pid, uint64_t index) {
  static struct sock_filter program[BPF_MAXINSNS];
  const long length = ptrace(GET_FILTER, pid, index, program);
  for (long i = 0; i < length; ++i) {
    printf(" %x:%u:%u:%x", program[i].code, program[i].jt, program[i].jf, program[i].k);
  }
}

int main(int count, char** words) {
  const pid_t pid = count >= 2 ? (pid_t)atol(words[1]) : 0;
  const int programs = count == 3 && strcmp(words[2], "programs") == 0;
  struct metadata filter = {0, 0};
  if (pid <= 0 || ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0 ||
      ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) != 0 || waitpid(pid, NULL, __WALL) != pid) {
    perror("filter_flags: the process cannot be traced");
    return 1;
  }
  while (ptrace(GET_METADATA, pid, sizeof filter, &filter) > 0) {
    printf("%llu", (unsigned long long)filter.flags);
    if (programs) print_program(pid, filter.filter_off);
    putchar('\n');
    ++filter.filter_off;
  }
  return errno == ENOENT ? 0 : 1;
}
