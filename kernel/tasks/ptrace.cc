#include "kernel/tasks/ptrace.h"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>

#include "base/text.h"
#include "base/unique_fd.h"
#include "kernel/tasks/task_status.h"

namespace bulkhead::kernel {

using base::cat;
using base::ErrorCode;
using base::fail;

namespace {

// '0' to '3'; '0' where the kernel has no Yama.
char yama_scope() {
  const base::UniqueFd file(::open("/proc/sys/kernel/yama/ptrace_scope", O_RDONLY | O_CLOEXEC));
  char scope = '0';
  return file.valid() && ::read(file.get(), &scope, 1) == 1 ? scope : '0';
}

std::unexpected<base::Error> explain_denied(pid_t task, int error_number) {
  const std::string what =
      cat("cannot attach to process ", task, ": ", base::errno_text(error_number));
  if (error_number != EPERM) return fail(ErrorCode::kernel, what);
  if (const auto status = read_task_status(task); status && status->tracer != 0) {
    return fail(ErrorCode::kernel, cat(what, " (process ", status->tracer, " traces it)"),
                "end that tracer, or let it trace the container only after its start; what CRIU "
                "restores is proved behind bulkhead-shim alone");
  }
  if (yama_scope() == '3') {
    return fail(ErrorCode::kernel, cat(what, " (kernel.yama.ptrace_scope is 3)"),
                "boot with kernel.yama.ptrace_scope below 3, or set \"prove\": \"never\"");
  }
  if (::geteuid() != 0) return fail(ErrorCode::kernel, what, "that takes root");
  return fail(ErrorCode::kernel, cat(what, " (a security module or a missing CAP_SYS_PTRACE)"),
              "let the container engine's service use ptrace, or set \"prove\": \"never\"");
}

}  // namespace

base::Result<void> seize(pid_t task, std::uintptr_t options) {
  if (::ptrace(PTRACE_SEIZE, task, nullptr, options) == 0) return {};
  return explain_denied(task, errno);
}

base::Result<void> seize_in_turn(pid_t task, std::uintptr_t options) {
  constexpr useconds_t kPause = 500;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  unsigned untraced = 0;  // between a refusal and the look the other tracer may have gone
  for (;;) {
    auto seized = seize(task, options);
    if (seized || std::chrono::steady_clock::now() > end) return seized;
    const auto status = read_task_status(task);
    if (!status || status->tracer == ::getpid()) return seized;
    if (status->tracer == 0 && ++untraced > 2) return seized;
    if (status->tracer != 0) ::usleep(kPause);
  }
}

}  // namespace bulkhead::kernel
