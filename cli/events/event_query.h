// Which events of the log are asked for, and what they add up to. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "audit/events/event.h"

namespace bulkhead::cli {

struct EventQuery {
  std::string container;  // as `bulkhead ps` takes it (cli/names/containers.h); empty: any
  std::vector<std::string> called_so;  // ids of those that their engine calls by that name
  std::string namespace_;
  std::string since;                 // RFC 3339 in UTC; empty: all
  std::set<audit::EventKind> kinds;  // empty: any
  bool exec = false;                 // only of processes that joined a container
};

[[nodiscard]] bool matches(const EventQuery& query, const audit::Event& event);

// "shop/web/app", the container's name, or its id.
[[nodiscard]] std::string container_text(const audit::Event& event);

// Why it came to this, in a sentence: the message, else the reasons, else where filter and label
// come from.
[[nodiscard]] std::string why_text(const audit::Event& event);

// Events of one container that say the same, added up.
struct EventGroup {
  audit::Event latest;
  std::uint64_t count = 0;
};

class EventSummary {
 public:
  static constexpr std::size_t kMostGroups = 100'000;  // what is beyond is counted alone
  void add(const audit::Event& event);
  // By container; of each the newest first.
  [[nodiscard]] std::vector<const EventGroup*> groups() const;
  // "3 changed, 1 refused"; empty where there was nothing.
  [[nodiscard]] std::string totals() const;

 private:
  std::map<std::string, EventGroup> groups_;
  std::map<audit::EventKind, std::uint64_t> totals_;
};

}  // namespace bulkhead::cli
