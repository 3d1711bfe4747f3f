#include "kernel/remote/install_filter.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "base/text.h"
#include "kernel/remote/task_memory.h"

namespace bulkhead::kernel {

using base::cat;
using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

std::string what_fails(pid_t task) {
  return cat("cannot install the seccomp filter in process ", task);
}

std::size_t bytes_of(const policy::FilterProgram& program) {
  return program.size() * sizeof(sock_filter);
}

// struct sock_fprog of either width: the length, and at the first multiple of a pointer's width the
// address of the instructions, which stand behind it.
std::array<char, sizeof(sock_fprog)> header_of(const policy::FilterProgram& program,
                                               std::uint64_t address, std::size_t pointer) {
  std::array<char, sizeof(sock_fprog)> header{};
  const auto length = static_cast<unsigned short>(program.size());
  const std::uint64_t instructions = address + header.size();
  std::memcpy(header.data(), &length, sizeof length);
  std::memcpy(header.data() + pointer, &instructions, pointer);
  return header;
}

// What seccomp(2) is given.
Result<void> write_program(const TaskMemory& memory, const policy::FilterProgram& program,
                           std::size_t pointer) {
  auto header = header_of(program, memory.address(), pointer);
  const std::array<iovec, 2> pieces = {{
      {.iov_base = header.data(), .iov_len = header.size()},
      {.iov_base = const_cast<policy::FilterInstruction*>(program.data()),
       .iov_len = bytes_of(program)},
  }};
  return memory.write(pieces);
}

std::uint64_t filter_flags(const InstallOptions& options) {
  // SPEC_ALLOW as runtimes do: without it a container's program may run slower under a filter.
  return SECCOMP_FILTER_FLAG_SPEC_ALLOW | (options.log ? SECCOMP_FILTER_FLAG_LOG : 0UL) |
         (options.scope == InstallScope::all_threads ? SECCOMP_FILTER_FLAG_TSYNC : 0UL);
}

Result<void> load_irrevocably(RemoteCalls& calls, std::uint64_t address,
                              const InstallOptions& options) {
  // The point of no return for this task.
  const auto installed = calls.call(
      {.nr = SYS_seccomp, .args = {SECCOMP_SET_MODE_FILTER, filter_flags(options), address}});
  if (!installed) return std::unexpected(installed.error());
  if (*installed == 0) return {};
  if (*installed > 0) {  // with TSYNC: a thread that is under a filter of its own
    return fail(ErrorCode::kernel,
                cat(what_fails(calls.task()), ": thread ", *installed, " has another filter"));
  }
  return fail(
      ErrorCode::kernel,
      cat(what_fails(calls.task()), ": seccomp: ", base::errno_text(static_cast<int>(-*installed))),
      "the task has neither no_new_privs nor CAP_SYS_ADMIN, or a filter that is already "
      "installed forbids it");
}

}  // namespace

Result<void> install_filter(RemoteCalls& calls, const policy::FilterProgram& program,
                            const InstallOptions& options) {
  auto memory = TaskMemory::take(calls, sizeof(sock_fprog) + bytes_of(program));
  if (!memory) return std::unexpected(std::move(memory.error()).within(what_fails(calls.task())));
  if (auto written = write_program(*memory, program, pointer_bytes(calls.registers())); !written)
    return written;
  auto loaded = load_irrevocably(calls, memory->address(), options);
  auto given_back = memory->give_back();
  return loaded ? given_back : loaded;
}

}  // namespace bulkhead::kernel
