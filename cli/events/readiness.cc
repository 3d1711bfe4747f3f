#include "cli/events/readiness.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "cli/events/event_query.h"

namespace bulkhead::cli {

namespace {

using audit::Event;
using audit::EventKind;

constexpr std::string_view kWouldRefuse = "would refuse: ";
constexpr std::string_view kWouldChange = "would change: ";

bool decides_a_start(const Event& event) {
  return !event.stage.starts_with("gate") && !event.stage.ends_with(" exec");
}

std::optional<Answer> answer_of(const Event& event) {
  switch (event.kind) {
    case EventKind::refused: return Answer::refuse;
    case EventKind::changed: return Answer::change;
    case EventKind::admitted: return Answer::nothing;
    case EventKind::observed:
      if (event.message.starts_with(kWouldRefuse)) return Answer::refuse;
      return event.message.starts_with(kWouldChange) ? Answer::change : Answer::nothing;
    case EventKind::proved:
    case EventKind::installed:
    case EventKind::proof_failed:
    case EventKind::ended:
    case EventKind::removed:
    case EventKind::new_call: return std::nullopt;
  }
  return std::nullopt;
}

std::string why_of(const Event& event, Answer answer) {
  if (answer == Answer::nothing) return {};
  std::string why = why_text(event);
  for (const std::string_view prefix : {kWouldRefuse, kWouldChange}) {
    if (why.starts_with(prefix)) why.erase(0, prefix.size());
  }
  return why;
}

}  // namespace

std::string_view name_of(Answer answer) {
  switch (answer) {
    case Answer::refuse: return "refused";
    case Answer::change: return "changed";
    case Answer::nothing: return "unchanged";
  }
  return "refused";
}

void Readiness::add(const Event& event) {
  const auto answer = decides_a_start(event) ? answer_of(event) : std::nullopt;
  if (!answer) return;
  const std::string name = container_text(event);
  if (containers_.size() >= kMostContainers && !containers_.contains(name)) return;
  Known& known = containers_[name];
  if (known.time > event.time) return;
  known = {event.time, event.identity.image, why_of(event, *answer), *answer};
}

std::vector<ReadinessRow> Readiness::rows() const {
  std::map<std::tuple<Answer, std::string, std::string>, ReadinessRow> rows;
  for (const auto& [name, known] : containers_) {
    ReadinessRow& row = rows[{known.answer, known.image, known.why}];
    row = {known.answer, known.image, known.why, std::move(row.containers)};
    row.containers.push_back(name);
  }
  std::vector<ReadinessRow> sorted;
  for (auto& [key, row] : rows) sorted.push_back(std::move(row));
  return sorted;
}

std::size_t Readiness::count(Answer answer) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      containers_, [&](const auto& entry) { return entry.second.answer == answer; }));
}

}  // namespace bulkhead::cli
