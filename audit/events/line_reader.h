// Reading a log of lines in pieces of bounded size, and following it across rotation.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/unique_fd.h"

namespace bulkhead::audit {

class LineReader {
 public:
  explicit LineReader(std::string path) : path_(std::move(path)) {}

  // Calls `visit` with every whole line that was not read yet, without its newline; empty lines are
  // left out, and lines longer than kMaxLineBytes are cut. When another file bears the name by now,
  // the rest of the old one is read first and then the new one. A file that is not there has no
  // lines. Error: io.
  [[nodiscard]] base::Result<void> read(const std::function<void(std::string_view)>& visit);

  // From now on only lines that are written after this call are visited. For before the first
  // read(). Error: io.
  [[nodiscard]] base::Result<void> skip_what_is_there();

 private:
  [[nodiscard]] bool open_named();
  [[nodiscard]] bool was_replaced() const;
  [[nodiscard]] base::Result<void> read_open_file(
      const std::function<void(std::string_view)>& visit);

  std::string path_;
  base::UniqueFd file_;
  std::string partial_;  // the beginning of a line whose end is not written yet
};

}  // namespace bulkhead::audit
