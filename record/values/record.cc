#include "record/values/record.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <utility>
#include <vector>

#include "base/counted.h"
#include "base/text.h"
#include "policy/values/record_request.h"
#include "record/values/sums.h"

namespace bulkhead::record {

using base::cat;

namespace {

void widen(CallUse& use, const CallUse& more) {
  use.first = earlier_of(use.first, more.first);
  use.last = std::max(use.last, more.last);
}

void take_larger(CallUse& use, const CallUse& other) {
  widen(use, other);
  use.count = std::max(use.count, other.count);
  use.by_exec = std::max(use.by_exec, other.by_exec);
  use.denied = std::max(use.denied, other.denied);
}

// The place of a key in a map of at most that many; null where it is full.
template <class Map>
typename Map::mapped_type* place_in(Map& map, const typename Map::key_type& key, std::size_t most) {
  const auto there = map.find(key);
  if (there != map.end()) return &there->second;
  return map.size() < most ? &map[key] : nullptr;
}

void take_larger(Losses& losses, const Losses& other) {
  for (const LossRow& row : kLossRows) {
    losses.*row.count = std::max(losses.*row.count, other.*row.count);
  }
  for (const std::string& reason : other.reasons) add_reason(losses, reason);
}

void take_larger(Calls& calls, const Calls& other, Losses& losses) {
  for (const auto& [key, use] : other) {
    CallUse* const place = place_in(calls, key, kMostCalls);
    place ? take_larger(*place, use)
          : void(losses.beyond = std::max<std::uint64_t>(losses.beyond, 1));
  }
}

void take_larger(Accesses& accesses, const Accesses& other, Losses& losses) {
  if (!accesses.take_larger(other)) losses.beyond = std::max<std::uint64_t>(losses.beyond, 1);
}

void take_larger(SeenValues& seen, const SeenValues& other) {
  seen.more = seen.more || other.more;
  for (const auto& [value, count] : other.counts) {
    std::uint64_t* const place = place_in(seen.counts, value, kMostValues);
    place ? void(*place = std::max(*place, count)) : void(seen.more = true);
  }
}

void take_larger(Arguments& arguments, const Arguments& other) {
  for (const auto& [key, seen] : other) {
    if (SeenValues* const place = place_in(arguments, key, kMostArguments)) {
      take_larger(*place, seen);
    }
  }
}

// Texts of one start are the same in every record of it; where one has none, the other's.
void take_texts(RecordedContainer& one, const RecordedContainer& other) {
  for (const auto text :
       {&RecordedContainer::name, &RecordedContainer::namespace_, &RecordedContainer::pod,
        &RecordedContainer::image, &RecordedContainer::runtime, &RecordedContainer::door,
        &RecordedContainer::kernel, &RecordedContainer::apparmor, &RecordedContainer::apparmor_loss,
        &RecordedContainer::apparmor_unasked}) {
    one.*text = std::max(one.*text, other.*text);
  }
}

void take_larger(RecordedContainer& one, const RecordedContainer& other) {
  take_texts(one, other);
  one.how = std::max(one.how, other.how);
  one.capabilities |= other.capabilities;
  one.ended = std::max(one.ended, other.ended);
  one.execs = std::max(one.execs, other.execs);
  take_larger(one.losses, other.losses);
  take_larger(one.calls, other.calls, one.losses);
  take_larger(one.arguments, other.arguments);
  take_larger(one.accesses, other.accesses, one.losses);
}

void take_larger(Earlier& one, const Earlier& other, Losses& losses) {
  one.containers = std::max(one.containers, other.containers);
  one.started = earlier_of(one.started, other.started);
  one.ended = std::max(one.ended, other.ended);
  take_larger(one.calls, other.calls, losses);
  take_larger(one.accesses, other.accesses, losses);
}

std::size_t entries_of(const RecordedContainer& container) {
  std::size_t entries = container.calls.size() + container.accesses.weight();
  for (const auto& [key, seen] : container.arguments) entries += seen.counts.size();
  return entries;
}

void fold(const ContainerKey& key, const RecordedContainer& container, Record& record) {
  Earlier& earlier = record.earlier;
  earlier.containers = sum(earlier.containers, 1);
  earlier.started = earlier_of(earlier.started, key.started);
  earlier.ended = std::max(earlier.ended, container.ended);
  for (const auto& [call, use] : container.calls) {
    CallUse* const place = place_in(earlier.calls, call, kMostCalls);
    place ? add_use(*place, use) : void(record.losses.beyond = sum(record.losses.beyond, 1));
  }
  for (const auto& [access, use] : container.accesses.uses()) {
    if (!earlier.accesses.add(access, use)) record.losses.beyond = sum(record.losses.beyond, 1);
  }
  add_losses(record.losses, container.losses);
}

std::vector<const Accesses*> accesses_of(const Record& record) {
  std::vector<const Accesses*> all = {&record.earlier.accesses};
  for (const auto& [key, container] : record.containers) all.push_back(&container.accesses);
  return all;
}

bool took_place(const AccessUse& use) { return use.count > 0 || use.denied == 0; }

// Without what could write to a terminal.
std::string printable(std::string_view text) {
  const std::string quoted = base::quoted(text);
  return quoted.substr(1, quoted.size() - 2);
}

// Takes the last ones away; how many.
template <class Container>
std::size_t cut(Container& container, std::size_t most) {
  const std::size_t before = container.size();
  while (container.size() > most) container.erase(std::prev(container.end()));
  return before - container.size();
}

std::size_t bound(Calls& calls) {
  for (auto& [key, use] : calls) {
    use.by_exec = std::min(use.by_exec, use.count);
    use.last = std::max(use.first, use.last);
  }
  return cut(calls, kMostCalls);
}

void bound(Losses& losses) { cut(losses.reasons, kMostReasons); }

void bound(RecordedContainer& container) {
  container.losses.beyond = sum(container.losses.beyond, bound(container.calls));
  bound(container.losses);
  cut(container.arguments, kMostArguments);
  for (auto& [key, seen] : container.arguments) {
    if (cut(seen.counts, kMostValues) > 0) seen.more = true;
  }
}

auto first_to_fold(Record& record) {
  const auto rank = [](const auto& entry) {
    const Time ended = entry.second.ended;
    return ended == 0 ? std::numeric_limits<Time>::max() : ended;
  };
  return std::ranges::min_element(record.containers, {}, rank);
}

}  // namespace

std::string_view name_of(How how) {
  switch (how) {
    case How::none: return "none";
    case How::log: return "log";
    case How::histogram: return "histogram";
  }
  return "none";
}

base::Result<void> check_name(std::string_view name) {
  if (policy::is_record_name(name)) return {};
  return base::fail(base::ErrorCode::usage, cat(base::quoted(name), " is no name of a record"),
                    "use small letters, digits, '_', '.' and '-', at most 63, beginning with a "
                    "letter or a digit");
}

void add_use(CallUse& use, const CallUse& more) {
  widen(use, more);
  use.count = sum(use.count, more.count);
  use.by_exec = sum(use.by_exec, more.by_exec);
  use.denied = sum(use.denied, more.denied);
}

void add_call(RecordedContainer& container, CallKey call, const CallUse& use) {
  CallUse* const place = place_in(container.calls, call, kMostCalls);
  place ? add_use(*place, use) : void(container.losses.beyond = sum(container.losses.beyond, 1));
}

void add_value(RecordedContainer& container, ArgumentKey argument, std::uint64_t value,
               std::uint64_t count) {
  SeenValues* const seen = place_in(container.arguments, argument, kMostArguments);
  if (seen == nullptr) return;
  std::uint64_t* const place = place_in(seen->counts, value, kMostValues);
  place ? void(*place = sum(*place, count)) : void(seen->more = true);
}

void add_access(RecordedContainer& container, const Access& access, const AccessUse& use) {
  if (!container.accesses.add(access, use)) {
    container.losses.beyond = sum(container.losses.beyond, 1);
  }
}

void add_reason(Losses& losses, std::string reason) {
  losses.reasons.insert(std::move(reason));
  cut(losses.reasons, kMostReasons);
}

void add_losses(Losses& losses, const Losses& more) {
  for (const LossRow& row : kLossRows) {
    losses.*row.count = sum(losses.*row.count, more.*row.count);
  }
  for (const std::string& reason : more.reasons) add_reason(losses, reason);
}

std::string text_of(const Losses& losses) {
  std::vector<std::string> parts;
  for (const LossRow& row : kLossRows) {
    if (const std::uint64_t count = losses.*row.count; count > 0) {
      parts.push_back(cat(base::counted(count, row.one, row.more), ' ', row.rest));
    }
  }
  for (const std::string& reason : losses.reasons) parts.push_back(printable(reason));
  return base::join(parts, "; ");
}

Losses all_losses(const Record& record) {
  Losses losses = record.losses;
  for (const auto& [key, container] : record.containers) add_losses(losses, container.losses);
  return losses;
}

std::string apparmor_loss(const Record& record) {
  std::set<std::string> reasons;
  for (const auto& [key, container] : record.containers) {
    if (!container.apparmor_loss.empty()) reasons.insert(printable(container.apparmor_loss));
  }
  return base::join(std::vector<std::string>(reasons.begin(), reasons.end()), "; ");
}

Accesses::Map all_accesses(const Record& record) {
  Accesses::Map all;
  for (const auto* const accesses : accesses_of(record)) {
    for (const auto& [access, use] : accesses->uses()) {
      if (!took_place(use)) continue;
      all[access].by_others = sum(all[access].by_others, use.by_others);
    }
  }
  return all;
}

std::set<Access> denied_accesses(const Record& record) {
  const Accesses::Map done = all_accesses(record);
  std::set<Access> denied;
  for (const auto* const accesses : accesses_of(record)) {
    for (const auto& [access, use] : accesses->uses()) {
      if (use.denied > 0 && !done.contains(access)) denied.insert(access);
    }
  }
  return denied;
}

std::size_t entries_of(const Record& record) {
  std::size_t entries = 0;
  for (const auto& [key, container] : record.containers) entries += entries_of(container);
  return entries;
}

void bound(Record& record) {
  for (auto& [key, container] : record.containers) bound(container);
  record.losses.beyond = sum(record.losses.beyond, bound(record.earlier.calls));
  bound(record.losses);
  std::size_t entries = entries_of(record);
  while (record.containers.size() > kMostContainers || entries > kMostEntries) {
    const auto first = first_to_fold(record);
    entries -= entries_of(first->second);
    fold(first->first, first->second, record);
    record.containers.erase(first);
  }
}

Record merge(Record one, const Record& other) {
  one.since = earlier_of(one.since, other.since);
  for (const auto& [key, container] : other.containers) {
    const auto [place, is_new] = one.containers.try_emplace(key, container);
    if (!is_new) take_larger(place->second, container);
  }
  take_larger(one.losses, other.losses);
  take_larger(one.earlier, other.earlier, one.losses);
  bound(one);
  return one;
}

}  // namespace bulkhead::record
