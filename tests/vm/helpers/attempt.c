// Tries what a container should or should not be able to do, and says what came of it: one line
// "WORD OPERAND: 0" or "WORD OPERAND: EACCES" for each pair of words. Static.
//
//   read PATH      open for reading, and read a byte
//   write PATH     open for writing (an existing file is not changed: nothing is written)
//   create PATH    create a file, and remove it
//   mount DIR      mount a tmpfs there
//   pivot DIR      pivot_root(DIR, DIR)
//   trace PID      PTRACE_ATTACH, and detach
//   signal PID     kill(PID, SIGCONT)
//   unshare -      unshare(CLONE_NEWUSER), which a seccomp filter denies
//   socket FAMILY    a socket of that family, by number
//   socket32 FAMILY  the same as 32-bit programs ask for one, by socketcall
//   uring -          an io_uring that the kernel polls (IORING_SETUP_SQPOLL)
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int try_read(const char* path) {
  char byte;
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return -1;
  const ssize_t got = read(fd, &byte, 1);
  const int error = errno;
  close(fd);
  errno = error;
  return got < 0 ? -1 : 0;
}
static int try_write(const char* path) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd >= 0) close(fd);
  return fd < 0 ? -1 : 0;
}
static int try_create(const char* path) {
  const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return -1;
  close(fd);
  unlink(path);
  return 0;
}
static int try_mount(const char* path) { return mount("none", path, "tmpfs", 0, NULL); }
static int try_pivot(const char* path) { return (int)syscall(SYS_pivot_root, path, path); }
static int try_trace(const char* pid) {
  const pid_t task = (pid_t)atoi(pid);
  if (ptrace(PTRACE_ATTACH, task, NULL, NULL) != 0) return -1;
  waitpid(task, NULL, __WALL);
  return ptrace(PTRACE_DETACH, task, NULL, NULL) == 0 ? 0 : -1;
}
static int try_signal(const char* pid) { return kill((pid_t)atoi(pid), SIGCONT); }
static int try_unshare(const char* unused) {
  (void)unused;
  return unshare(CLONE_NEWUSER);
}

static int closed(long descriptor) {
  if (descriptor < 0) return -1;
  close((int)descriptor);
  return 0;
}
static int try_socket(const char* family) { return closed(socket(atoi(family), SOCK_STREAM, 0)); }
// socketcall(SYS_SOCKET, arguments) is call 102 of x86, of any program by int 0x80; the arguments
// must lie where 32 bits reach.
static int try_socket32(const char* family) {
#if defined(__x86_64__)
  unsigned* const arguments =
      mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  if (arguments == MAP_FAILED) return -1;
  arguments[0] = (unsigned)atoi(family);
  arguments[1] = SOCK_STREAM;
  long result = 102;
  __asm__ volatile("int $0x80"
                   : "+a"(result)
                   : "b"(1L), "c"(arguments)
                   : "memory", "r8", "r9", "r10", "r11");
  if (result < 0) errno = (int)-result;
  return closed(result);
#else
  (void)family;
  errno = ENOSYS;
  return -1;
#endif
}
static int try_uring(const char* unused) {
  (void)unused;
  struct io_uring_params parameters = {.flags = IORING_SETUP_SQPOLL};
  return closed(syscall(SYS_io_uring_setup, 1, &parameters));
}

static const struct {
  const char* word;
  int (*attempt)(const char* operand);
} kAttempts[] = {
    {"read", try_read},         {"write", try_write},     {"create", try_create},
    {"mount", try_mount},       {"pivot", try_pivot},     {"trace", try_trace},
    {"signal", try_signal},     {"unshare", try_unshare}, {"socket", try_socket},
    {"socket32", try_socket32}, {"uring", try_uring},
};

int main(int argc, char** argv) {
  for (int word = 1; word + 1 < argc; word += 2) {
    for (size_t row = 0; row < sizeof kAttempts / sizeof *kAttempts; ++row) {
      if (strcmp(argv[word], kAttempts[row].word) != 0) continue;
      errno = 0;
      const int result = kAttempts[row].attempt(argv[word + 1]);
      printf("%s %s: %s\n", argv[word], argv[word + 1], result == 0 ? "0" : strerrorname_np(errno));
    }
  }
  return 0;
}
