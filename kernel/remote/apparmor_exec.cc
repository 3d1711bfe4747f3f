#include "kernel/remote/apparmor_exec.h"

#include <fcntl.h>
#include <sys/apparmor.h>
#include <sys/syscall.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "kernel/apparmor/apparmor_facts.h"
#include "kernel/observe/observe.h"
#include "kernel/remote/task_memory.h"

namespace bulkhead::kernel {

using base::cat;
using base::Result;

namespace {

constexpr std::size_t kMaxTextBytes = 4096;
// The second name is that of kernels before 5.8, where it speaks for the one module that is there.
constexpr std::string_view kAttributes[] = {"/proc/thread-self/attr/apparmor/exec",
                                            "/proc/thread-self/attr/exec"};

std::string what_fails(const std::string& label) {
  return cat("cannot give the container the AppArmor profile ", base::quoted(label));
}

std::unexpected<base::Error> step_failed(std::string_view step, const std::string& label,
                                         long result) {
  const int error = static_cast<int>(-result);
  std::string remedy;
  if (step == "open") remedy = "the container's root must show /proc";
  if (step == "write" && error == ENOENT) remedy = "the profile is not loaded any more";
  return base::fail(base::ErrorCode::kernel,
                    cat(what_fails(label), ": ", step, ": ", base::errno_text(error)),
                    std::move(remedy));
}

// Puts a text there, with its final NUL.
Result<void> put(const TaskMemory& memory, const std::string& text) {
  const iovec piece{.iov_base = const_cast<char*>(text.c_str()), .iov_len = text.size() + 1};
  return memory.write({&piece, 1});
}

Result<long> open_attribute(RemoteCalls& calls, const TaskMemory& memory,
                            const std::string& label) {
  long last = -ENOENT;
  for (const std::string_view attribute : kAttributes) {
    if (auto path = put(memory, std::string(attribute)); !path) {
      return std::unexpected(std::move(path.error()));
    }
    const auto opened = calls.call(
        {.nr = SYS_openat,
         .args = {static_cast<std::uint64_t>(AT_FDCWD), memory.address(), O_WRONLY | O_CLOEXEC}});
    if (!opened) return opened;
    if (!is_error(*opened)) return opened;
    last = *opened;
  }
  return step_failed("open", label, last);
}

Result<void> write_label(RemoteCalls& calls, const TaskMemory& memory, const std::string& label) {
  const auto file = open_attribute(calls, memory, label);
  if (!file) return std::unexpected(file.error());
  const auto descriptor = static_cast<std::uint64_t>(*file);
  const std::string words = cat("exec ", label);
  if (auto text = put(memory, words); !text) return text;
  const auto written =
      calls.call({.nr = SYS_write, .args = {descriptor, memory.address(), words.size()}});
  if (!written) return std::unexpected(written.error());
  const auto closed = calls.call({.nr = SYS_close, .args = {descriptor}});
  if (!closed) return std::unexpected(closed.error());
  if (is_error(*written)) return step_failed("write", label, *written);
  return {};
}

}  // namespace

Result<void> leave_own_profile() {
  constexpr std::size_t kMaxLabelBytes = 16 << 10;
  if (has_no_apparmor()) return {};
  const std::string path = "/proc/thread-self/attr/apparmor/current";
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return {};  // no AppArmor here
  const auto text = base::drain(file.get(), path, kMaxLabelBytes);
  if (!text) return {};  // EINVAL: the module is there, but not enabled
  const std::string label = parse_apparmor_label(*text).name;
  if (label.empty() || label == "unconfined" || ::aa_change_profile("unconfined") == 0) return {};
  return base::fail_errno(base::ErrorCode::kernel, "let the gate leave the AppArmor profile", label,
                          "give that profile the rule `change_profile -> unconfined,`");
}

Result<void> set_exec_label(RemoteCalls& calls, const std::string& label) {
  auto memory = TaskMemory::take(calls, kMaxTextBytes);
  if (!memory) return std::unexpected(std::move(memory.error()).within(what_fails(label)));
  auto written = write_label(calls, *memory, label);
  auto given_back = memory->give_back();
  return written ? given_back : written;
}

}  // namespace bulkhead::kernel
