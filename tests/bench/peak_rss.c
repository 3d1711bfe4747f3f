// peak_rss COMMAND…: runs the command and prints its peak resident memory in KiB.
//
// ru_maxrss of a child starts at the resident size of the process that it was forked from, so this
// program is static and small: what it reports is never below its own few hundred KiB.
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const pid_t child = fork();
  if (child < 0) return 1;
  if (child == 0) {
    execv(argv[1], argv + 1);
    _exit(127);
  }
  int status = 0;
  struct rusage usage;
  if (wait4(child, &status, 0, &usage) != child) return 1;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return 3;
  printf("%ld\n", usage.ru_maxrss);
  return 0;
}
