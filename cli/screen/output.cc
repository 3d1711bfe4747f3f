#include "cli/screen/output.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/files.h"
#include "base/text.h"

namespace bulkhead::cli {

namespace {

std::string_view escape_of(Style style) {
  switch (style) {
    case Style::plain: return {};
    case Style::bold: return "\x1b[1m";
    case Style::dim: return "\x1b[2m";
    case Style::good: return "\x1b[32m";
    case Style::warning: return "\x1b[33m";
    case Style::bad: return "\x1b[31m";
  }
  return {};
}

std::string_view environment(const char* name) {
  const char* value = ::getenv(name);
  return value != nullptr ? value : std::string_view();
}

}  // namespace

std::size_t columns_of(int fd) {
  constexpr std::size_t kFewest = 40;
  winsize size = {};
  const bool told = ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return told ? std::max<std::size_t>(size.ws_col, kFewest) : kScreenColumns;
}

void Output::line(std::string_view text) {
  buffer_ += text;
  buffer_ += '\n';
}

std::string Output::styled(Style style, std::string_view text) const {
  if (!colour_ || style == Style::plain || text.empty()) return std::string(text);
  return base::cat(escape_of(style), text, "\x1b[0m");
}

base::Result<void> Output::flush() {
  if (fd_ < 0) return {};
  const std::string pending = std::exchange(buffer_, {});
  return base::write_all(fd_, pending, "standard output");
}

bool wants_colour(int fd) {
  return ::isatty(fd) == 1 && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
}

}  // namespace bulkhead::cli
