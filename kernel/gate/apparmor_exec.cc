#include "kernel/gate/apparmor_exec.h"

#include <fcntl.h>
#include <sys/apparmor.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "kernel/tasks/observe.h"

namespace bulkhead::kernel {

using base::cat;
using base::Result;

namespace {

constexpr std::uint64_t kPage = 4096;
// The second name is that of kernels before 5.8, where it speaks for the one module that is there.
constexpr std::string_view kAttributes[] = {"/proc/thread-self/attr/apparmor/exec",
                                            "/proc/thread-self/attr/exec"};

bool is_error(long result) { return result < 0 && result > -static_cast<long>(kPage); }

std::unexpected<base::Error> step_failed(std::string_view step, const std::string& label,
                                         long result) {
  const int error = static_cast<int>(-result);
  std::string remedy;
  if (step == "open") remedy = "the container's root must show /proc";
  if (step == "write" && error == ENOENT) remedy = "the profile is not loaded any more";
  return base::fail(base::ErrorCode::kernel,
                    cat("cannot give the container the AppArmor profile ", base::quoted(label),
                        ": ", step, ": ", base::errno_text(error)),
                    std::move(remedy));
}

// A page of the task that the calls below take their text from.
class Page {
 public:
  static Result<Page> map(RemoteCalls& calls, const std::string& label) {
    const auto mapped = calls.call({.nr = SYS_mmap,
                                    .args = {0, kPage, PROT_READ | PROT_WRITE,
                                             MAP_PRIVATE | MAP_ANONYMOUS, ~std::uint64_t{0}, 0}});
    if (!mapped) return std::unexpected(mapped.error());
    if (is_error(*mapped)) return step_failed("mmap", label, *mapped);
    return Page(calls, static_cast<std::uint64_t>(*mapped));
  }

  // Puts a text there, with its final NUL, and returns where.
  [[nodiscard]] Result<std::uint64_t> put(const std::string& text, const std::string& label) const {
    const iovec local{.iov_base = const_cast<char*>(text.c_str()), .iov_len = text.size() + 1};
    const iovec remote{.iov_base = reinterpret_cast<void*>(address_), .iov_len = text.size() + 1};
    if (remote.iov_len > kPage) return step_failed("write", label, -ENAMETOOLONG);
    if (::process_vm_writev(calls_->task(), &local, 1, &remote, 1, 0) < 0) {
      return step_failed("process_vm_writev", label, -errno);
    }
    return address_;
  }

  [[nodiscard]] Result<void> unmap() const {
    const auto unmapped = calls_->call({.nr = SYS_munmap, .args = {address_, kPage}});
    return unmapped ? Result<void>{} : std::unexpected(unmapped.error());
  }

 private:
  Page(RemoteCalls& calls, std::uint64_t address) : calls_(&calls), address_(address) {}
  RemoteCalls* calls_;
  std::uint64_t address_;
};

Result<long> open_attribute(RemoteCalls& calls, const Page& page, const std::string& label) {
  long last = -ENOENT;
  for (const std::string_view attribute : kAttributes) {
    const auto path = page.put(std::string(attribute), label);
    if (!path) return std::unexpected(path.error());
    const auto opened =
        calls.call({.nr = SYS_openat,
                    .args = {static_cast<std::uint64_t>(AT_FDCWD), *path, O_WRONLY | O_CLOEXEC}});
    if (!opened) return opened;
    if (!is_error(*opened)) return opened;
    last = *opened;
  }
  return step_failed("open", label, last);
}

Result<void> write_label(RemoteCalls& calls, const Page& page, const std::string& label) {
  const auto file = open_attribute(calls, page, label);
  if (!file) return std::unexpected(file.error());
  const auto descriptor = static_cast<std::uint64_t>(*file);
  const std::string words = cat("exec ", label);
  const auto text = page.put(words, label);
  if (!text) return std::unexpected(text.error());
  const auto written = calls.call({.nr = SYS_write, .args = {descriptor, *text, words.size()}});
  if (!written) return std::unexpected(written.error());
  const auto closed = calls.call({.nr = SYS_close, .args = {descriptor}});
  if (!closed) return std::unexpected(closed.error());
  if (is_error(*written)) return step_failed("write", label, *written);
  return {};
}

}  // namespace

Result<void> leave_own_profile() {
  constexpr std::size_t kMaxLabelBytes = 16 << 10;
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
  const auto page = Page::map(calls, label);
  if (!page) return std::unexpected(page.error());
  if (auto written = write_label(calls, *page, label); !written) return written;
  return page->unmap();
}

}  // namespace bulkhead::kernel
