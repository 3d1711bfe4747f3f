#include "kernel/remote/remote_calls.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "base/text.h"
#include "base/unique_fd.h"
#include "kernel/tasks/stop_wait.h"

namespace bulkhead::kernel {

using base::cat;
using base::ErrorCode;
using base::fail;
using base::fail_errno;
using base::Result;

namespace {

// A call of the gate's takes microseconds; this is for a task that does not run at all.
constexpr std::chrono::seconds kLongestStep{30};

std::string named(pid_t task) { return cat("process ", task); }

// Synchronous signals say that the borrowed instruction did not do what it should.
bool is_fault(int signal) {
  return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGTRAP ||
         signal == SIGSYS || signal == SIGFPE;
}

// All signals but those that faults raise: a blocked fault signal would lose its handler.
std::uint64_t mask_of_all_but_faults() {
  std::uint64_t mask = ~std::uint64_t{0};
  for (int signal = 1; signal <= 64; ++signal) {
    if (is_fault(signal)) mask &= ~(std::uint64_t{1} << (signal - 1));
  }
  return mask;
}

// Where, within the vdso that every process of this kernel has, a syscall instruction stands.
std::size_t offset_in_own_vdso() {
  constexpr std::size_t kVdsoBytesSearched = 4096;  // its first page, which is always mapped
  const auto* vdso = reinterpret_cast<const std::uint8_t*>(::getauxval(AT_SYSINFO_EHDR));
  if (vdso == nullptr) return 0;
  const auto wanted = native_syscall_instruction();
  const auto* found = std::search(vdso, vdso + kVdsoBytesSearched, wanted.begin(), wanted.end());
  return found == vdso + kVdsoBytesSearched ? 0 : static_cast<std::size_t>(found - vdso);
}

std::uint64_t vdso_of(pid_t task) {
  std::array<Elf64_auxv_t, 64> vector{};
  const std::string path = cat("/proc/", task, "/auxv");
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid() || ::read(file.get(), vector.data(), sizeof vector) <= 0) return 0;
  const auto entry =
      std::ranges::find(vector, std::uint64_t{AT_SYSINFO_EHDR}, &Elf64_auxv_t::a_type);
  return entry == vector.end() ? 0 : entry->a_un.a_val;
}

bool holds_syscall_instruction(long word) {
  const auto wanted = native_syscall_instruction();
  return std::memcmp(&word, wanted.data(), wanted.size()) == 0;
}

std::optional<long> peek(pid_t task, std::uint64_t address) {
  errno = 0;
  const long word = ::ptrace(PTRACE_PEEKTEXT, task, address, nullptr);
  return errno == 0 ? std::optional(word) : std::nullopt;
}

std::optional<std::uint64_t> vdso_instruction(pid_t task) {
  const std::size_t offset = offset_in_own_vdso();
  const std::uint64_t vdso = offset == 0 ? 0 : vdso_of(task);
  if (vdso == 0) return std::nullopt;
  const auto word = peek(task, vdso + offset);
  if (!word || !holds_syscall_instruction(*word)) return std::nullopt;
  return vdso + offset;
}

}  // namespace

Result<void> RemoteCalls::block_signals() {
  const std::uint64_t blocked = mask_of_all_but_faults();
  if (::ptrace(PTRACE_GETSIGMASK, task_, sizeof signal_mask_, &signal_mask_) != 0 ||
      ::ptrace(PTRACE_SETSIGMASK, task_, sizeof blocked, &blocked) != 0) {
    return fail_errno(ErrorCode::kernel, "block the signals of", named(task_));
  }
  return {};
}

// In the middle of a call of the gate's it cannot be let go as it was.
Result<void> RemoteCalls::give_up() const {
  (void)::kill(task_, SIGKILL);
  return fail(ErrorCode::kernel,
              cat(named(task_), " did not go on within ", kLongestStep.count(),
                  " s while the gate worked on it, and was killed"),
              "is its control group frozen?");
}

Result<void> RemoteCalls::run_to_syscall_stop() {
  for (;;) {
    if (::ptrace(PTRACE_SYSCALL, task_, nullptr, nullptr) != 0) {
      return fail_errno(ErrorCode::kernel, "step", named(task_));
    }
    const auto status = wait_for_status(task_, kLongestStep);
    if (!status) return give_up();
    if (!WIFSTOPPED(*status)) {
      return fail(ErrorCode::kernel, cat(named(task_), " ended while the gate worked on it"));
    }
    const int signal = WSTOPSIG(*status);
    if (signal == (SIGTRAP | 0x80)) return {};
    const bool event = *status >> 16 != 0;
    if (!event && is_fault(signal)) {
      return fail(ErrorCode::kernel, cat(named(task_), " got signal ", signal,
                                         " from a system call that the gate made it run"));
    }
    stop_requested_ = stop_requested_ || signal == SIGSTOP;
  }
}

bool is_error(long result) {
  constexpr long kLargestErrno = 4095;  // MAX_ERRNO (include/linux/err.h)
  return result < 0 && result >= -kLargestErrno;
}

Result<RemoteCalls> RemoteCalls::at_syscall_entry(pid_t stopped) {
  RemoteCalls calls(stopped);
  const auto entry = read_registers(stopped);
  if (!entry) return std::unexpected(entry.error());
  calls.base_ = *entry;
  calls.restore_ = replayed(*entry);
  calls.instruction_ = instruction_of(*entry);
  if (auto blocked = calls.block_signals(); !blocked) return std::unexpected(blocked.error());
  if (auto skipped = write_registers(stopped, cancelled(*entry)); !skipped) {
    return std::unexpected(skipped.error());
  }
  if (auto stepped = calls.run_to_syscall_stop(); !stepped) return std::unexpected(stepped.error());
  return calls;
}

Result<RemoteCalls> RemoteCalls::at_stop(pid_t stopped) {
  RemoteCalls calls(stopped);
  const auto at_stop = read_registers(stopped);
  if (!at_stop) return std::unexpected(at_stop.error());
  const auto instruction = vdso_instruction(stopped);
  if (!instruction) {
    return fail(ErrorCode::unsupported,
                cat(named(stopped), " has no vdso by which the gate could make it run a call"));
  }
  calls.base_ = *at_stop;
  calls.restore_ = continued(*at_stop);
  calls.instruction_ = *instruction;
  if (auto blocked = calls.block_signals(); !blocked) return std::unexpected(blocked.error());
  return calls;
}

Result<RemoteCalls> RemoteCalls::after_exec(pid_t stopped) {
  RemoteCalls calls(stopped);
  calls.after_exec_ = true;
  if (auto blocked = calls.block_signals(); !blocked) return std::unexpected(blocked.error());
  if (auto stepped = calls.run_to_syscall_stop(); !stepped) return std::unexpected(stepped.error());
  const auto start = read_registers(stopped);
  if (!start) return std::unexpected(start.error());
  calls.base_ = calls.restore_ = *start;
  if (const auto instruction = vdso_instruction(stopped)) {
    calls.instruction_ = *instruction;
  } else if (auto borrowed = calls.borrow_instruction(); !borrowed) {
    return std::unexpected(borrowed.error());
  }
  return calls;
}

Result<void> RemoteCalls::borrow_instruction() {
  instruction_ = instruction_pointer(base_);
  borrowed_word_ = peek(task_, instruction_);
  if (!borrowed_word_) return fail_errno(ErrorCode::kernel, "read the entry of", named(task_));
  long word = *borrowed_word_;
  const auto bytes = syscall_instruction(base_);
  std::memcpy(&word, bytes.data(), bytes.size());
  if (::ptrace(PTRACE_POKETEXT, task_, instruction_, word) != 0) {
    borrowed_word_.reset();
    return fail_errno(ErrorCode::kernel, "borrow the entry of", named(task_));
  }
  return {};
}

Result<long> RemoteCalls::call(const RemoteCall& call) {
  if (auto set = write_registers(task_, with_call(base_, call, instruction_)); !set) {
    return std::unexpected(set.error());
  }
  for (int stop = 0; stop < 2; ++stop) {  // the call's entry, then its exit
    if (auto stepped = run_to_syscall_stop(); !stepped) return std::unexpected(stepped.error());
  }
  const auto at_exit = read_registers(task_);
  if (!at_exit) return std::unexpected(at_exit.error());
  return result_of(*at_exit);
}

Result<void> RemoteCalls::finish() {
  if (borrowed_word_ && ::ptrace(PTRACE_POKETEXT, task_, instruction_, *borrowed_word_) != 0) {
    return fail_errno(ErrorCode::kernel, "restore the entry of", named(task_));
  }
  if (auto restored = write_registers(task_, restore_); !restored) return restored;
  if (::ptrace(PTRACE_SETSIGMASK, task_, sizeof signal_mask_, &signal_mask_) != 0) {
    return fail_errno(ErrorCode::kernel, "restore the signals of", named(task_));
  }
  if (stop_requested_) (void)::kill(task_, SIGSTOP);
  return {};
}

std::optional<std::uint64_t> RemoteCalls::scratch(std::size_t bytes) const {
  constexpr std::uint64_t kAlignment = 16;
  const std::uint64_t end = stack_pointer(base_) - Machine::kRedZone;
  if (!after_exec_ || end < bytes) return std::nullopt;
  return (end - bytes) / kAlignment * kAlignment;
}

}  // namespace bulkhead::kernel
