// tracer PID: traces that process, without stopping it, until it is killed. Says "traced" when it
// does.
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  if (ptrace(PTRACE_SEIZE, (pid_t)atoi(argv[1]), NULL, NULL) != 0) {
    perror("tracer");
    return 1;
  }
  puts("traced");
  fflush(stdout);
  for (;;) pause();
}
