#include "cli/denial_report.h"

#include "base/text.h"
#include "cli/containers.h"
#include "cli/layout.h"

namespace bulkhead::cli {

using audit::Denial;
using base::cat;

namespace {

std::string action_text(const Denial& denial) {
  return denial.would ? cat("would (", denial.action, ')') : denial.action;
}

const std::string& newest(const Denial& denial) {
  return denial.last.empty() ? denial.time : denial.last;
}

}  // namespace

void write_summary(const DenialSummary& summary, std::size_t top, std::time_t now, Output& output) {
  const auto groups = summary.groups();
  if (groups.empty()) output.line("no denials");
  Table table({"COUNT", "CONTAINER", "WHAT", "ACTION", "BY", "LAST"});
  for (std::size_t i = 0; i < groups.size() && i < top; ++i) {
    const DenialGroup& group = *groups[i];
    const Style style = group.latest.would ? Style::warning : Style::bad;
    table.row({{cat(group.count)},
               {group.container},
               {group.what, group.latest.caution.empty() ? Style::plain : Style::warning},
               {action_text(group.latest), style},
               {group.latest.cause.empty() ? group.latest.profile : group.latest.cause},
               {age(newest(group.latest), now)}});
  }
  if (!table.empty()) output.write(table.text(output));
  if (groups.size() > top) {
    output.line(cat("and ", groups.size() - top, " more; --top ", groups.size(), " shows them"));
  }
  if (!summary.losses().empty()) output.write(paragraph(cat("Not seen: ", summary.losses())));
}

std::string one_line(const Denial& denial) {
  constexpr std::size_t kClockStart = 11;  // of RFC 3339
  constexpr std::size_t kClockBytes = 8;
  const std::string clock = newest(denial).size() >= kClockStart + kClockBytes
                                ? newest(denial).substr(kClockStart, kClockBytes)
                                : newest(denial);
  if (denial.kind == audit::DenialKind::loss) return cat(clock, " not seen: ", denial.message);
  std::string line = cat(clock, ' ', container_text(denial), "  ", what_text(denial),
                         denial.would ? " would be denied" : " denied");
  if (!denial.action.empty()) line += cat(" (", denial.action, ')');
  if (!denial.cause.empty()) line += cat(" by ", denial.cause);
  if (denial.count > 1 || !denial.last.empty()) line += cat(", ", denial.count, " more times");
  if (denial.pid > 0) line += cat("; pid ", denial.pid, ' ', base::quoted(denial.comm));
  return line;
}

}  // namespace bulkhead::cli
