// Prints the flags with which a process's filters were installed, the newest first, one number a line:
// SECCOMP_FILTER_FLAG_LOG is 2.
//
//   filter_flags PID
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#define GET_METADATA ((enum __ptrace_request)0x420d)  // PTRACE_SECCOMP_GET_METADATA (linux/ptrace.h)

struct metadata {  // struct seccomp_metadata (linux/ptrace.h)
  uint64_t filter_off;
  uint64_t flags;
};

int main(int count, char** words) {
  const pid_t pid = count == 2 ? (pid_t)atol(words[1]) : 0;
  struct metadata filter = {0, 0};
  if (pid <= 0 || ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0 ||
      ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) != 0 || waitpid(pid, NULL, __WALL) != pid) {
    perror("filter_flags: the process cannot be traced");
    return 1;
  }
  while (ptrace(GET_METADATA, pid, sizeof filter, &filter) > 0) {
    printf("%llu\n", (unsigned long long)filter.flags);
    ++filter.filter_off;
  }
  return errno == ENOENT ? 0 : 1;
}
