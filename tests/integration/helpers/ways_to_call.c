// ways_to_call WAY: a program whose calls are known, for whoever counts them.
//
//   vfork     ten children by vfork that execute this program again
//   exec      a chain of ten executions
//   signals   a thousand signals to itself, each caught
//   clone3    three children by clone3, and by clone where that is not there, as C libraries do it
//   host      the same, each in a UTS namespace of its own
//   sockets   two sockets of AF_UNIX and one of AF_INET by the 32-bit entry, and one of AF_UNIX by
//   the native one values    more different ioctl requests than half of what the kernel's table of
//   them holds, a pause in which the
//             table is emptied, and then a thousand calls
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
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

static long child_with(uint64_t flags) {
  struct {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
  } arguments = {.flags = flags, .exit_signal = SIGCHLD};
  const long child = syscall(SYS_clone3, &arguments, sizeof arguments);
  if (child >= 0 || errno != ENOSYS) return child;
  return syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
}

static int by_clone3(uint64_t flags) {
  for (int i = 0; i < 3; ++i) {
    const long child = child_with(flags);
    if (child == 0) _exit(0);
    if (child < 0 || waitpid((pid_t)child, NULL, 0) != child) return 1;
  }
  return 0;
}

// By the table of i386 too, which of programs of 64 bits only those of x86-64 can call.
static int by_sockets(void) {
#if defined(__x86_64__)
  static const int kFamilies[] = {AF_UNIX, AF_INET, AF_UNIX};
  for (int i = 0; i < 3; ++i) {
    long result = 359;  // socket in the table of i386
    __asm__ volatile("int $0x80"
                     : "+a"(result)
                     : "b"(kFamilies[i]), "c"(SOCK_STREAM), "d"(0)
                     : "memory");
    if (result < 0) return 1;
  }
#endif
  return socket(AF_UNIX, SOCK_STREAM, 0) < 0;
}

int main(int count, char** words) {
  const char* way = count == 2 ? words[1] : "";
  if (strcmp(way, "vfork") == 0) return by_vfork(words[0]);
  if (strcmp(way, "exec") == 0) return by_exec(words[0], 10);
  if (strncmp(way, "exec", 4) == 0) return by_exec(words[0], atoi(way + 4));
  if (strcmp(way, "signals") == 0) return by_signals();
  if (strcmp(way, "values") == 0) return by_values();
  if (strcmp(way, "clone3") == 0) return by_clone3(CLONE_FS | CLONE_FILES);
  if (strcmp(way, "host") == 0) return by_clone3(CLONE_FS | CLONE_FILES | CLONE_NEWUTS);
  if (strcmp(way, "sockets") == 0) return by_sockets();
  return strcmp(way, "nothing") == 0 ? 0 : 2;
}
