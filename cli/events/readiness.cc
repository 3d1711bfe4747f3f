#include "cli/events/readiness.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "base/text.h"
#include "cli/events/event_query.h"
#include "policy/decide/enforce_answer.h"

namespace bulkhead::cli {

namespace {

using audit::Event;
using audit::EventKind;

constexpr std::string_view kGate = "gate";

// What mode observe let go, by the answer that the message begins with.
std::optional<Answer> answer_in(std::string_view message) {
  if (message.starts_with(policy::kWouldRefuse)) return Answer::refuse;
  if (message.starts_with(policy::kWouldChange)) return Answer::change;
  if (message.starts_with(policy::kWouldChangeNothing)) return Answer::nothing;
  return std::nullopt;
}

// Of a decision, or of what became of it.
std::optional<Answer> answer_of(const Event& event) {
  if (event.stage.ends_with(" exec")) return std::nullopt;
  if (const auto answer = answer_in(event.message)) return answer;
  switch (event.kind) {
    case EventKind::refused:
    case EventKind::proof_failed: return Answer::refuse;
    case EventKind::changed:
    case EventKind::installed: return Answer::change;
    case EventKind::admitted:
    case EventKind::observed:
    case EventKind::proved: return Answer::nothing;
    case EventKind::ended:
    case EventKind::removed:
    case EventKind::new_call: return std::nullopt;
  }
  return std::nullopt;
}

// A proof that held says nothing new where the decision of the same start is known; a hook logs
// none.
bool says_nothing_new(const Event& event, std::string_view known_id) {
  const bool held = event.kind == EventKind::proved || event.kind == EventKind::installed;
  return event.stage == kGate && held && !answer_in(event.message) && event.identity.id == known_id;
}

std::string why_of(const Event& event, Answer answer) {
  if (answer == Answer::nothing) return {};
  std::string why = why_text(event);
  for (const std::string_view prefix : {policy::kWouldRefuse, policy::kWouldChange}) {
    if (why.starts_with(prefix)) why.erase(0, prefix.size());
  }
  return why.substr(0, why.find(base::cat("; ", policy::kLetGo)));
}

std::vector<std::string> rules_of(const Event& event) {
  std::set<std::string> rules;
  for (const policy::Finding& finding : event.findings) {
    if (finding.severity == policy::Severity::error) rules.insert(finding.check);
  }
  return {rules.begin(), rules.end()};
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
  const auto answer = answer_of(event);
  if (!answer) return;
  const std::string name = container_text(event);
  if (containers_.size() >= kMostContainers && !containers_.contains(name)) return;
  Known& known = containers_[name];
  if (known.time > event.time || says_nothing_new(event, known.id)) return;
  known = {event.time,           event.identity.id,
           event.identity.image, why_of(event, *answer),
           rules_of(event),      *answer};
}

std::vector<ReadinessRow> Readiness::rows() const {
  std::map<std::tuple<Answer, std::string, std::string>, ReadinessRow> rows;
  for (const auto& [name, known] : containers_) {
    ReadinessRow& row = rows[{known.answer, known.image, known.why}];
    row = {known.answer, known.image, known.rules, known.why, std::move(row.containers)};
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
