// tracer PID [NAME]: traces that process, without stopping it, until one of the two ends. Says
// "traced" when it does. NAME is what it calls itself.
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) return 64;
  if (argc == 3) prctl(PR_SET_NAME, argv[2]);
  const pid_t task = atoi(argv[1]);
  if (ptrace(PTRACE_SEIZE, task, NULL, NULL) != 0) {
    perror("tracer");
    return 1;
  }
  puts("traced");
  fflush(stdout);
  int status;
  while (waitpid(task, &status, __WALL) == task && WIFSTOPPED(status)) {
    const long signal = status >> 16 == 0 ? WSTOPSIG(status) : 0;
    ptrace(PTRACE_CONT, task, NULL, signal);
  }
  return 0;
}
