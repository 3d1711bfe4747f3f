// Makes a system call that a filter denies, in the ways that tests need.
//
//   denied_caller getppid COUNT         COUNT calls in this process
//   denied_caller children COUNT        COUNT processes, one call each, that exit at once
//   denied_caller rate PER_SECOND SECONDS
//   denied_caller name TEXT             the call under that name (PR_SET_NAME)
//   denied_caller number NR [COUNT]     COUNT calls of that number, without arguments
//   denied_caller i386                  the call through the 32-bit entry
//   denied_caller numbers FIRST COUNT   one call of each number, 20 ms apart; prints number, time
//   denied_caller forks PER_SECOND SECONDS
//   denied_caller storm SECONDS [PER_SECOND]
//                                       as fast as it goes, or no faster; prints how many
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void call(void) { (void)syscall(SYS_getppid); }

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void wait_until(double time) {
  const double early = time - now();
  if (early > 0) usleep((useconds_t)(early * 1e6));
}

static int children(long count) {
  for (long i = 0; i < count; ++i) {
    pid_t child = fork();
    if (child == 0) {
      call();
      _exit(0);
    }
    if (child < 0) return 1;
    (void)waitpid(child, NULL, 0);
  }
  return 0;
}

static int rate(long per_second, long seconds) {
  for (long i = 0; i < per_second * seconds; ++i) {
    call();
    usleep((useconds_t)(1000000 / per_second));
  }
  return 0;
}

static int numbers(long start, long count) {
  for (long nr = start; nr < start + count; ++nr) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    (void)syscall(nr, -1, 0, 0, 0, 0, 0);
    printf("%ld %lld.%06ld\n", nr, (long long)time.tv_sec, time.tv_nsec / 1000);
    usleep(20000);
  }
  return 0;
}

static int number(long nr, long count) {
  for (long i = 0; i < count; ++i) (void)syscall(nr, 0, 0, 0, 0, 0, 0);
  return 0;
}

static int forks(long per_second, double seconds) {
  const double start = now();
  for (long i = 0; i < (long)((double)per_second * seconds); ++i) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    (void)waitpid(child, NULL, 0);
    wait_until(start + (double)i / (double)per_second);
  }
  return 0;
}

static int i386(void) {
#if defined(__x86_64__)
  long result = 64;  // getppid in the table of i386
  __asm__ volatile("int $0x80" : "+a"(result) : : "memory");
  return 0;
#else
  return 77;
#endif
}

static int storm(double seconds, double per_second) {
  long count = 0;
  const double start = now();
  for (const double end = start + seconds; now() < end; count += 64) {
    for (int i = 0; i < 64; ++i) call();
    if (per_second > 0) wait_until(start + (double)count / per_second);
  }
  printf("%ld\n", count);
  return 0;
}

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "";
  const char* first = argc > 2 ? argv[2] : "1";
  if (strcmp(what, "children") == 0) return children(atol(first));
  if (strcmp(what, "rate") == 0) return rate(atol(first), argc > 3 ? atol(argv[3]) : 1);
  if (strcmp(what, "numbers") == 0) return numbers(atol(first), argc > 3 ? atol(argv[3]) : 1);
  if (strcmp(what, "forks") == 0) return forks(atol(first), argc > 3 ? atof(argv[3]) : 1);
  if (strcmp(what, "i386") == 0) return i386();
  if (strcmp(what, "storm") == 0) return storm(atof(first), argc > 3 ? atof(argv[3]) : 0);
  if (strcmp(what, "number") == 0) return number(atol(first), argc > 3 ? atol(argv[3]) : 1);
  if (strcmp(what, "name") == 0) prctl(PR_SET_NAME, first, 0, 0, 0);
  for (long i = 0; i < (strcmp(what, "getppid") == 0 ? atol(first) : 1); ++i) call();
  return 0;
}
