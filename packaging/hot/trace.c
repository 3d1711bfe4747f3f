// Steps through a program and appends the addresses of its text that were executed to a file, one a
// line: what packaging/hot/sections.py makes the order of the linker from. x86-64.
//
//   trace FILE PROGRAM ARGUMENT…
//
// Stops when the program executes another one, so that a shim can be traced in front of its runtime.
// Other tracers will not do: valgrind knows no seccomp(2) and hides what the processor can, so that
// the C library would choose other functions than it does on the node.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kTextBegin = 0x400000, kTextBytes = 0x800000 };  // where a static program is linked to

static unsigned char executed[kTextBytes];

static int is_second_exec(int status) { return status >> 8 == (SIGTRAP | (PTRACE_EVENT_EXEC << 8)); }

static void step_through(pid_t program) {
  struct user_regs_struct registers;
  int status = 0;
  waitpid(program, &status, 0);
  ptrace(PTRACE_SETOPTIONS, program, NULL, PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL);
  while (WIFSTOPPED(status) && !is_second_exec(status)) {
    if (ptrace(PTRACE_GETREGS, program, NULL, &registers) != 0) break;
    const unsigned long long offset = registers.rip - kTextBegin;
    if (offset < kTextBytes) executed[offset] = 1;
    if (ptrace(PTRACE_SINGLESTEP, program, NULL, NULL) != 0) break;
    if (waitpid(program, &status, 0) < 0) break;
  }
  kill(program, SIGKILL);
}

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: trace FILE PROGRAM ARGUMENT…\n");
    return 2;
  }
  const pid_t program = fork();
  if (program == 0) {
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    execv(argv[2], argv + 2);
    _exit(127);
  }
  step_through(program);
  FILE* file = fopen(argv[1], "a");
  if (file == NULL) {
    perror(argv[1]);
    return 1;
  }
  for (unsigned offset = 0; offset < kTextBytes; ++offset) {
    if (executed[offset]) fprintf(file, "0x%x\n", kTextBegin + offset);
  }
  return fclose(file) == 0 ? 0 : 1;
}
