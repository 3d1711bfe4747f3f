// A container's program that leaves a mark and says what holds for it, one "name=value" a line: its
// seccomp mode, no_new_privs, tracer, effective user, and the errno of unshare(2) into a new user
// namespace, which the fallback forbids. Built static, dynamic and for 32 bits.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
  close(open("/out/mark", O_CREAT | O_WRONLY, 0666));
  static const char* const kFields[] = {"Seccomp:", "NoNewPrivs:", "TracerPid:"};
  char line[256];
  FILE* status = fopen("/proc/self/status", "r");
  while (status != NULL && fgets(line, sizeof line, status) != NULL) {
    for (size_t i = 0; i < sizeof kFields / sizeof *kFields; ++i) {
      const size_t length = strlen(kFields[i]);
      if (strncmp(line, kFields[i], length) == 0) {
        printf("%.*s=%s", (int)length - 1, kFields[i], line + length + 1);
      }
    }
  }
  printf("euid=%d\n", (int)geteuid());
  const int unshared = (int)syscall(SYS_unshare, CLONE_NEWUSER);
  printf("unshare=%d\n", unshared < 0 ? errno : 0);
  return 0;
}
