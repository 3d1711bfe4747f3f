#include "cli/denials/denial_report.h"

#include <algorithm>
#include <span>
#include <vector>

#include "audit/denials/denial_remedy.h"
#include "base/counted.h"
#include "base/text.h"
#include "base/times.h"
#include "cli/names/containers.h"
#include "cli/screen/layout.h"
#include "oci-config/seccomp_profile.h"

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

// The pointer of a rule without what all of them begin with; why it is the default, without the
// rest.
std::string by_text(const Denial& denial) {
  constexpr std::string_view kPrefix = "rule /linux/seccomp";
  if (denial.cause.empty()) return denial.profile;
  if (denial.cause.starts_with(kPrefix)) return cat("rule ", denial.cause.substr(kPrefix.size()));
  const std::size_t why = denial.cause.find(": ");
  return why == std::string::npos ? denial.cause : cat(denial.cause.substr(0, why), ", arguments");
}

using Groups = std::vector<const DenialGroup*>;

// In the order in which the containers come first.
std::vector<Groups> by_container(std::span<const DenialGroup* const> groups) {
  std::vector<Groups> containers;
  for (const DenialGroup* group : groups) {
    const auto same = std::ranges::find_if(containers, [&](const Groups& container) {
      return container.front()->container == group->container &&
             container.front()->latest.identity.id == group->latest.identity.id &&
             container.front()->latest.identity.runtime_root == group->latest.identity.runtime_root;
    });
    if (same != containers.end()) {
      same->push_back(group);
    } else {
      containers.push_back({group});
    }
  }
  return containers;
}

// What is left of 24 lines for titles, rows and the names of containers.
std::size_t rows_on_screen(std::span<const DenialGroup* const> groups) {
  constexpr std::size_t kLines = 19;
  std::size_t rows = std::min(groups.size(), kLines);
  while (rows > 1 && rows + by_container(groups.first(rows)).size() > kLines) --rows;
  return rows;
}

void add_row(Table& table, const DenialGroup& group, std::time_t now) {
  const Style style = group.latest.would ? Style::warning : Style::bad;
  table.row({{cat(group.count)},
             {group.what, group.latest.caution.empty() ? Style::plain : Style::warning},
             {action_text(group.latest), style},
             {by_text(group.latest)},
             {age(newest(group.latest), now)}});
}

// Its program is of another architecture, and was not killed for that.
bool runs_other_architecture(const Denial& denial) {
  return denial.kind == audit::DenialKind::seccomp && !denial.arch.empty() &&
         denial.arch != short_name(oci_config::native_arch()) &&
         !audit::lacks_architecture(denial) && !audit::lost_architecture(denial);
}

// Whom a policy would hit that keeps the machine's own architecture alone.
void write_other_architectures(const Groups& groups, Output& output) {
  std::vector<std::string> containers;
  for (const DenialGroup* group : groups) {
    const std::string who = cat(group->container, " (", group->latest.arch, ')');
    if (!runs_other_architecture(group->latest) ||
        std::ranges::find(containers, who) != containers.end())
      continue;
    containers.push_back(who);
  }
  if (containers.empty()) return;
  output.write(paragraph(cat("Programs of other architectures: ", base::join(containers, ", "),
                             ". With \"seccomp\": {\"architectures\": \"native\"} in the policy "
                             "they would be killed.")));
}

}  // namespace

void write_summary(const DenialSummary& summary, std::optional<std::size_t> top, std::time_t now,
                   Output& output) {
  const auto groups = summary.groups();
  if (groups.empty()) output.line("no denials");
  const std::size_t shown = top ? std::min(*top, groups.size()) : rows_on_screen(groups);
  Table table({"COUNT", "WHAT", "ACTION", "BY", "LAST"});
  for (const Groups& container : by_container(std::span(groups).first(shown))) {
    table.heading(container.front()->container);
    for (const DenialGroup* group : container) add_row(table, *group, now);
  }
  if (!table.empty()) output.write(table.text(output));
  if (groups.size() > shown) {
    output.line(cat("and ", groups.size() - shown, " more; --top ", groups.size(), " shows them"));
  }
  write_other_architectures(groups, output);
  if (!summary.losses().empty()) output.write(paragraph(cat("Not seen: ", summary.losses())));
}

std::string one_line(const Denial& denial) {
  const std::string time = base::readable_time(newest(denial));
  if (denial.kind == audit::DenialKind::loss) return cat(time, " not seen: ", denial.message);
  std::string line = cat(time, ' ', container_text(denial), "  ", what_text(denial),
                         denial.would ? " would be denied" : " denied");
  if (!denial.action.empty()) line += cat(" (", denial.action, ')');
  if (!denial.cause.empty()) line += cat(" by ", denial.cause);
  if (denial.count > 1 || !denial.last.empty())
    line += cat(", ", base::counted(denial.count, "more time"));
  if (denial.pid > 0) line += cat("; pid ", denial.pid, ' ', base::quoted(denial.comm));
  return line;
}

}  // namespace bulkhead::cli
