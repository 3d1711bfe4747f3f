// largest_gap MILLISECONDS: runs for so long without a system call, and prints the longest time in
// microseconds for which it did not run; nothing where nobody stopped it. It gives up the processor
// by itself only when it is stopped.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static long stops(void) {
  struct rusage usage;
  return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_nvcsw : 0;
}

int main(int argc, char** argv) {
  const uint64_t end = now_ns() + (argc == 2 ? strtoull(argv[1], NULL, 10) : 0) * 1000000U;
  const long stops_before = stops();
  uint64_t largest = 0;
  for (uint64_t before = now_ns(), now; before < end; before = now) {
    now = now_ns();
    if (now - before > largest) largest = now - before;
  }
  if (stops() > stops_before) printf("%lu\n", (unsigned long)(largest / 1000));
  return 0;
}
