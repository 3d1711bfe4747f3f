// strike NAME WAIT_US TIMEOUT_MS MARK PROGRAM: kills with SIGKILL the process that bears NAME in
// comm, WAIT_US after it is there, and says in which moment that was:
//
//   none      no such process was seen within TIMEOUT_MS, or it had ended by itself
//   marked    MARK was there already: the program had been let go
//   let go    no mark yet, but a process that bears PROGRAM in comm is traced by nobody
//   held      neither, and the process traced somebody
//   free      neither, and it traced nobody: not yet, or no more
//
// The process is stopped before it is looked at, so that nothing changes between the look and the
// kill.
#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

static int read_proc(const char* pid, const char* name, char* text, size_t size) {
  char path[300];
  snprintf(path, sizeof path, "/proc/%s/%s", pid, name);
  FILE* file = fopen(path, "r");
  if (file == NULL) return 0;
  const size_t length = fread(text, 1, size - 1, file);
  fclose(file);
  text[length] = '\0';
  return length > 0;
}

typedef int (*matches)(const char* pid, const void* wanted);

static int bears_name(const char* pid, const void* name) {
  char text[64];
  return read_proc(pid, "comm", text, sizeof text) && strcspn(text, "\n") == strlen(name) &&
         strncmp(text, name, strlen(name)) == 0;
}

static int traced_by(const char* pid, const void* tracer) {
  char text[4096];
  if (!read_proc(pid, "status", text, sizeof text)) return 0;
  const char* line = strstr(text, "TracerPid:");
  return line != NULL && atoi(line + strlen("TracerPid:")) == *(const pid_t*)tracer;
}

static int runs_untraced(const char* pid, const void* program) {
  static const pid_t kNobody = 0;
  return bears_name(pid, program) && traced_by(pid, &kNobody);
}

static int stopped(pid_t pid) {
  char text[4096], number[16];
  snprintf(number, sizeof number, "%d", (int)pid);
  return !read_proc(number, "status", text, sizeof text) || strstr(text, "State:\tT") != NULL ||
         strstr(text, "State:\tZ") != NULL;
}

static pid_t find(matches match, const void* wanted) {
  pid_t found = 0;
  DIR* proc = opendir("/proc");
  if (proc == NULL) exit(70);
  for (const struct dirent* entry; found == 0 && (entry = readdir(proc)) != NULL;) {
    if (isdigit((unsigned char)entry->d_name[0]) && match(entry->d_name, wanted)) {
      found = atoi(entry->d_name);
    }
  }
  closedir(proc);
  return found;
}

static pid_t await(const char* name, long timeout_us) {
  const long end = now_us() + timeout_us;
  pid_t found = 0;
  while (found == 0 && now_us() < end) {
    found = find(bears_name, name);
    if (found == 0) usleep(200);
  }
  return found;
}

static const char* moment_of(pid_t target, const char* mark, const char* program) {
  if (access(mark, F_OK) == 0) return "marked";
  if (find(runs_untraced, program) != 0) return "let go";
  return find(traced_by, &target) != 0 ? "held" : "free";
}

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  const pid_t target = await(argv[1], atol(argv[3]) * 1000);
  usleep((useconds_t)atol(argv[2]));
  char number[16];
  snprintf(number, sizeof number, "%d", (int)target);
  if (target == 0 || !bears_name(number, argv[1]) || kill(target, SIGSTOP) != 0) {
    puts("none");
    return 0;
  }
  while (!stopped(target)) usleep(100);
  puts(moment_of(target, argv[4], argv[5]));
  fflush(stdout);
  kill(target, SIGKILL);
  return 0;
}
