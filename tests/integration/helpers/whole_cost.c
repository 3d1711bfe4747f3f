// Runs a command and waits for it and for everything that it leaves behind; prints its exit code
// and the CPU time of all of them together, in microseconds: "0 12345".
//
//   whole_cost COMMAND…
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static long microseconds(struct timeval time) { return time.tv_sec * 1000000 + time.tv_usec; }

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const pid_t command = fork();
  if (command == 0) {
    dup2(STDERR_FILENO, STDOUT_FILENO);
    execvp(argv[1], argv + 1);
    _exit(127);
  }
  int code = 127, status = 0;
  for (pid_t ended; (ended = wait(&status)) > 0;) {
    if (ended == command) code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  struct rusage usage;
  getrusage(RUSAGE_CHILDREN, &usage);
  printf("%d %ld\n", code, microseconds(usage.ru_utime) + microseconds(usage.ru_stime));
  return 0;
}
