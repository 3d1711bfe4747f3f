#include "cli/containers/ended_containers.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "audit/events/event_reader.h"

namespace bulkhead::cli {

using audit::Event;
using audit::EventKind;

namespace {

using Key = std::pair<std::string, std::string>;  // the runtime's root, the id

enum class Told : std::uint8_t { begins, never_ran, nothing };

Told told_by(EventKind kind) {
  switch (kind) {
    case EventKind::admitted:
    case EventKind::changed:
    case EventKind::observed:
    case EventKind::proved:
    case EventKind::installed: return Told::begins;
    case EventKind::refused:
    case EventKind::proof_failed:
    case EventKind::ended: return Told::never_ran;
    case EventKind::new_call:
    case EventKind::removed: break;
  }
  return Told::nothing;
}

void take(const Event& event, std::map<Key, Event>& began) {
  if (event.identity.id.empty() || event.stage.ends_with(" exec")) return;
  const Key key{event.identity.runtime_root, event.identity.id};
  switch (told_by(event.kind)) {
    case Told::begins: began[key] = event; break;
    case Told::never_ran: began.erase(key); break;
    case Told::nothing: break;
  }
}

}  // namespace

base::Result<std::vector<Event>> ended_containers(
    const base::Paths& paths, const std::vector<audit::ContainerRecord>& records) {
  std::map<Key, Event> began;
  const auto read = audit::read_event_log(
      paths.log, [&](const Event& event, std::string_view) { take(event, began); });
  if (!read) return std::unexpected(read.error());
  for (const audit::ContainerRecord& record : records) {
    began.erase({record.identity.runtime_root, record.identity.id});
    began.erase({"", record.identity.id});  // a hook knows no root
  }
  std::vector<Event> ended;
  for (auto& [key, event] : began) ended.push_back(std::move(event));
  std::ranges::stable_sort(ended, {}, &Event::time);
  return ended;
}

}  // namespace bulkhead::cli
