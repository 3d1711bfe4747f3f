// Notes which functions of a program are entered, and writes their addresses to a file, one a line, in
// the order of their first calls: what packaging/hot/sections.py makes the order of the linker
// from. x86-64, static programs that are not stripped.
//
//   trace FILE PROGRAM ARGUMENT…
//   trace FILE --process PID       one that runs already, from where it is, to its end
//
// This process becomes the program, so that whoever waits for it (a runtime for its hook) gets what
// it would get without us; a child of it traces. Every function begins with a breakpoint, which goes
// when it is hit: each costs once, and a whole start takes no longer than it takes people to notice.
// Processes that the program leaves behind are followed to their end; where one executes another
// program, as a shim does its runtime, it is let go. Then FILE appears.
//
// Other tracers will not do: valgrind knows no seccomp(2) and hides what the processor can, so that
// the C library would choose other functions than it does on the node.
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kTextBegin = 0x400000, kTextBytes = 0x800000 };  // where a static program is linked to
enum { kBreakpoint = 0xcc };                            // int3
enum { kOptions = PTRACE_O_TRACEEXEC | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK };

static unsigned char original[kTextBytes];  // the byte under each breakpoint
static unsigned char is_function[kTextBytes];
static unsigned char was_entered[kTextBytes];
static unsigned entered[kTextBytes / 16];  // offsets, in order
static unsigned entered_count;

static void give_up(const char* what) {
  perror(what);
  exit(1);
}

// Fills is_function from the symbol table.
static void read_functions(const char* program) {
  const int fd = open(program, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0) give_up(program);
  const char* file = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (file == MAP_FAILED) give_up(program);
  const Elf64_Ehdr* header = (const Elf64_Ehdr*)file;
  const Elf64_Shdr* sections = (const Elf64_Shdr*)(file + header->e_shoff);
  for (unsigned n = 0; n < header->e_shnum; ++n) {
    if (sections[n].sh_type != SHT_SYMTAB) continue;
    const Elf64_Sym* symbols = (const Elf64_Sym*)(file + sections[n].sh_offset);
    for (unsigned s = 0; s < sections[n].sh_size / sizeof *symbols; ++s) {
      const int type = ELF64_ST_TYPE(symbols[s].st_info);
      const unsigned long offset = symbols[s].st_value - kTextBegin;
      if ((type == STT_FUNC || type == STT_GNU_IFUNC) && symbols[s].st_size > 0 &&
          offset < kTextBytes) {
        is_function[offset] = 1;
      }
    }
  }
}

// Through /proc: one call for all the text of a function's page.
static int memory_of(pid_t task) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/mem", task);
  return open(path, O_RDWR | O_CLOEXEC);
}

static void set_breakpoints(pid_t task) {
  const int memory = memory_of(task);
  const unsigned char breakpoint = kBreakpoint;
  if (memory < 0) give_up("/proc/…/mem");
  for (unsigned offset = 0; offset < kTextBytes; ++offset) {
    const off_t address = kTextBegin + (off_t)offset;
    if (is_function[offset] && (pread(memory, original + offset, 1, address) != 1 ||
                                pwrite(memory, &breakpoint, 1, address) != 1)) {
      is_function[offset] = 0;
    }
  }
  close(memory);
}

// True where the trap was a breakpoint of ours: it is taken away, and the function begins again.
static int pass_breakpoint(pid_t task) {
  struct user_regs_struct registers;
  if (ptrace(PTRACE_GETREGS, task, NULL, &registers) != 0) return 0;
  const unsigned long long offset = registers.rip - 1 - kTextBegin;
  if (offset >= kTextBytes || !is_function[offset]) return 0;
  if (!was_entered[offset]) entered[entered_count++] = (unsigned)offset;
  was_entered[offset] = 1;
  const int memory = memory_of(task);
  if (pwrite(memory, original + offset, 1, kTextBegin + (off_t)offset) != 1) give_up("breakpoint");
  close(memory);
  registers.rip -= 1;
  return ptrace(PTRACE_SETREGS, task, NULL, &registers) == 0;
}

static void follow(const char* program, int began) {
  int status = 0;
  pid_t task;
  while ((task = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
    if (task <= 0 || !WIFSTOPPED(status)) continue;
    int signal = WSTOPSIG(status);
    const int event = status >> 16;
    if (event == PTRACE_EVENT_EXEC && began) {
      ptrace(PTRACE_DETACH, task, NULL, NULL);
      continue;
    }
    if (event == PTRACE_EVENT_EXEC) {
      began = 1;
      read_functions(program);
      set_breakpoints(task);
    }
    if (event != 0 || (signal == SIGTRAP && pass_breakpoint(task))) signal = 0;
    ptrace(PTRACE_CONT, task, NULL, (long)signal);
  }
}

static void write_addresses(const char* path) {
  char temporary[4096];
  snprintf(temporary, sizeof temporary, "%s.new", path);
  FILE* file = fopen(temporary, "w");
  if (file == NULL) give_up(temporary);
  for (unsigned n = 0; n < entered_count; ++n) fprintf(file, "0x%x\n", kTextBegin + entered[n]);
  if (fclose(file) != 0 || rename(temporary, path) != 0) give_up(path);
}

static void trace(pid_t task, int ready, char** argv) {
  // Whoever waits for the end of the program's output must not wait for ours.
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int standard = 0; standard < 3; ++standard) dup2(null, standard);
  if (ptrace(PTRACE_SEIZE, task, NULL, kOptions) != 0) exit(1);
  close(ready);
  follow(argv[2], 0);
  write_addresses(argv[1]);
  exit(0);
}

static int trace_process(const char* file, pid_t process) {
  char program[64];
  int status = 0;
  snprintf(program, sizeof program, "/proc/%d/exe", process);
  read_functions(program);
  if (ptrace(PTRACE_SEIZE, process, NULL, kOptions) != 0 ||
      ptrace(PTRACE_INTERRUPT, process, NULL, NULL) != 0 ||
      waitpid(process, &status, __WALL) != process || !WIFSTOPPED(status)) {
    give_up("the process");
  }
  set_breakpoints(process);
  ptrace(PTRACE_CONT, process, NULL, NULL);
  follow(program, 1);
  write_addresses(file);
  return 0;
}

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: trace FILE PROGRAM ARGUMENT…\n       trace FILE --process PID\n");
    return 2;
  }
  if (argc == 4 && strcmp(argv[2], "--process") == 0) return trace_process(argv[1], atoi(argv[3]));
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) give_up("pipe");
  const pid_t self = getpid();
  if (fork() == 0) {
    close(ends[0]);
    trace(self, ends[1], argv);
  }
  close(ends[1]);
  char byte;
  if (read(ends[0], &byte, 1) != 0) give_up("the tracer");
  execv(argv[2], argv + 2);
  give_up(argv[2]);
}
