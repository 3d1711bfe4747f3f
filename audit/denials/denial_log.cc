#include "audit/denials/denial_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "audit/events/append_log.h"
#include "audit/events/line_reader.h"
#include "base/text.h"

namespace bulkhead::audit {

using base::cat;
using base::Result;

bool DenialLog::write(const std::string& line) {
  const auto written =
      append_line(directory_, std::string(kDenialLogName), broken_line_ ? cat("\n", line) : line);
  broken_line_ = !written;
  problem_ = written ? std::string() : written.error().sentence();
  return written.has_value();
}

void DenialLog::keep(std::string line) {
  if (bytes_ + line.size() > kMostBytes) {
    ++dropped_;
    return;
  }
  bytes_ += line.size();
  lines_.push_back(std::move(line));
}

void DenialLog::append(std::string line) {
  if (waiting() || !write(line)) keep(std::move(line));
}

bool DenialLog::retry() {
  while (waiting() && write(lines_.front())) {
    bytes_ -= lines_.front().size();
    lines_.pop_front();
  }
  return !waiting();
}

Result<std::uint64_t> read_denial_log(const std::string& directory,
                                      const std::function<void(Denial)>& visit) {
  std::uint64_t strange = 0;
  const auto read_line = [&](std::string_view line) {
    auto denial = parse_denial(std::string(line));
    denial ? visit(std::move(*denial)) : void(++strange);
  };
  for (const std::string_view suffix : {".1", ""}) {
    LineReader reader(cat(directory, "/", kDenialLogName, suffix));
    if (auto read = reader.read(read_line); !read) return std::unexpected(read.error());
  }
  return strange;
}

}  // namespace bulkhead::audit
