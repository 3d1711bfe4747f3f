#include "kernel/remote/task_memory.h"

#include <sys/mman.h>
#include <sys/syscall.h>

#include <cerrno>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "kernel/tasks/proc_file.h"

namespace bulkhead::kernel {

using base::cat;
using base::ErrorCode;
using base::Result;

namespace {

std::unexpected<base::Error> failed(std::string_view step, pid_t task, int error) {
  return base::fail(ErrorCode::kernel, cat("cannot use memory of process ", task, ": ", step, ": ",
                                           base::errno_text(error)));
}

iovec remote_part(std::uint64_t address, std::size_t bytes) {
  return {.iov_base = reinterpret_cast<void*>(address), .iov_len = bytes};
}

bool can_be_written(pid_t task, std::uint64_t address) {
  char zero = 0;
  const iovec local{.iov_base = &zero, .iov_len = 1};
  const iovec remote = remote_part(address, 1);
  return ::process_vm_writev(task, &local, 1, &remote, 1, 0) == 1;
}

struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

// A line of /proc/<pid>/maps: "7ffc0c21a000-7ffc0c23b000 rw-p 00000000 00:00 0   [stack]".
std::optional<Range> range_of(std::string_view line) {
  const std::size_t dash = line.find('-');
  const std::size_t space = line.find(' ');
  if (dash == std::string_view::npos || space == std::string_view::npos) return std::nullopt;
  Range range;
  const char* const text = line.data();
  const auto begin = std::from_chars(text, text + dash, range.begin, 16);
  const auto end = std::from_chars(text + dash + 1, text + space, range.end, 16);
  if (begin.ec != std::errc() || end.ec != std::errc()) return std::nullopt;
  return range;
}

std::optional<Range> first_stack_of(pid_t task) {
  const auto maps = read_proc_file(proc_path("/proc", task, "maps"));
  if (!maps) return std::nullopt;
  const std::size_t name = maps->find(" [stack]\n");
  if (name == std::string::npos) return std::nullopt;
  const std::size_t newline = maps->rfind('\n', name);
  return range_of(std::string_view(*maps).substr(newline == std::string::npos ? 0 : newline + 1));
}

}  // namespace

Result<TaskMemory> TaskMemory::take(RemoteCalls& calls, std::size_t bytes) {
  const auto scratch = calls.scratch(bytes);
  if (scratch && can_be_written(calls.task(), *scratch)) {
    return TaskMemory(calls, Kind::scratch, *scratch, bytes);
  }
  auto mapped = map(calls, bytes);
  if (mapped) return mapped;
  auto borrowed = borrow_stack(calls, bytes);
  return borrowed ? std::move(borrowed) : std::move(mapped);
}

Result<TaskMemory> TaskMemory::map(RemoteCalls& calls, std::size_t bytes) {
  const auto flags =
      static_cast<std::uint64_t>(MAP_PRIVATE | MAP_ANONYMOUS | Machine::kLowMappingFlags);
  const auto mapped = calls.call(
      {.nr = SYS_mmap, .args = {0, bytes, PROT_READ | PROT_WRITE, flags, ~std::uint64_t{0}, 0}});
  if (!mapped) return std::unexpected(mapped.error());
  if (is_error(*mapped)) return failed("mmap", calls.task(), static_cast<int>(-*mapped));
  return TaskMemory(calls, Kind::mapping, static_cast<std::uint64_t>(*mapped), bytes);
}

// A thread that runs on a stack of its own (Go) leaves the first one to the kernel's end of it.
Result<TaskMemory> TaskMemory::borrow_stack(RemoteCalls& calls, std::size_t bytes) {
  const auto stack = first_stack_of(calls.task());
  if (!stack || stack->end - stack->begin < bytes) return failed("stack", calls.task(), ENOMEM);
  const std::uint64_t used = calls.stack_end();
  const bool runs_on_it = used >= stack->begin && used < stack->end;
  if (runs_on_it && used < stack->begin + bytes + Machine::kRedZone) {
    return failed("stack", calls.task(), ENOMEM);
  }
  TaskMemory memory(calls, Kind::stack, stack->begin, bytes);
  if (auto kept = memory.keep_content(); !kept) return std::unexpected(std::move(kept.error()));
  return memory;
}

Result<void> TaskMemory::keep_content() {
  kept_.resize(bytes_);
  const iovec local{.iov_base = kept_.data(), .iov_len = bytes_};
  const iovec remote = remote_part(address_, bytes_);
  const ssize_t count = ::process_vm_readv(calls_->task(), &local, 1, &remote, 1, 0);
  if (count == static_cast<ssize_t>(bytes_)) return {};
  return failed("process_vm_readv", calls_->task(), count < 0 ? errno : EIO);
}

Result<void> TaskMemory::write(std::span<const iovec> pieces) const {
  std::size_t bytes = 0;
  for (const iovec& piece : pieces) bytes += piece.iov_len;
  if (bytes > bytes_) return failed("write", calls_->task(), ENAMETOOLONG);
  const iovec remote = remote_part(address_, bytes);
  const ssize_t count =
      ::process_vm_writev(calls_->task(), pieces.data(), pieces.size(), &remote, 1, 0);
  if (count == static_cast<ssize_t>(bytes)) return {};
  return failed("process_vm_writev", calls_->task(), count < 0 ? errno : EIO);
}

Result<void> TaskMemory::unmap() {
  const auto unmapped = calls_->call({.nr = SYS_munmap, .args = {address_, bytes_}});
  if (!unmapped) return std::unexpected(unmapped.error());
  if (*unmapped != 0) return failed("munmap", calls_->task(), static_cast<int>(-*unmapped));
  return {};
}

// What is free of a new stack holds zeroes.
Result<void> TaskMemory::give_back() {
  if (kind_ == Kind::mapping) return unmap();
  kept_.resize(bytes_);
  const iovec content{.iov_base = kept_.data(), .iov_len = bytes_};
  return write({&content, 1});
}

}  // namespace bulkhead::kernel
