#include "cli/screen/readable_diff.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/utf8.h"
#include "oci-config/json.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using oci_config::JsonDocument;
using oci_config::JsonType;
using oci_config::JsonValue;
using Lines = std::vector<std::string>;

constexpr std::size_t kContext = 3;
// Beyond this many differing lines the rest counts as replaced: bounds time and memory.
constexpr int kMaxDifferences = 1000;

// ---- one value per line ------------------------------------------------------------------------

void append_pretty(std::string& out, const JsonValue& value, std::size_t depth) {
  const bool container = value.is(JsonType::object) || value.is(JsonType::array);
  if (!container || value.size() == 0) {
    out += container ? (value.is(JsonType::object) ? "{}" : "[]") : value.raw();
    return;
  }
  out += value.is(JsonType::object) ? '{' : '[';
  for (auto child = value.first(); child; child = child->next()) {
    out += '\n';
    out.append(2 * (depth + 1), ' ');
    if (child->key_span().end != 0) out += cat(base::json_string(child->key()), ": ");
    append_pretty(out, *child, depth + 1);
    if (child->next()) out += ',';
  }
  out += '\n';
  out.append(2 * depth, ' ');
  out += value.is(JsonType::object) ? '}' : ']';
}

bool is_one_line(std::string_view text) {
  const std::size_t newline = text.find('\n');
  return newline == std::string_view::npos || newline + 1 == text.size();
}

std::string pretty(std::string_view text) {
  const auto document = JsonDocument::parse(std::string(text), {.max_bytes = UINT32_MAX});
  if (!document) return std::string(text);
  std::string out;
  append_pretty(out, document->root(), 0);
  return out;
}

// A line as a terminal may see it: what could move the cursor becomes visible.
std::string printable(std::string_view line) {
  std::string safe = base::quoted(line, line.size());
  const bool unchanged = safe.size() == line.size() + 2;
  if (unchanged) return std::string(line);
  std::string out;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t length =
        std::max<std::size_t>(base::utf8_sequence_length(line.substr(at)), 1);
    const std::string_view one = line.substr(at, length);
    const std::string shown = base::quoted(one);
    const bool harmless = one == "'" || one == "\\" || one == "\t" || shown.size() == length + 2;
    out += harmless ? one : std::string_view(shown).substr(1, shown.size() - 2);
    at += length;
  }
  return out;
}

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t newline = std::min(text.find('\n'), text.size());
    lines.push_back(printable(text.substr(0, newline)));
    text.remove_prefix(std::min(newline + 1, text.size()));
  }
  return lines;
}

// ---- the longest common subsequence ------------------------------------------------------------

enum class Change : char { kept = ' ', removed = '-', added = '+' };

struct Step {
  Change change;
  std::size_t line;  // in `after` for added lines, else in `before`
};

// The lines between the common start and the common end of two texts.
struct Middle {
  std::size_t start = 0;
  std::size_t before_end = 0;
  std::size_t after_end = 0;
};

Middle differing(const Lines& before, const Lines& after) {
  Middle middle{0, before.size(), after.size()};
  while (middle.start < std::min(before.size(), after.size()) &&
         before[middle.start] == after[middle.start]) {
    ++middle.start;
  }
  while (middle.before_end > middle.start && middle.after_end > middle.start &&
         before[middle.before_end - 1] == after[middle.after_end - 1]) {
    --middle.before_end;
    --middle.after_end;
  }
  return middle;
}

// E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986): furthest[k] is how far
// one gets in `before` on diagonal k with d differences; the rounds are kept for the way back.
class ShortestScript {
 public:
  ShortestScript(const Lines& before, const Lines& after, const Middle& middle)
      : before_(before), after_(after), middle_(middle) {}

  std::vector<Step> steps() {
    if (!search()) return replaced_whole();
    return walk_back();
  }

 private:
  [[nodiscard]] int before_size() const {
    return static_cast<int>(middle_.before_end - middle_.start);
  }
  [[nodiscard]] int after_size() const {
    return static_cast<int>(middle_.after_end - middle_.start);
  }
  [[nodiscard]] bool same(int x, int y) const {
    return before_[middle_.start + static_cast<std::size_t>(x)] ==
           after_[middle_.start + static_cast<std::size_t>(y)];
  }

  // A round holds diagonals -d to d at indices 0 to 2d.
  static int at(const std::vector<int>& round, int diagonal) {
    const int middle = static_cast<int>(round.size() / 2);
    const int index = diagonal + middle;
    return index < 0 || index >= static_cast<int>(round.size())
               ? -1
               : round[static_cast<std::size_t>(index)];
  }

  // Whether diagonal k is reached by adding a line (from k + 1) rather than by removing one.
  static bool comes_from_above(const std::vector<int>& previous, int k, int d) {
    return k == -d || (k != d && at(previous, k - 1) < at(previous, k + 1));
  }

  bool search() {
    const int limit = std::min(before_size() + after_size(), kMaxDifferences);
    for (int d = 0; d <= limit; ++d) {
      std::vector<int> round(static_cast<std::size_t>(d) * 2 + 1, -1);
      for (int k = -d; k <= d; k += 2) {
        const int reached = reach(k, d);
        round.begin()[k + d] = reached;
        if (reached >= before_size() && reached - k >= after_size()) {
          rounds_.push_back(std::move(round));
          return true;
        }
      }
      rounds_.push_back(std::move(round));
    }
    return false;
  }

  [[nodiscard]] int reach(int k, int d) const {
    int x = 0;
    if (d > 0) {
      const auto& previous = rounds_.back();
      x = comes_from_above(previous, k, d) ? at(previous, k + 1) : at(previous, k - 1) + 1;
    }
    int y = x - k;
    if (x < 0 || y < 0 || x > before_size() || y > after_size()) return -1;
    while (x < before_size() && y < after_size() && same(x, y)) {
      ++x;
      ++y;
    }
    return x;
  }

  std::vector<Step> walk_back() {
    std::vector<Step> steps;
    int x = before_size();
    int y = after_size();
    for (int d = static_cast<int>(rounds_.size()) - 1; d > 0; --d) {
      const auto& previous = rounds_[static_cast<std::size_t>(d - 1)];
      const int k = x - y;
      const bool added = comes_from_above(previous, k, d);
      const int from = added ? at(previous, k + 1) : at(previous, k - 1);
      const int edge = added ? from : from + 1;  // x right after the changed line
      for (; x > edge; --x, --y) steps.push_back(step(Change::kept, x - 1));
      steps.push_back(added ? step(Change::added, y - 1) : step(Change::removed, x - 1));
      (added ? y : x) -= 1;
    }
    for (; x > 0; --x) steps.push_back(step(Change::kept, x - 1));
    std::ranges::reverse(steps);
    return steps;
  }

  std::vector<Step> replaced_whole() {
    std::vector<Step> steps;
    for (int x = 0; x < before_size(); ++x) steps.push_back(step(Change::removed, x));
    for (int y = 0; y < after_size(); ++y) steps.push_back(step(Change::added, y));
    return steps;
  }

  [[nodiscard]] Step step(Change change, int line) const {
    return {change, middle_.start + static_cast<std::size_t>(line)};
  }

  const Lines& before_;
  const Lines& after_;
  const Middle middle_;
  std::vector<std::vector<int>> rounds_;
};

std::vector<Step> all_steps(const Lines& before, const Lines& after) {
  const Middle middle = differing(before, after);
  std::vector<Step> steps;
  for (std::size_t i = 0; i < middle.start; ++i) steps.push_back({Change::kept, i});
  std::ranges::copy(ShortestScript(before, after, middle).steps(), std::back_inserter(steps));
  for (std::size_t i = middle.before_end; i < before.size(); ++i) {
    steps.push_back({Change::kept, i});
  }
  return steps;
}

// ---- hunks -------------------------------------------------------------------------------------

struct Hunk {
  std::size_t begin;  // steps, end exclusive
  std::size_t end;
};

std::vector<Hunk> hunks_of(const std::vector<Step>& steps) {
  std::vector<Hunk> hunks;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].change == Change::kept) continue;
    const std::size_t begin = i > kContext ? i - kContext : 0;
    const std::size_t end = std::min(i + kContext + 1, steps.size());
    if (!hunks.empty() && begin <= hunks.back().end) {
      hunks.back().end = end;
    } else {
      hunks.push_back({begin, end});
    }
  }
  return hunks;
}

struct Counts {
  std::size_t before = 0;
  std::size_t after = 0;
};

Counts count(const std::vector<Step>& steps, std::size_t begin, std::size_t end) {
  Counts counts;
  for (std::size_t i = begin; i < end; ++i) {
    counts.before += steps[i].change != Change::added ? 1 : 0;
    counts.after += steps[i].change != Change::removed ? 1 : 0;
  }
  return counts;
}

// "12,3"; an empty range names the line before it, as diff(1) does.
std::string range(std::size_t lines_before, std::size_t length) {
  return cat(length == 0 ? lines_before : lines_before + 1, ",", length);
}

std::string unified(const Lines& old_lines, const Lines& new_lines, std::string_view name) {
  const std::vector<Step> steps = all_steps(old_lines, new_lines);
  std::string out = cat("--- ", printable(name), "\n+++ ", printable(name), "\n");
  for (const Hunk& hunk : hunks_of(steps)) {
    const Counts above = count(steps, 0, hunk.begin);
    const Counts inside = count(steps, hunk.begin, hunk.end);
    out += cat("@@ -", range(above.before, inside.before), " +", range(above.after, inside.after),
               " @@\n");
    for (std::size_t i = hunk.begin; i < hunk.end; ++i) {
      const Step& step = steps[i];
      const Lines& lines = step.change == Change::added ? new_lines : old_lines;
      out += cat(static_cast<char>(step.change), lines[step.line], "\n");
    }
  }
  return out;
}

// As diff(1) marks it; a part of the line, so that two texts that differ in nothing else do differ.
Lines exact_lines_of(std::string_view text) {
  Lines lines = lines_of(text);
  if (!text.empty() && !text.ends_with('\n')) lines.back() += "\n\\ No newline at end of file";
  return lines;
}

}  // namespace

std::string readable_diff(std::string_view before, std::string_view after, std::string_view name) {
  if (before == after) return "";
  const bool on_one_line = is_one_line(before) || is_one_line(after);
  return unified(lines_of(on_one_line ? pretty(before) : std::string(before)),
                 lines_of(on_one_line ? pretty(after) : std::string(after)), name);
}

std::string exact_diff(std::string_view before, std::string_view after, std::string_view name) {
  if (before == after) return "";
  return unified(exact_lines_of(before), exact_lines_of(after), name);
}

}  // namespace bulkhead::cli
