#include "cli/denials/unlogged.h"

#include <algorithm>
#include <iterator>

#include "audit/events/event_reader.h"
#include "base/text.h"
#include "cli/names/containers.h"

namespace bulkhead::cli {

using audit::ContainerRecord;
using audit::Event;
using audit::EventKind;
using base::cat;

namespace {

constexpr std::size_t kMostNames = 3;

std::string who(const std::vector<std::string>& names) {
  const std::vector<std::string> first(
      names.begin(),
      names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kMostNames)));
  std::string text = base::join(first, ", ");
  if (names.size() > kMostNames) text += cat(" and ", names.size() - kMostNames, " more");
  return text;
}

std::string name_of(const policy::Identity& identity, const audit::EngineNames& names) {
  const std::string name = display_name(identity, names.of(identity.id));
  return name.empty() ? short_id(identity.id) : name;
}

bool is_asked_for(const policy::Identity& identity, const DenialQuery& query) {
  if (!query.namespace_.empty() && identity.namespace_ != query.namespace_) return false;
  return query.container.contain(identity);
}

// Whether something runs after it.
bool began(EventKind kind) {
  switch (kind) {
    case EventKind::admitted:
    case EventKind::changed:
    case EventKind::observed:
    case EventKind::proved:
    case EventKind::installed: return true;
    case EventKind::refused:
    case EventKind::proof_failed:
    case EventKind::ended:
    case EventKind::new_call:
    case EventKind::removed: return false;
  }
  return false;
}

bool runs(const policy::Identity& identity, const std::vector<ContainerRecord>& running) {
  return std::ranges::any_of(running, [&](const ContainerRecord& record) {
    return record.identity.id == identity.id && !audit::is_stale(record);
  });
}

bool asks_for_few(const DenialQuery& query) {
  return !query.container.name.empty() || !query.namespace_.empty() || !query.since.empty();
}

void add_ended(const DenialQuery& query, const base::Paths& paths,
               const std::vector<ContainerRecord>& running, const audit::EngineNames& names,
               UnloggedContainers& containers) {
  UnloggedEvents events;
  const auto read = audit::read_event_log(paths.log, [&](const Event& event, std::string_view) {
    if (event.time >= query.since && is_asked_for(event.identity, query)) events.add(event);
  });
  if (!read) return;
  for (auto& [why, more] : events.containers(running, names)) {
    std::ranges::move(more, std::back_inserter(containers[why]));
  }
}

}  // namespace

UnloggedContainers unlogged_containers(const std::vector<ContainerRecord>& records,
                                       const DenialQuery& query, const audit::EngineNames& names) {
  UnloggedContainers found;
  for (const ContainerRecord& record : records) {
    if (record.seccomp_unlogged.empty() || !is_asked_for(record.identity, query)) continue;
    if (!audit::is_stale(record)) {
      found[record.seccomp_unlogged].push_back(name_of(record.identity, names));
    }
  }
  return found;
}

// The last word of each counts: the proof's behind the decision's.
void UnloggedEvents::add(const Event& event) {
  if (!began(event.kind) || event.identity.id.empty()) return;
  const bool exec = event.stage.ends_with(" exec");
  const std::string key =
      cat(event.identity.runtime_root, '\n', event.identity.id, exec ? "\nexec" : "");
  if (event.seccomp_unlogged.empty()) {
    told_.erase(key);
  } else {
    told_[key] = {event.identity, exec, event.seccomp_unlogged};
  }
}

UnloggedContainers UnloggedEvents::containers(const std::vector<ContainerRecord>& running,
                                              const audit::EngineNames& names) const {
  UnloggedContainers found;
  for (const auto& [key, told] : told_) {
    if (!told.exec && runs(told.identity, running)) continue;
    const std::string name = name_of(told.identity, names);
    found[told.why].push_back(told.exec ? cat("what `exec` added to ", name) : name);
  }
  return found;
}

std::string unlogged_sentence(const UnloggedContainers& containers) {
  if (containers.empty()) return {};
  std::vector<std::string> parts;
  for (const auto& [why, names] : containers) {
    parts.push_back(cat("what the seccomp filters of ", who(names), " deny, because ", why));
  }
  return cat("Not recorded: ", base::join(parts, "; "), '.');
}

std::string unlogged_sentence_for(const DenialQuery& query, const base::Paths& paths,
                                  const audit::EngineNames& names) {
  const auto list = audit::read_records(paths);
  if (!list) return {};
  UnloggedContainers containers = unlogged_containers(list->records, query, names);
  if (asks_for_few(query)) add_ended(query, paths, list->records, names, containers);
  return unlogged_sentence(containers);
}

}  // namespace bulkhead::cli
