// ways_to_call WAY: a program whose calls are known, for whoever counts them.
//
//   vfork     ten children by vfork that execute this program again
//   exec      a chain of ten executions
//   signals   a thousand signals to itself, each caught
//   values    more different ioctl requests than half of what the kernel's table of them holds, a pause in which the
//             table is emptied, and then a thousand calls
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void nothing(int signal) { (void)signal; }

static int by_vfork(const char* self) {
  for (int i = 0; i < 10; ++i) {
    const pid_t child = vfork();
    if (child == 0) {
      execl(self, self, "nothing", (char*)NULL);
      _exit(1);
    }
    if (child < 0 || waitpid(child, NULL, 0) != child) return 1;
  }
  return 0;
}

static int by_exec(const char* self, int left) {
  char word[16];
  if (left == 0) return 0;
  snprintf(word, sizeof word, "exec%d", left - 1);
  execl(self, self, word, (char*)NULL);
  return 1;
}

static int by_signals(void) {
  signal(SIGUSR1, nothing);
  for (int i = 0; i < 1000; ++i) raise(SIGUSR1);
  return 0;
}

static int by_values(void) {
  enum { kFirst = 0x7000, kRequests = 3000, kSeconds = 8 };
  for (int i = 0; i < kRequests; ++i) ioctl(-1, kFirst + i);
  for (int left = kSeconds; left > 0;) left = (int)sleep((unsigned)left);
  for (int i = 0; i < 1000; ++i) ioctl(-1, kFirst);
  for (int left = kSeconds; left > 0;) left = (int)sleep((unsigned)left);
  return 0;
}

int main(int count, char** words) {
  const char* way = count == 2 ? words[1] : "";
  if (strcmp(way, "vfork") == 0) return by_vfork(words[0]);
  if (strcmp(way, "exec") == 0) return by_exec(words[0], 10);
  if (strncmp(way, "exec", 4) == 0) return by_exec(words[0], atoi(way + 4));
  if (strcmp(way, "signals") == 0) return by_signals();
  if (strcmp(way, "values") == 0) return by_values();
  return strcmp(way, "nothing") == 0 ? 0 : 2;
}
