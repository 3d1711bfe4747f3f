#include "cli/denials/container_story.h"

#include <algorithm>
#include <optional>

#include "audit/denials/denial.h"
#include "audit/denials/denial_log.h"
#include "audit/events/line_reader.h"
#include "base/text.h"
#include "base/times.h"
#include "cli/denials/denial_query.h"
#include "cli/denials/denial_report.h"
#include "cli/names/containers.h"
#include "oci-config/json.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using oci_config::JsonValue;

std::string member(const JsonValue& object, std::string_view key) {
  const auto value = object.member(key);
  return value && value->is(oci_config::JsonType::string) ? std::string(value->string())
                                                          : std::string();
}

std::string event_text(const JsonValue& event, const std::string& time) {
  std::string text =
      cat(base::readable_time(time), ' ', member(event, "event"), " by ", member(event, "stage"));
  const std::string seccomp = member(event, "seccomp");
  const std::string apparmor = member(event, "apparmor");
  const std::string message = member(event, "message");
  if (!seccomp.empty()) text += cat(", seccomp ", seccomp);
  if (!apparmor.empty()) text += cat(", AppArmor ", apparmor);
  if (!message.empty()) text += cat(": ", message);
  return text;
}

// A line of events.jsonl (docs/events.md); nothing where it is about another container.
std::optional<StoryLine> event_in(std::string_view line, const std::string& container) {
  const auto document =
      oci_config::JsonDocument::parse(std::string(line), {.described = "events.jsonl"});
  if (!document || !document->root().is(oci_config::JsonType::object)) return std::nullopt;
  const JsonValue event = document->root();
  const policy::Identity identity{.id = member(event, "id"),
                                  .runtime_root = member(event, "runtime_root"),
                                  .namespace_ = member(event, "namespace"),
                                  .pod = member(event, "pod"),
                                  .container = member(event, "container")};
  if (!means(container, identity)) return std::nullopt;
  const std::string time = member(event, "time");
  return StoryLine{time, event_text(event, time), std::string(line)};
}

}  // namespace

base::Result<std::vector<StoryLine>> story_of(const base::Paths& paths,
                                              const std::string& container) {
  std::vector<StoryLine> lines;
  for (const std::string_view suffix : {".1", ""}) {
    audit::LineReader events(cat(paths.log, "/events.jsonl", suffix));
    const auto read = events.read([&](std::string_view line) {
      if (auto event = event_in(line, container)) lines.push_back(std::move(*event));
    });
    if (!read) return std::unexpected(read.error());
  }
  const DenialQuery query{.container = container};
  const auto read = audit::read_denial_log(paths.log, [&](const audit::Denial& denial) {
    if (!matches(query, denial)) return;
    lines.push_back({denial.time, one_line(denial), audit::to_json(denial)});
  });
  if (!read) return std::unexpected(read.error());
  std::ranges::stable_sort(lines, {}, &StoryLine::time);
  return lines;
}

}  // namespace bulkhead::cli
