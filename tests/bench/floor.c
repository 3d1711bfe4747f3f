// The least that any wrapper or hook must do which sees for itself what a program holds when it
// starts: a gate that follows to the program's first instruction, asks the kernel for its filter,
// and lets go. Nothing is read, decided, compared, recorded or told. What Bulkhead takes above this
// is its own.
//
//   floor RUNTIME WORD…    as a wrapper: becomes the runtime
//   floor createRuntime    as a hook: follows the process that the state on stdin names
//   floor poststop         as a hook that has nothing to do
//
// Not for use: it does not look at what the kernel answers.
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t followed;
static int ready[2];
static struct sock_filter filter[BPF_MAXINSNS];

static ino_t mounts_of(const char* process) {
  char path[64];
  struct stat status;
  snprintf(path, sizeof path, "/proc/%s/ns/mnt", process);
  return stat(path, &status) == 0 ? status.st_ino : 0;
}

static int is_inside(pid_t process) {
  char name[16];
  snprintf(name, sizeof name, "%d", process);
  return mounts_of(name) != mounts_of("self");
}

static int next_stop(pid_t* stopped) {
  int status = 0;
  do {
    *stopped = waitpid(-1, &status, __WALL);
  } while (*stopped < 0 && errno == EINTR);
  return *stopped < 0 ? -1 : status;
}

// Until a program begins inside; its pid, or 0 where none does.
static pid_t follow(void) {
  pid_t stopped;
  for (int status; (status = next_stop(&stopped)) >= 0;) {
    if (!WIFSTOPPED(status)) continue;
    const int event = status >> 16;
    if (event == PTRACE_EVENT_EXEC && is_inside(stopped)) return stopped;
    const int is_new = event == PTRACE_EVENT_STOP && WSTOPSIG(status) == SIGTRAP;
    ptrace(PTRACE_CONT, stopped, 0, event != 0 || is_new ? 0 : WSTOPSIG(status));
  }
  return 0;
}

static int gate(void* unused) {
  (void)unused;
  const unsigned long options =
      PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
  const int failed = ptrace(PTRACE_SEIZE, followed, 0, options) != 0;
  if (write(ready[1], "", 1) != 1 || failed) _exit(1);
  for (int fd = 0; fd <= ready[1]; ++fd) close(fd);
  const pid_t program = follow();
  if (program != 0) {
    ptrace(PTRACE_SECCOMP_GET_FILTER, program, 0, 0);
    ptrace(PTRACE_SECCOMP_GET_FILTER, program, 0, filter);
    ptrace(PTRACE_DETACH, program, 0, 0);
  }
  _exit(0);
}

static int open_gate(void) {
  static char stack[65536] __attribute__((aligned(16)));
  char byte;
  if (pipe2(ready, O_CLOEXEC) != 0) return 1;
  if (clone(gate, stack + sizeof stack, CLONE_VM, NULL) < 0) return 1;
  return read(ready[0], &byte, 1) == 1 ? 0 : 1;
}

static pid_t named_in_state(void) {
  char state[16384];
  size_t size = 0;
  for (ssize_t got; (got = read(STDIN_FILENO, state + size, sizeof state - 1 - size)) > 0;)
    size += (size_t)got;
  state[size] = 0;
  const char* pid = strstr(state, "\"pid\"");
  return pid == NULL ? 0 : (pid_t)strtol(pid + strcspn(pid, "0123456789"), NULL, 10);
}

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "poststop") == 0) return 0;
  const int is_hook = argc > 1 && strcmp(argv[1], "createRuntime") == 0;
  followed = is_hook ? named_in_state() : getpid();
  if (followed == 0 || open_gate() != 0) return 1;
  if (is_hook) return 0;
  execv(argv[1], argv + 1);
  return 1;
}
