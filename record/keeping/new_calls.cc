#include "record/keeping/new_calls.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "base/text.h"
#include "kernel/arch/registers.h"
#include "policy/syscalls/call_names.h"
#include "record/values/calls.h"

namespace bulkhead::record {

using base::cat;

namespace {

constexpr std::string_view kStage = "record";
constexpr std::size_t kMostNamed = 32;

bool began_after_another(const ContainerKey& key, const Record& record) {
  if (record.earlier.containers > 0) return true;
  return std::ranges::any_of(record.containers, [&](const auto& entry) {
    return entry.second.ended != 0 && entry.second.ended <= key.started;
  });
}

std::set<CallKey> calls_of(const Record& record) {
  std::set<CallKey> calls;
  for (const auto& [call, sum] : sum_of(record, Joins::counted)) {
    if (sum.use.count > 0) calls.insert(call);
  }
  return calls;
}

// Those that were not known; they are from now on.
std::vector<CallKey> take_new_calls(const RecordedContainer& container, std::set<CallKey>& known) {
  std::vector<CallKey> calls;
  for (const auto& [call, use] : container.calls) {
    if (use.count > 0 && known.insert(call).second) calls.push_back(call);
  }
  return calls;
}

// "mkdir", "mkdir on x86" where that is not the machine's own architecture.
std::string described(CallKey call) {
  if (call.arch == kernel::native_audit_arch()) return text_of(call);
  return cat(text_of(call), " on ", policy::arch_name(call.arch, call.number));
}

// "mkdir, rename and 3 more"
std::string list_of(const std::vector<CallKey>& calls) {
  std::vector<std::string> names;
  for (const CallKey& call : calls) {
    if (names.size() == kMostNamed) break;
    names.push_back(described(call));
  }
  const std::size_t more = calls.size() - names.size();
  return more == 0 ? base::join(names, ", ") : cat(base::join(names, ", "), " and ", more, " more");
}

audit::Event event_of(const ContainerKey& key, const RecordedContainer& container,
                      const std::string& record, const std::vector<CallKey>& calls) {
  audit::Event event{.kind = audit::EventKind::new_call, .stage = std::string(kStage)};
  event.identity.id = key.id;
  event.identity.container = container.name;
  event.identity.namespace_ = container.namespace_;
  event.identity.pod = container.pod;
  event.identity.image = container.image;
  event.message = cat("called what the record '", record, "' did not have: ", list_of(calls));
  return event;
}

}  // namespace

std::vector<audit::Event> new_call_events(const Record& before, const Record& after) {
  std::vector<audit::Event> events;
  if (!after.trial.program.empty()) return events;
  std::set<CallKey> known = calls_of(before);
  for (const auto& [key, container] : after.containers) {
    if (!began_after_another(key, after)) continue;
    const auto calls = take_new_calls(container, known);
    if (!calls.empty()) events.push_back(event_of(key, container, after.name, calls));
  }
  return events;
}

}  // namespace bulkhead::record
