// A program without a C library: it makes two system calls, write and exit_group, so that it runs
// under profiles that forbid what every libc does when it starts.
static long call(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c)
                   : "rcx", "r11", "memory");
  return result;
}

void _start(void);
void _start(void) {
  enum { kWrite = 1, kExitGroup = 231 };
  static const char kText[] = "alive\n";
  call(kExitGroup, call(kWrite, 1, (long)kText, sizeof kText - 1) < 0, 0, 0);
  __builtin_unreachable();
}
