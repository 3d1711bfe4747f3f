// record_calls FILE PROGRAM [WORD…]: runs the program and writes the system calls of it and of all
// that it starts, from its first instruction on, as the document that `bulkhead record import`
// reads. A call that ended with ENOSYS counts as denied: that is what the fallback answers to a
// call that it does not allow. Exits as the program does.
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef unsigned long long number;

enum { kMostCalls = 4096, kMostArguments = 64, kMostValues = 64, kTasks = 1 << 16 };

struct call {
  uint32_t arch;
  number nr, count, denied, first, last;
};
struct argument {
  uint32_t arch;
  number nr, index, values, value[kMostValues], count[kMostValues];
};

static struct call calls[kMostCalls];
static struct argument arguments[kMostArguments];
static struct call* open_calls[kTasks];  // by the task's number: the call that it is in
static size_t call_count, argument_count;

// Of x86-64: ioctl, socket, socketpair, clone, personality, prctl, unshare, setns.
static const struct {
  number nr, index;
} kTelling[] = {{16, 1}, {41, 0}, {53, 0}, {56, 0}, {135, 0}, {157, 0}, {272, 0}, {308, 1}};
static const uint32_t kX86_64 = 0xc000003e;

static void die(const char* what) {
  perror(what);
  exit(70);
}

static number now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (number)now.tv_sec * 1000 + (number)now.tv_nsec / 1000000;
}

static struct call* find_call(uint32_t arch, number nr) {
  for (size_t at = 0; at < call_count; ++at) {
    if (calls[at].arch == arch && calls[at].nr == nr) return &calls[at];
  }
  if (call_count == kMostCalls) die("too many calls");
  calls[call_count] = (struct call){.arch = arch, .nr = nr, .first = now_ms()};
  return &calls[call_count++];
}

static struct argument* find_argument(uint32_t arch, number nr, number index) {
  for (size_t at = 0; at < argument_count; ++at) {
    struct argument* argument = &arguments[at];
    if (argument->arch == arch && argument->nr == nr && argument->index == index) return argument;
  }
  arguments[argument_count] = (struct argument){.arch = arch, .nr = nr, .index = index};
  return &arguments[argument_count++];
}

static void add_value(struct argument* argument, number value) {
  number at = 0;
  while (at < argument->values && argument->value[at] != value) ++at;
  if (at == kMostValues) return;
  if (at == argument->values) ++argument->values;
  argument->value[at] = value;
  ++argument->count[at];
}

static void entered(pid_t task, const struct __ptrace_syscall_info* info) {
  struct call* call = find_call(info->arch, info->entry.nr);
  ++call->count;
  call->last = now_ms();
  open_calls[task % kTasks] = call;
  for (size_t at = 0; at < sizeof kTelling / sizeof *kTelling; ++at) {
    if (info->arch != kX86_64 || info->entry.nr != kTelling[at].nr) continue;
    add_value(find_argument(info->arch, info->entry.nr, kTelling[at].index),
              info->entry.args[kTelling[at].index]);
  }
}

static void left(pid_t task, const struct __ptrace_syscall_info* info) {
  struct call* call = open_calls[task % kTasks];
  open_calls[task % kTasks] = NULL;
  if (call == NULL || info->exit.rval != -ENOSYS) return;
  --call->count;
  ++call->denied;
}

static void note_call(pid_t task) {
  struct __ptrace_syscall_info info;
  if (ptrace(PTRACE_GET_SYSCALL_INFO, task, sizeof info, &info) <= 0) return;
  if (info.op == PTRACE_SYSCALL_INFO_ENTRY) entered(task, &info);
  if (info.op == PTRACE_SYSCALL_INFO_EXIT) left(task, &info);
}

// Lets the task go on from what it stopped for.
static void stopped(pid_t task, int status, bool* started) {
  const int signal = WSTOPSIG(status);
  const int event = status >> 16;
  if (event == PTRACE_EVENT_EXEC) *started = true;
  if (signal == (SIGTRAP | 0x80) && *started) note_call(task);
  const bool is_signal = event == 0 && signal != (SIGTRAP | 0x80);
  const bool is_group_stop = event == PTRACE_EVENT_STOP && signal != SIGTRAP;
  ptrace(is_group_stop ? PTRACE_LISTEN : PTRACE_SYSCALL, task, 0, is_signal ? signal : 0);
}

// The status with which the program ended. What it leaves behind ends with us.
static int follow(pid_t program) {
  bool started = false;
  int status = 0;
  for (pid_t task; (task = waitpid(-1, &status, __WALL)) > 0;) {
    if (WIFSTOPPED(status)) {
      stopped(task, status, &started);
    } else if (task == program) {
      break;
    }
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static pid_t start(char** words) {
  int gate[2];
  if (pipe(gate) != 0) die("pipe");
  const pid_t program = fork();
  if (program == 0) {
    char byte;
    close(gate[1]);
    if (read(gate[0], &byte, 1) < 0) die("read");
    close(gate[0]);
    execvp(words[0], words);
    die(words[0]);
  }
  const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                       PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
  if (ptrace(PTRACE_SEIZE, program, 0, options) != 0) die("ptrace");
  if (ptrace(PTRACE_INTERRUPT, program, 0, 0) != 0) die("ptrace");
  close(gate[0]);
  close(gate[1]);
  return program;
}

static int by_call(const void* a, const void* b) {
  const struct call *one = a, *other = b;
  if (one->arch != other->arch) return one->arch < other->arch ? -1 : 1;
  return one->nr < other->nr ? -1 : one->nr > other->nr;
}

static int by_argument(const void* a, const void* b) {
  const struct argument *one = a, *other = b;
  return one->nr < other->nr ? -1 : one->nr > other->nr;
}

// In the order of the values, by looking for the next larger one.
static void write_values(FILE* file, const struct argument* argument) {
  number below = 0;
  for (number written = 0; written < argument->values; ++written) {
    number next = 0;
    for (number at = 1; at < argument->values; ++at) {
      const bool is_left = written == 0 || argument->value[at] > below;
      const bool has_next = written == 0 || argument->value[next] > below;
      if (is_left && (!has_next || argument->value[at] < argument->value[next])) next = at;
    }
    below = argument->value[next];
    fprintf(file, "%s{\"value\":%llu,\"count\":%llu}", written ? "," : "", below,
            argument->count[next]);
  }
}

static void write_arguments(FILE* file) {
  qsort(arguments, argument_count, sizeof *arguments, by_argument);
  for (size_t at = 0; at < argument_count; ++at) {
    fprintf(file, "%s{\"arch\":%u,\"number\":%llu,\"index\":%llu,\"values\":[", at ? "," : "",
            arguments[at].arch, arguments[at].nr, arguments[at].index);
    write_values(file, &arguments[at]);
    fputs("]}", file);
  }
}

static void write_record(FILE* file, number since) {
  struct utsname kernel;
  uname(&kernel);
  qsort(calls, call_count, sizeof *calls, by_call);
  fprintf(file,
          "{\"version\":1,\"name\":\"traced\",\"since\":%llu,\"containers\":[{\"id\":\"traced\","
          "\"started\":%llu,"
          "\"kernel\":\"%s\",\"how\":\"histogram\",\"ended\":%llu,\"calls\":[",
          since, since, kernel.release, now_ms());
  for (size_t at = 0; at < call_count; ++at) {
    const struct call* call = &calls[at];
    fprintf(file,
            "%s{\"arch\":%u,\"number\":%llu,\"count\":%llu,\"first\":%llu,\"last\":%llu,\"denied\":"
            "%llu}",
            at ? "," : "", call->arch, call->nr, call->count, call->first, call->last,
            call->denied);
  }
  fputs("],\"arguments\":[", file);
  write_arguments(file);
  fputs("]}]}\n", file);
}

int main(int argc, char** argv) {
  if (argc < 3) return 64;
  FILE* file = fopen(argv[1], "we");
  if (file == NULL) die(argv[1]);
  const number since = now_ms();
  const int status = follow(start(argv + 2));
  write_record(file, since);
  if (fclose(file) != 0) die(argv[1]);
  return status;
}
