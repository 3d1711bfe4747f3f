#include "cli/engines/config_lines.h"

#include <algorithm>

namespace bulkhead::cli {

namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  return text;
}

// The line up to a '#' that is not inside quotes.
std::string_view without_comment(std::string_view line) {
  char quote = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char letter = line[at];
    if (quote != 0) {
      if (letter == quote) quote = 0;
    } else if (letter == '"' || letter == '\'') {
      quote = letter;
    } else if (letter == '#') {
      return line.substr(0, at);
    }
  }
  return line;
}

std::vector<std::string> quoted_strings(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t begin = text.find_first_of("\"'"); begin != std::string_view::npos;
       begin = text.find_first_of("\"'")) {
    const std::size_t end = text.find(text[begin], begin + 1);
    if (end == std::string_view::npos) break;
    out.emplace_back(text.substr(begin + 1, end - begin - 1));
    text.remove_prefix(end + 1);
  }
  return out;
}

std::string unquoted(std::string_view key) {
  key = trimmed(key);
  const bool quotes = key.size() >= 2 && (key.front() == '"' || key.front() == '\'');
  return std::string(quotes ? key.substr(1, key.size() - 2) : key);
}

}  // namespace

std::vector<ConfigLine> read_config_lines(std::string_view text) {
  std::vector<ConfigLine> lines;
  std::string table;
  bool open_list = false;  // a list that goes on over several lines
  while (!text.empty()) {
    const std::string_view raw = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), raw.size() + 1));
    const std::string_view line = trimmed(without_comment(raw));
    if (open_list) {
      for (std::string& value : quoted_strings(line))
        lines.back().values.push_back(std::move(value));
      open_list = line.find(']') == std::string_view::npos;
      continue;
    }
    if (line.starts_with('[') && line.ends_with(']')) {
      table = trimmed(line.substr(1, line.size() - 2));
      continue;
    }
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view value = trimmed(line.substr(equals + 1));
    lines.push_back({table, unquoted(line.substr(0, equals)), quoted_strings(value)});
    open_list = value.starts_with('[') && value.find(']') == std::string_view::npos;
  }
  return lines;
}

std::string last_value(const std::vector<ConfigLine>& lines, std::string_view table_end,
                       std::string_view key) {
  std::string value;
  for (const ConfigLine& line : lines) {
    const bool here = line.table.ends_with(table_end) && line.key == key;
    if (here && !line.values.empty()) value = line.values.front();
  }
  return value;
}

}  // namespace bulkhead::cli
