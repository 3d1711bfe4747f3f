// The program of every case: it does no harm and says on one line what it holds, as the kernel
// tells it:
//
//   HOLDS {"Uid": "…", …, "unshare": 1, "read_only_root": true}
//
// The first members are lines of /proc/self/status; "unshare" is the errno of
// unshare(CLONE_NEWUSER) in a child, 0 where it is allowed.
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

static const char* const kFields[] = {"Uid",     "Gid",        "Groups",   "CapInh",
                                      "CapPrm",  "CapEff",     "CapBnd",   "CapAmb",
                                      "Seccomp", "NoNewPrivs", "TracerPid"};

static void say_field(const char* line) {
  for (size_t i = 0; i < sizeof kFields / sizeof *kFields; ++i) {
    const size_t length = strlen(kFields[i]);
    if (strncmp(line, kFields[i], length) != 0 || line[length] != ':') continue;
    printf("\"%s\": \"", kFields[i]);
    for (const char* c = line + length + 1; *c != '\0' && *c != '\n'; ++c) {
      putchar(*c == '\t' ? ' ' : *c);
    }
    printf("\", ");
  }
}

static void say_status(void) {
  char line[4096];
  FILE* status = fopen("/proc/self/status", "r");
  while (status != NULL && fgets(line, sizeof line, status) != NULL) say_field(line);
}

static int errno_of_unshare(void) {
  int status = 0;
  const pid_t child = fork();
  if (child < 0) return -1;
  if (child == 0) _exit(unshare(CLONE_NEWUSER) == 0 ? 0 : errno);
  return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(void) {
  struct statvfs root;
  char line[8192];
  setvbuf(stdout, line, _IOFBF, sizeof line);
  const int denied = errno_of_unshare();
  printf("HOLDS {");
  say_status();
  printf("\"unshare\": %d, ", denied);
  printf("\"read_only_root\": %s}\n",
         statvfs("/", &root) == 0 && (root.f_flag & ST_RDONLY) != 0 ? "true" : "false");
  return 0;
}
