#include "shim/process_document.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <utility>

#include "base/directory.h"
#include "base/files.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "kernel/observe/observe.h"

namespace bulkhead::shim {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;
using base::UniqueFd;

constexpr std::size_t kMaxBytes = oci_config::kMaxConfigBytes;

bool names_a_descriptor(std::string_view path) {
  return path == "/dev/stdin" || path.starts_with("/dev/fd/") || path.starts_with("/proc/self/fd/");
}

bool is_pipe(const UniqueFd& file) {
  struct stat status {};
  return ::fstat(file.get(), &status) == 0 && S_ISFIFO(status.st_mode);
}

// A pipe's writer is the caller's; waiting for its end is what the runtime would do.
Result<std::string> read_pipe(const UniqueFd& pipe, const std::string& path) {
  const int flags = ::fcntl(pipe.get(), F_GETFL);
  if (flags < 0 || ::fcntl(pipe.get(), F_SETFL, flags & ~O_NONBLOCK) < 0) {
    return base::fail_errno(ErrorCode::io, "read", path);
  }
  return base::drain(pipe.get(), path, kMaxBytes);
}

Result<std::string> read_bytes(const UniqueFd& file, const std::string& path) {
  if (names_a_descriptor(path) && is_pipe(file)) return read_pipe(file, path);
  auto content = base::read_open_file(file, path, kMaxBytes);
  if (!content) return std::unexpected(std::move(content.error()));
  return std::move(content->bytes);
}

// Whether the path itself, no link, is the file.
bool is_the_file(const std::string& path, const UniqueFd& file) {
  struct stat named {
  }, opened{};
  return ::lstat(path.c_str(), &named) == 0 && ::fstat(file.get(), &opened) == 0 &&
         S_ISREG(named.st_mode) && named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

// ---- the copy
// ------------------------------------------------------------------------------------

// "<pid>-<start time>"; of a process that is gone, the file is nobody's.
bool is_of_a_living_process(std::string_view name) {
  const std::size_t dash = name.find('-');
  if (dash == name.npos) return false;
  const auto pid = base::parse_decimal(name.substr(0, dash));
  const auto started = base::parse_decimal(name.substr(dash + 1));
  if (!pid || !started || *pid > INT32_MAX) return false;
  const auto now = kernel::read_start_time(static_cast<pid_t>(*pid));
  return now && *now == *started;
}

void remove_left_over(const UniqueFd& directory) {
  base::Directory entries(
      UniqueFd(::openat(directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  while (const dirent* entry = entries.next()) {
    if (entry->d_name[0] == '.' || is_of_a_living_process(entry->d_name)) continue;
    (void)::unlinkat(directory.get(), entry->d_name, 0);
  }
}

Result<std::string> name_of_copy() {
  const auto started = kernel::read_start_time(::getpid());
  if (!started) return std::unexpected(started.error());
  return cat(::getpid(), "-", *started);
}

}  // namespace

Result<ProcessDocument> read_process_document(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file.valid()) return base::fail_errno(ErrorCode::io, "open", path);
  auto bytes = read_bytes(file, path);
  if (!bytes) return std::unexpected(std::move(bytes.error()));
  const std::string name = path.substr(path.rfind('/') + 1);
  auto document = oci_config::JsonDocument::parse(*std::move(bytes), {.described = name});
  if (!document) return std::unexpected(std::move(document.error()));
  return ProcessDocument{*std::move(document), is_the_file(path, file)};
}

Result<std::string> write_process_copy_in(const std::string& directory, std::string_view text) {
  const auto name = name_of_copy();
  if (!name) return std::unexpected(name.error());
  if (auto made = base::make_directories(directory, 0700); !made) {
    return std::unexpected(std::move(made.error()));
  }
  const auto opened = base::open_directory(directory);
  if (!opened) return std::unexpected(opened.error());
  remove_left_over(*opened);
  auto written = base::replace_file_at(opened->get(), *name, text, {.durable = false});
  if (!written) return std::unexpected(std::move(written.error()));
  return cat(directory, "/", *name);
}

Result<std::string> write_process_copy(std::string_view text, const base::Paths& paths) {
  auto copy = write_process_copy_in(paths.state + "/exec", text);
  const char* own = std::getenv("XDG_RUNTIME_DIR");
  if (copy || own == nullptr || *own != '/' || !kernel::is_in_user_namespace()) return copy;
  return write_process_copy_in(cat(own, "/bulkhead-exec"), text);
}

}  // namespace bulkhead::shim
