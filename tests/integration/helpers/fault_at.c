// Makes a process fault by itself: writes instructions that do over those which it will execute
// next. It must wait in a system call, and faults when that returns.
//
//   fault_at SEGV|BUS|ILL|FPE|TRAP PID
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct Fault {
  const char* name;
  unsigned char bytes[12];
  size_t size;
};

static const struct Fault kFaults[] = {
    {"SEGV", {0xf4}, 1},                                         // hlt, which user mode may not
    {"BUS", {0x48, 0xbc, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x50}, 11},  // a stack at no address, then push
    {"ILL", {0x0f, 0x0b}, 2},                                    // ud2
    {"FPE", {0x31, 0xc9, 0xf7, 0xf1}, 4},                        // ecx = 0; div ecx
    {"TRAP", {0xcc}, 1},                                         // int3
};

// Where the process goes on when its call returns; 0 while it runs.
static unsigned long next_instruction(const char* pid) {
  char path[64], text[256];
  snprintf(path, sizeof path, "/proc/%s/syscall", pid);
  FILE* file = fopen(path, "r");
  if (file == NULL || fgets(text, sizeof text, file) == NULL) exit(70);
  fclose(file);
  const char* last = strrchr(text, ' ');
  return last == NULL ? 0 : strtoul(last, NULL, 0);
}

// The same at two looks: a call that does not return by itself.
static unsigned long settled_instruction(const char* pid) {
  unsigned long before = 0;
  for (int look = 0; look < 500; ++look) {
    const unsigned long now = next_instruction(pid);
    if (now != 0 && now == before) return now;
    before = now;
    usleep(20000);
  }
  exit(71);
}

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  for (size_t i = 0; i < sizeof kFaults / sizeof *kFaults; ++i) {
    const struct Fault* fault = &kFaults[i];
    if (strcmp(fault->name, argv[1]) != 0) continue;
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/mem", argv[2]);
    const unsigned long at = settled_instruction(argv[2]);
    const int memory = open(path, O_WRONLY);
    if (memory < 0) return 72;
    return pwrite(memory, fault->bytes, fault->size, (off_t)at) == (ssize_t)fault->size ? 0 : 73;
  }
  return 64;
}
