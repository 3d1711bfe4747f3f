// Runs inside a container and says what holds there, one "name=value" per line. Static, so that any
// root file system can hold it. Words select what is said; without words, everything.
//
//   seccomp no_new_privs capeff   from /proc/self/status
//   unshare                       errno of unshare(CLONE_NEWNS), 0 when it succeeds; in a child
//   with
//                                 a user namespace of its own, since without CAP_SYS_ADMIN the
//                                 plain call fails on every container and would prove nothing
//   keyctl ptrace bpf mount       errno of that system call with harmless arguments (ptrace: ESRCH,
//   3,
//                                 where it is allowed)
//   mseal mseal-flagged getppid   errno of that system call; the second one with 1 as its third
//                                 argument
//   tomorrow                      errno of the call 999, which no kernel has
//   label                         /proc/self/attr/current
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

static void say_status(const char* name, const char* field) {
  char line[256];
  FILE* status = fopen("/proc/self/status", "r");
  if (status == NULL) return;
  while (fgets(line, sizeof line, status) != NULL) {
    if (strncmp(line, field, strlen(field)) == 0) printf("%s=%s", name, line + strlen(field) + 1);
  }
  fclose(status);
}

static void say_seccomp(void) { say_status("seccomp", "Seccomp:"); }
static void say_no_new_privs(void) { say_status("no_new_privs", "NoNewPrivs:"); }
static void say_capeff(void) { say_status("capeff", "CapEff:"); }
static void say_label(void) {
  char label[256] = "";
  FILE* current = fopen("/proc/self/attr/current", "r");
  if (current != NULL) {
    if (fgets(label, sizeof label, current) == NULL) label[0] = '\0';
    fclose(current);
  }
  printf("label=%s\n", label);
}

static void say_call(const char* name, long result) {
  printf("%s=%d\n", name, result < 0 ? errno : 0);
}
static void say_unshare(void) { say_call("unshare", unshare(CLONE_NEWUSER | CLONE_NEWNS)); }
static void say_keyctl(void) { say_call("keyctl", syscall(SYS_keyctl, 0, -3, 0)); }
static void say_bpf(void) { say_call("bpf", syscall(SYS_bpf, 0, NULL, 0)); }
static void say_ptrace(void) { say_call("ptrace", ptrace(PTRACE_ATTACH, 0, NULL, NULL)); }
static void say_mount(void) { say_call("mount", mount("none", "/tmp", "tmpfs", 0, NULL)); }

// mseal(2), as a call that an older libseccomp does not know.
static void say_mseal(void) { say_call("mseal", syscall(462, 0, 0, 0)); }
static void say_mseal_flagged(void) { say_call("mseal-flagged", syscall(462, 0, 0, 1)); }
static void say_getppid(void) { say_call("getppid", syscall(SYS_getppid)); }
// A call that no kernel has yet, and that no profile names.
static void say_tomorrow(void) { say_call("tomorrow", syscall(999)); }

static const struct {
  const char* name;
  void (*say)(void);
} kProbes[] = {
    {"seccomp", say_seccomp},
    {"no_new_privs", say_no_new_privs},
    {"capeff", say_capeff},
    {"label", say_label},
    {"unshare", say_unshare},
    {"keyctl", say_keyctl},
    {"bpf", say_bpf},
    {"ptrace", say_ptrace},
    {"mount", say_mount},
    {"mseal", say_mseal},
    {"mseal-flagged", say_mseal_flagged},
    {"getppid", say_getppid},
    {"tomorrow", say_tomorrow},
};

int main(int argc, char** argv) {
  for (size_t row = 0; row < sizeof kProbes / sizeof *kProbes; ++row) {
    int wanted = argc == 1;
    for (int word = 1; word < argc; ++word) wanted |= strcmp(argv[word], kProbes[row].name) == 0;
    if (wanted) kProbes[row].say();
  }
  return 0;
}
