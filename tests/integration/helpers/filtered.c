// filtered allow|deny NAME,NAME,… -- PROGRAM ARG…
//
// Runs the program under a real filter: "allow" permits the named system calls and answers EPERM to
// all others; "deny" answers EPERM to the named ones alone. execve is always permitted, since this
// program needs it. Used to measure which system calls a program cannot start without.
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void add(scmp_filter_ctx filter, uint32_t action, const char* name) {
  const int number = seccomp_syscall_resolve_name(name);
  if (number == __NR_SCMP_ERROR) {
    fprintf(stderr, "filtered: unknown system call %s\n", name);
    exit(70);
  }
  const int status = seccomp_rule_add(filter, action, number, 0);
  if (status != 0 && status != -EEXIST) {
    fprintf(stderr, "filtered: %s: %s\n", name, strerror(-status));
    exit(70);
  }
}

int main(int argc, char** argv) {
  if (argc < 5 || strcmp(argv[3], "--") != 0) return 64;
  const int allow = strcmp(argv[1], "allow") == 0;
  scmp_filter_ctx filter = seccomp_init(allow ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_ALLOW);
  if (filter == NULL) return 70;
  if (allow) add(filter, SCMP_ACT_ALLOW, "execve");
  for (char* name = strtok(argv[2], ","); name != NULL; name = strtok(NULL, ",")) {
    add(filter, allow ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EPERM), name);
  }
  if (seccomp_load(filter) != 0) return 70;
  execv(argv[4], argv + 4);
  perror("filtered: execv");
  return 71;
}
