#include "audit/events/append_log.h"

#include <fcntl.h>
#include <spdlog/formatter.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/sink.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "base/files.h"
#include "base/text.h"
#include "base/unique_fd.h"

namespace bulkhead::audit {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;
using base::UniqueFd;

constexpr mode_t kDirectoryMode = 0750;  // the log names images and pods: not for everybody
constexpr mode_t kFileMode = 0640;

Result<UniqueFd> open_log(const std::string& directory, const std::string& path) {
  constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  UniqueFd file(::open(path.c_str(), kFlags, kFileMode));
  if (!file.valid() && errno == ENOENT) {
    if (auto made = base::make_directories(directory, kDirectoryMode); !made) {
      return std::unexpected(std::move(made.error()));
    }
    file.reset(::open(path.c_str(), kFlags, kFileMode));
  }
  if (!file.valid()) return base::fail_errno(ErrorCode::io, "open the log", path);
  return file;
}

// spdlog's own file sinks keep a FILE and flush it when its buffer is full, in the middle of a
// line. This one hands each message to the kernel whole. The lines are built as JSON already, so
// the message is written as it is, and no formatter is made.
class WholeLineSink final : public spdlog::sinks::sink {
 public:
  WholeLineSink(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  Result<void> outcome = {};

  void log(const spdlog::details::log_msg& message) override {
    const ssize_t count = ::write(fd_, message.payload.data(), message.payload.size());
    if (count < 0) {
      outcome = base::fail_errno(ErrorCode::io, "append to the log", path_);
    } else if (static_cast<std::size_t>(count) < message.payload.size()) {
      outcome = base::fail(ErrorCode::io,
                           cat("the log ", base::quoted(path_), " took only ", count, " of ",
                               message.payload.size(), " bytes of a line"),
                           "make room on its file system");
    }
  }
  void flush() override {}
  void set_pattern(const std::string& /*pattern*/) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter> /*formatter*/) override {}

 private:
  int fd_;
  std::string path_;
};

}  // namespace

Result<void> append_line(const std::string& directory, const std::string& name,
                         std::string_view line) {
  const std::string path = cat(directory, "/", name);
  if (line.size() >= kMaxLineBytes) {
    return base::fail(ErrorCode::internal,
                      cat("a log line of ", line.size(), " bytes was not written"));
  }
  auto file = open_log(directory, path);
  if (!file) return std::unexpected(std::move(file.error()));
  auto sink = std::make_shared<WholeLineSink>(file->get(), path);
  spdlog::logger logger("bulkhead", sink);
  logger.log(spdlog::level::info, cat(line, "\n"));
  return std::move(sink->outcome);
}

}  // namespace bulkhead::audit
