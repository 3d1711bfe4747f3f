#include "kernel/remote/remote_filters.h"

#include <linux/filter.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstddef>
#include <string_view>

#include "base/text.h"
#include "kernel/observe/observe.h"

namespace bulkhead::kernel {

using base::Result;
using policy::FilterInstruction;
using policy::FilterProgram;

namespace {

constexpr std::uint64_t kLargestProgram = BPF_MAXINSNS * sizeof(FilterInstruction);

constexpr long kMaxErrno = 4095;

std::unexpected<base::Error> step_failed(std::string_view step, pid_t tracer, long result) {
  return base::fail(base::ErrorCode::kernel,
                    base::cat("cannot read filters by way of process ", tracer, ": ", step, ": ",
                              base::errno_text(static_cast<int>(-result))));
}

bool copy_from(pid_t process, std::uint64_t address, void* into, std::size_t bytes) {
  const iovec local{.iov_base = into, .iov_len = bytes};
  const iovec remote{.iov_base = reinterpret_cast<void*>(address), .iov_len = bytes};
  return ::process_vm_readv(process, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(bytes);
}

}  // namespace

Result<RemoteFilters> RemoteFilters::in(RemoteCalls& tracer) {
  const auto mapped = tracer.call({.nr = SYS_mmap,
                                   .args = {0, kLargestProgram, PROT_READ | PROT_WRITE,
                                            MAP_PRIVATE | MAP_ANONYMOUS, ~std::uint64_t{0}, 0}});
  if (!mapped) return std::unexpected(mapped.error());
  if (*mapped < 0 && *mapped >= -kMaxErrno) return step_failed("mmap", tracer.task(), *mapped);
  return RemoteFilters(tracer, static_cast<std::uint64_t>(*mapped));
}

Result<void> RemoteFilters::release() {
  const auto unmapped = tracer_->call({.nr = SYS_munmap, .args = {memory_, kLargestProgram}});
  if (!unmapped) return std::unexpected(unmapped.error());
  return *unmapped == 0 ? Result<void>{} : step_failed("munmap", tracer_->task(), *unmapped);
}

long RemoteFilters::answer(pid_t tracee, long index, FilterInstruction* into) {
  const auto count =
      tracer_->call({.nr = SYS_ptrace,
                     .args = {PTRACE_SECCOMP_GET_FILTER, static_cast<std::uint64_t>(tracee),
                              static_cast<std::uint64_t>(index), into == nullptr ? 0 : memory_}});
  if (!count) return -ESRCH;
  if (*count <= 0 || into == nullptr) return *count;
  const std::size_t bytes = static_cast<std::size_t>(*count) * sizeof *into;
  return copy_from(tracer_->task(), memory_, into, bytes) ? *count : -EFAULT;
}

Result<std::vector<FilterProgram>> RemoteFilters::of(pid_t tracee) {
  return dump_filters(tracee, [this, tracee](long index, FilterInstruction* into) {
    return answer(tracee, index, into);
  });
}

}  // namespace bulkhead::kernel
