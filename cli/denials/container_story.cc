#include "cli/denials/container_story.h"

#include <algorithm>

#include "audit/denials/denial.h"
#include "audit/denials/denial_log.h"
#include "audit/events/event_reader.h"
#include "base/text.h"
#include "base/times.h"
#include "cli/denials/denial_query.h"
#include "cli/denials/denial_report.h"
#include "cli/names/containers.h"

namespace bulkhead::cli {

namespace {

using base::cat;

std::string event_text(const audit::Event& event) {
  std::string text =
      cat(base::readable_time(event.time), ' ', name_of(event.kind), " by ", event.stage);
  if (!event.seccomp.empty()) text += cat(", seccomp ", event.seccomp);
  if (!event.apparmor.empty()) text += cat(", AppArmor ", event.apparmor);
  if (!event.message.empty()) text += cat(": ", event.message);
  return text;
}

}  // namespace

base::Result<std::vector<StoryLine>> story_of(const base::Paths& paths,
                                              const WantedContainers& wanted) {
  std::vector<StoryLine> lines;
  const auto told =
      audit::read_event_log(paths.log, [&](const audit::Event& event, std::string_view line) {
        if (!wanted.contain(event.identity)) return;
        lines.push_back({event.time, event_text(event), std::string(line)});
      });
  if (!told) return std::unexpected(told.error());
  const DenialQuery query{.container = wanted};
  const auto read = audit::read_denial_log(paths.log, [&](const audit::Denial& denial) {
    if (!matches(query, denial)) return;
    lines.push_back({denial.time, one_line(denial), audit::to_json(denial)});
  });
  if (!read) return std::unexpected(read.error());
  std::ranges::stable_sort(lines, {}, &StoryLine::time);
  return lines;
}

}  // namespace bulkhead::cli
