#include "kernel/tracing/histogram.h"

#include <optional>
#include <utility>

#include "base/text.h"

namespace bulkhead::kernel {

using base::Result;

namespace {

constexpr std::string_view kInfo = "# trigger info: ";
constexpr std::size_t kMostKeys = 3;  // as the kernel has it (TRACING_MAP_KEYS_MAX)

std::unexpected<base::Error> unreadable(std::string_view line) {
  constexpr std::size_t kShown = 200;
  return base::fail(
      base::ErrorCode::invalid_input,
      base::cat("not a line of a kernel's histogram: ", base::quoted(line.substr(0, kShown))));
}

std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// What stands before `separator`, taken off the text with it; the whole text where there is none.
std::string_view take_until(std::string_view& text, std::string_view separator) {
  const std::size_t end = text.find(separator);
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + separator.size());
  return taken;
}

std::vector<std::string> names_of(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) names.emplace_back(take_until(list, ","));
  return names;
}

// "hist:keys=common_pid,id:vals=hitcount:sort=hitcount:size=131072 [active]"
std::optional<Histogram> read_info(std::string_view text) {
  Histogram histogram;
  std::string_view words = take_until(text, " [");
  histogram.active = text == "active]";
  if (!histogram.active && text != "paused]") return std::nullopt;
  if (take_until(words, ":") != "hist") return std::nullopt;
  while (!words.empty()) {
    std::string_view value = take_until(words, ":");
    const std::string_view key = take_until(value, "=");
    if (key == "keys") histogram.keys = names_of(value);
    if (key == "size") histogram.size = base::parse_decimal(value).value_or(0);
  }
  if (histogram.keys.empty() || histogram.keys.size() > kMostKeys) return std::nullopt;
  return histogram;
}

// "{ common_pid:       4711, id:         20 } hitcount:          3"
std::optional<HistogramRow> read_row(std::string_view line, const std::vector<std::string>& names) {
  HistogramRow row;
  if (!take_until(line, "{ ").empty()) return std::nullopt;
  std::string_view keys = take_until(line, " }");
  for (const std::string& name : names) {
    std::string_view value = take_until(keys, ",");
    if (without_blanks(take_until(value, ":")) != name) return std::nullopt;
    const auto number = base::parse_decimal(without_blanks(value));
    if (!number) return std::nullopt;
    row.keys.push_back(*number);
  }
  if (!keys.empty() || without_blanks(take_until(line, ":")) != "hitcount") return std::nullopt;
  const auto count = base::parse_decimal(without_blanks(line));
  if (!count) return std::nullopt;
  row.count = *count;
  return row;
}

// "    Dropped: 0"; other totals say nothing that the rows do not say.
bool read_total(std::string_view line, Histogram& histogram) {
  const std::string_view name = without_blanks(take_until(line, ":"));
  const auto number = base::parse_decimal(without_blanks(line));
  if (!number) return false;
  if (name == "Dropped") histogram.dropped = *number;
  return true;
}

class Reader {
 public:
  Result<std::vector<Histogram>> read(std::string_view text) {
    while (!text.empty()) {
      const std::string_view line = take_until(text, "\n");
      if (!take(line)) return unreadable(line);
    }
    if (!found_.empty() && !in_totals_) return unreadable("(cut short)");
    return std::move(found_);
  }

 private:
  bool take(std::string_view line) {
    if (line.starts_with(kInfo)) return begin(line.substr(kInfo.size()));
    if (line.empty() || line.starts_with('#')) return true;
    if (found_.empty()) return false;
    if (line.starts_with("Totals:")) return in_totals_ = true;
    if (in_totals_) return read_total(line, found_.back());
    auto row = read_row(line, found_.back().keys);
    if (!row) return false;
    found_.back().rows.push_back(*std::move(row));
    return true;
  }

  bool begin(std::string_view info) {
    if (!found_.empty() && !in_totals_) return false;
    auto histogram = read_info(info);
    if (!histogram) return false;
    found_.push_back(*std::move(histogram));
    in_totals_ = false;
    return true;
  }

  std::vector<Histogram> found_;
  bool in_totals_ = false;  // of the last one
};

}  // namespace

Result<std::vector<Histogram>> parse_histograms(std::string_view text) {
  return Reader().read(text);
}

}  // namespace bulkhead::kernel
