// An OCI runtime that says what it was given: words, environment, directory, descriptors, signals,
// umask, limits, ids. Run with and without a wrapper in front, the two texts must be the same.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

extern char** environ;
static FILE* out;

static void tell_words(int argc, char** argv) {
  for (int word = 1; word < argc; ++word) fprintf(out, "word %s\n", argv[word]);
}

static int by_text(const void* a, const void* b) {
  return strcmp(*(char* const*)a, *(char* const*)b);
}

static void tell_environment(void) {
  size_t count = 0;
  while (environ[count] != NULL) ++count;
  qsort(environ, count, sizeof *environ, by_text);
  for (size_t entry = 0; entry < count; ++entry) fprintf(out, "environment %s\n", environ[entry]);
}

static void tell_descriptors(void) {
  for (int descriptor = 0; descriptor < 1024; ++descriptor) {
    if (descriptor == fileno(out) || fcntl(descriptor, F_GETFD) < 0) continue;
    char name[64];
    char target[4096] = "";
    snprintf(name, sizeof name, "/proc/self/fd/%d", descriptor);
    if (readlink(name, target, sizeof target - 1) < 0) continue;
    fprintf(out, "descriptor %d %s flags %o\n", descriptor, target, fcntl(descriptor, F_GETFL));
  }
}

static void tell_status(void) {
  static const char* const kFields[] = {
      "SigBlk:", "SigIgn:", "SigCgt:", "CapEff:", "NoNewPrivs:", "Uid:", "Gid:", "Groups:"};
  char line[512];
  FILE* status = fopen("/proc/self/status", "r");
  while (status != NULL && fgets(line, sizeof line, status) != NULL) {
    for (size_t field = 0; field < sizeof kFields / sizeof *kFields; ++field) {
      if (strncmp(line, kFields[field], strlen(kFields[field])) == 0) fputs(line, out);
    }
  }
  if (status != NULL) fclose(status);
}

static void tell_process(void) {
  char directory[4096] = "";
  struct rlimit limit;
  int death_signal = 0;
  const mode_t mask = umask(0);
  prctl(PR_GET_PDEATHSIG, &death_signal, 0, 0, 0);
  getrlimit(RLIMIT_NOFILE, &limit);
  fprintf(out, "directory %s\numask %o\ndeath signal %d\nnice %d\n",
          getcwd(directory, sizeof directory), (unsigned)mask, death_signal,
          getpriority(PRIO_PROCESS, 0));
  fprintf(out, "descriptors at most %lu\n", (unsigned long)limit.rlim_cur);
  // TELL_PID: what the starter's shell says its pid is before it becomes the runtime.
  const char* pid = getenv("TELL_PID");
  fprintf(out, "same pid: %s\n", pid != NULL && atoi(pid) == getpid() ? "yes" : "no");
  unsetenv("TELL_PID");
}

int main(int argc, char** argv) {
  if (argc > 1 && (strcmp(argv[1], "features") == 0 || strcmp(argv[1], "--version") == 0)) return 1;
  const char* path = getenv("TELL_TO");
  out = fopen(path == NULL ? "/dev/stderr" : path, "we");
  if (out == NULL) return 70;
  tell_process();
  tell_words(argc, argv);
  tell_environment();
  tell_descriptors();
  tell_status();
  return 33;
}
