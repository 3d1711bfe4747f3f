#include "cli/events/event_query.h"

#include <algorithm>
#include <tuple>

#include "base/text.h"
#include "cli/names/containers.h"

namespace bulkhead::cli {

using audit::Event;
using base::cat;

bool matches(const EventQuery& query, const Event& event) {
  if (!query.kinds.empty() && !query.kinds.contains(event.kind)) return false;
  if (query.exec && !event.stage.ends_with(" exec")) return false;
  if (!query.namespace_.empty() && event.identity.namespace_ != query.namespace_) return false;
  if (event.time < query.since) return false;
  return WantedContainers{query.container, query.called_so}.contain(event.identity);
}

std::string container_text(const Event& event) {
  std::string name = display_name(event.identity);
  if (!name.empty()) return name;
  return event.identity.id.empty() ? "(unnamed)" : short_id(event.identity.id);
}

std::string why_text(const Event& event) {
  if (!event.message.empty()) return event.message;
  std::vector<std::string> sentences;
  for (const policy::Reason& reason : event.reasons) {
    sentences.push_back(reason.because.empty() ? reason.sentence
                                               : cat(reason.sentence, " (", reason.because, ')'));
  }
  if (!sentences.empty()) return base::join(sentences, "; ");
  return event.apparmor.empty() ? event.seccomp : cat(event.seccomp, ", ", event.apparmor);
}

void EventSummary::add(const Event& event) {
  ++totals_[event.kind];
  const std::string key =
      cat(container_text(event), '\n', event.identity.id, '\n', event.identity.runtime_root, '\n',
          name_of(event.kind), '\n', event.stage, '\n', why_text(event));
  if (groups_.size() >= kMostGroups && !groups_.contains(key)) return;
  EventGroup& group = groups_[key];
  ++group.count;
  if (group.latest.time <= event.time) group.latest = event;
}

std::vector<const EventGroup*> EventSummary::groups() const {
  std::vector<const EventGroup*> all;
  for (const auto& [key, group] : groups_) all.push_back(&group);
  std::ranges::sort(all, [](const EventGroup* a, const EventGroup* b) {
    const auto face = [](const EventGroup* group) {
      return std::tuple(container_text(group->latest), group->latest.identity.id);
    };
    if (face(a) != face(b)) return face(a) < face(b);
    return a->latest.time > b->latest.time;
  });
  return all;
}

std::string EventSummary::totals() const {
  std::vector<std::string> parts;
  for (const auto& [kind, count] : totals_) parts.push_back(cat(count, ' ', name_of(kind)));
  return base::join(parts, ", ");
}

}  // namespace bulkhead::cli
