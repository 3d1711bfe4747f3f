#include "cli/frame/input.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/files.h"
#include "base/text.h"

namespace bulkhead::cli {

namespace {

using base::ErrorCode;
using base::Result;

Result<std::string> read_standard_input(std::size_t max_bytes) {
  std::string bytes;
  std::array<char, 65536> piece;
  for (;;) {
    const ssize_t count = ::read(STDIN_FILENO, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return base::fail_errno(ErrorCode::io, "read", "standard input");
    if (count == 0) return bytes;
    bytes.append(piece.data(), static_cast<std::size_t>(count));
    if (bytes.size() > max_bytes) {
      return base::fail(ErrorCode::io,
                        base::cat("standard input is larger than ", max_bytes, " bytes"),
                        "give it in parts");
    }
  }
}

}  // namespace

std::string described_input(const std::string& path) {
  return path == kStandardInput ? "standard input" : path;
}

Result<std::string> read_input(const std::string& path, std::size_t max_bytes) {
  if (path == kStandardInput) return read_standard_input(max_bytes);
  auto content = base::read_file_at(
      AT_FDCWD, path, {.max_bytes = max_bytes, .symlinks = base::FollowSymlinks::yes});
  if (!content) return std::unexpected(std::move(content.error()));
  return std::move(content->bytes);
}

}  // namespace bulkhead::cli
