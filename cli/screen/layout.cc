#include "cli/screen/layout.h"

#include <algorithm>
#include <numeric>

namespace bulkhead::cli {

namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowest = 8;  // a column is never squeezed below this

bool starts_code_point(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }

// Bytes of the longest prefix that takes at most `width` columns.
std::size_t prefix_bytes(std::string_view text, std::size_t width) {
  std::size_t columns = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (starts_code_point(text[at]) && columns++ == width) return at;
  }
  return text.size();
}

// Where to end the first line of `text`, which is wider than `width`; `width` is at least 1.
std::size_t break_at(std::string_view text, std::size_t width) {
  const std::size_t limit = prefix_bytes(text, width);
  const std::size_t space = text.rfind(' ', limit);
  if (space != std::string_view::npos && space != 0) return space;
  const std::size_t separator = text.find_last_of("/-._:,|@", limit - 1);
  return separator == std::string_view::npos || separator == 0 ? limit : separator + 1;
}

void wrap_line(std::string_view line, std::size_t width, std::vector<std::string>& lines) {
  while (display_width(line) > width) {
    const std::size_t end = break_at(line, width);
    lines.emplace_back(line.substr(0, end));
    line.remove_prefix(end);
    while (line.starts_with(' ')) line.remove_prefix(1);
  }
  lines.emplace_back(line);
}

std::string trimmed_right(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

void append_row(std::string& out, const std::vector<Cell>& cells,
                const std::vector<std::size_t>& widths, const Output& output) {
  std::vector<std::vector<std::string>> columns;
  std::size_t height = 1;
  for (std::size_t at = 0; at < cells.size(); ++at) {
    columns.push_back(wrap(cells[at].text, widths[at]));
    height = std::max(height, columns.back().size());
  }
  for (std::size_t line = 0; line < height; ++line) {
    std::string text;
    std::size_t missing = 0;  // spaces due before the next text
    for (std::size_t at = 0; at < columns.size(); ++at) {
      const std::string part = line < columns[at].size() ? columns[at][line] : std::string();
      if (!part.empty()) text.append(missing, ' ').append(output.styled(cells[at].style, part));
      if (!part.empty()) missing = 0;
      missing += widths[at] - display_width(part) + kGap;
    }
    out += trimmed_right(std::move(text)) + '\n';
  }
}

}  // namespace

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, starts_code_point));
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (true) {
    const std::size_t end = text.find('\n');
    wrap_line(text.substr(0, end), width, lines);
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

std::string paragraph(std::string_view text, std::size_t indent) {
  std::string out;
  for (const std::string& line : wrap(text, kScreenColumns - indent)) {
    if (!line.empty()) out.append(indent, ' ').append(line);
    out += '\n';
  }
  return out;
}

std::vector<std::size_t> Table::column_widths(std::size_t columns) const {
  std::vector<std::size_t> widths;
  for (const std::string& title : header_) widths.push_back(display_width(title));
  for (const std::vector<Cell>& cells : rows_) {
    if (is_heading(cells)) continue;
    for (std::size_t at = 0; at < cells.size(); ++at) {
      widths[at] = std::max(widths[at], display_width(cells[at].text));
    }
  }
  const std::size_t room = columns - kGap * (widths.size() - 1);
  while (std::reduce(widths.begin(), widths.end()) > room) {
    const auto widest = std::ranges::max_element(widths);
    if (*widest <= kNarrowest) break;
    --*widest;
  }
  return widths;
}

std::string Table::text(const Output& output) const {
  const std::vector<std::size_t> widths = column_widths(output.columns());
  std::vector<Cell> titles;
  for (const std::string& title : header_) titles.push_back({title, Style::bold});
  std::string out;
  append_row(out, titles, widths, output);
  for (const std::vector<Cell>& cells : rows_) {
    append_row(out, cells, is_heading(cells) ? std::vector{output.columns()} : widths, output);
  }
  return out;
}

}  // namespace bulkhead::cli
