#include "audit/events/line_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "audit/events/append_log.h"

namespace bulkhead::audit {

using base::ErrorCode;
using base::Result;

bool LineReader::was_replaced() const {
  struct stat named {};
  struct stat open {};
  if (::stat(path_.c_str(), &named) != 0 || ::fstat(file_.get(), &open) != 0) return false;
  return named.st_ino != open.st_ino || named.st_dev != open.st_dev;
}

Result<void> LineReader::read_open_file(const std::function<void(std::string_view)>& visit) {
  char buffer[64 * 1024];
  while (true) {
    const ssize_t count = ::read(file_.get(), buffer, sizeof buffer);
    if (count < 0) return base::fail_errno(ErrorCode::io, "read", path_);
    if (count == 0) return {};
    std::string_view rest(buffer, static_cast<std::size_t>(count));
    for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      partial_ += rest.substr(0, end);
      rest.remove_prefix(end + 1);
      if (!partial_.empty()) visit(partial_);
      partial_.clear();
    }
    if (partial_.size() < kMaxLineBytes) partial_ += rest;
  }
}

// True also where no file of that name is there.
bool LineReader::open_named() {
  file_.reset(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  return file_.valid() || errno == ENOENT;
}

Result<void> LineReader::skip_what_is_there() {
  if (!open_named()) return base::fail_errno(ErrorCode::io, "open", path_);
  if (file_.valid() && ::lseek(file_.get(), 0, SEEK_END) < 0) {
    return base::fail_errno(ErrorCode::io, "read", path_);
  }
  return {};
}

Result<void> LineReader::read(const std::function<void(std::string_view)>& visit) {
  if (!file_.valid() && !open_named()) return base::fail_errno(ErrorCode::io, "open", path_);
  if (!file_.valid()) return {};
  if (auto read = read_open_file(visit); !read) return read;
  if (!was_replaced()) return {};
  // What was written between the read above and the rename.
  if (auto read = read_open_file(visit); !read) return read;
  partial_.clear();
  if (!open_named()) return base::fail_errno(ErrorCode::io, "open", path_);
  return file_.valid() ? read_open_file(visit) : Result<void>{};
}

}  // namespace bulkhead::audit
