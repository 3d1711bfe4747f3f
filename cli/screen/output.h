// What a command writes: buffered text with optional colour. Colour only on a terminal, and never
// with NO_COLOR set (no-color.org) or TERM=dumb. Tables are as wide as the terminal; elsewhere, and
// where that does not tell, 80 columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace bulkhead::cli {

enum class Style : std::uint8_t { plain, bold, dim, good, warning, bad };

inline constexpr std::size_t kScreenColumns = 80;

// Of the terminal that the descriptor is, never so few that a table could not be read.
[[nodiscard]] std::size_t columns_of(int fd);

class Output {
 public:
  // Writes to a descriptor; `colour` is decided by the caller (see wants_colour).
  Output(int fd, bool colour) : fd_(fd), colour_(colour), columns_(columns_of(fd)) {}
  // Keeps everything in the buffer: for tests.
  explicit Output(bool colour = false, std::size_t columns = kScreenColumns)
      : colour_(colour), columns_(columns) {}

  void write(std::string_view text) { buffer_ += text; }
  void line(std::string_view text = {});
  // The text in that style; as it is when there is no colour.
  [[nodiscard]] std::string styled(Style style, std::string_view text) const;

  // Writes the buffer out. Error code io: the reader is gone, the disk is full.
  [[nodiscard]] base::Result<void> flush();

  [[nodiscard]] const std::string& buffer() const { return buffer_; }
  [[nodiscard]] bool colour() const { return colour_; }
  [[nodiscard]] std::size_t columns() const { return columns_; }

 private:
  int fd_ = -1;
  bool colour_;
  std::size_t columns_;
  std::string buffer_;
};

[[nodiscard]] bool wants_colour(int fd);

}  // namespace bulkhead::cli
