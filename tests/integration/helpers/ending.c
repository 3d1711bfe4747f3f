// Creates a container, does something to its first process, starts it, and tells how all of it
// ended:
//
//   ending RUNTIME BUNDLE ID [COMMAND…]     the command gets the first process's number behind its
//   words
//
//   "create 0, start 0, exit code 139": each command's exit code, then how the first process ended,
//   or "runs on" after ten seconds. What the runtime says goes to stderr.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int status_of(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) != child) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run(char* const* words) {
  const pid_t child = fork();
  if (child == 0) {
    dup2(STDERR_FILENO, STDOUT_FILENO);
    execvp(words[0], words);
    _exit(127);
  }
  return status_of(child);
}

static void read_line(const char* path, char* text, size_t size) {
  FILE* file = fopen(path, "r");
  text[0] = '\0';
  if (file == NULL) return;
  if (fgets(text, (int)size, file) == NULL) text[0] = '\0';
  text[strcspn(text, "\n")] = '\0';
  fclose(file);
}

// Of the first process, which is ours to wait for when its runtime has ended.
static void tell_end(pid_t init) {
  for (int look = 0; look < 1000; ++look) {
    int status = 0;
    const pid_t ended = waitpid(init, &status, WNOHANG);
    if (ended < 0) {
      puts("no process");
      return;
    }
    if (ended == init) {
      if (WIFEXITED(status)) printf("exit code %d\n", WEXITSTATUS(status));
      if (WIFSIGNALED(status)) printf("signal %d\n", WTERMSIG(status));
      return;
    }
    usleep(10000);
  }
  puts("runs on");
  kill(init, 9);
  waitpid(init, NULL, 0);
}

int main(int argc, char** argv) {
  if (argc < 4 || argc > 10) return 64;
  char pid_file[512], pid[32];
  snprintf(pid_file, sizeof pid_file, "%s/pid", argv[2]);
  unlink(pid_file);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  char* create[] = {argv[1], "create", "--bundle", argv[2], "--pid-file", pid_file, argv[3], NULL};
  printf("create %d, ", run(create));
  read_line(pid_file, pid, sizeof pid);
  if (pid[0] == '\0') {
    puts("no process");
    return 0;
  }
  if (argc > 4) {
    char* words[8] = {NULL};
    memcpy(words, argv + 4, (size_t)(argc - 4) * sizeof *words);
    words[argc - 4] = pid;
    const int done = run(words);
    if (done != 0) printf("%s %d, ", argv[4], done);
  }
  char* start[] = {argv[1], "start", argv[3], NULL};
  printf("start %d, ", run(start));
  tell_end(atoi(pid));
  return 0;
}
