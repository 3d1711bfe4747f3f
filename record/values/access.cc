#include "record/values/access.h"

#include <algorithm>

#include "record/values/sums.h"

namespace bulkhead::record {

namespace {

std::size_t bytes_of(const Access& access) {
  return access.object.size() + access.detail.size() + access.permission.size();
}

bool is_short(const Access& access) {
  return std::ranges::max({access.object.size(), access.detail.size(), access.permission.size()}) <=
         kMaxAccessText;
}

void widen(AccessUse& use, const AccessUse& other) {
  use.first = earlier_of(use.first, other.first);
  use.last = std::max(use.last, other.last);
}

}  // namespace

std::string_view name_of(AccessKind kind) {
  switch (kind) {
    case AccessKind::capability: return "capability";
    case AccessKind::network: return "network";
    case AccessKind::unix_socket: return "unix";
    case AccessKind::signal: return "signal";
    case AccessKind::ptrace: return "ptrace";
    case AccessKind::file: return "file";
    case AccessKind::link: return "link";
    case AccessKind::mount: return "mount";
    case AccessKind::other: return "other";
  }
  return "other";
}

AccessUse* Accesses::place_of(const Access& access) {
  if (const auto there = uses_.find(access); there != uses_.end()) return &there->second;
  const std::size_t bytes = bytes_of(access);
  if (uses_.size() == kMostAccesses || bytes > kMostAccessBytes - bytes_ || !is_short(access)) {
    return nullptr;
  }
  bytes_ += bytes;
  return &uses_[access];
}

bool Accesses::add(const Access& access, const AccessUse& use) {
  AccessUse* const place = place_of(access);
  if (place == nullptr) return false;
  widen(*place, use);
  place->count = sum(place->count, use.count);
  place->by_others = sum(place->by_others, use.by_others);
  place->denied = sum(place->denied, use.denied);
  return true;
}

bool Accesses::take_larger(const Accesses& other) {
  bool all = true;
  for (const auto& [access, use] : other.uses_) {
    AccessUse* const place = place_of(access);
    all = all && place != nullptr;
    if (place == nullptr) continue;
    widen(*place, use);
    place->count = std::max(place->count, use.count);
    place->by_others = std::max(place->by_others, use.by_others);
    place->denied = std::max(place->denied, use.denied);
  }
  return all;
}

std::size_t Accesses::weight() const {
  constexpr std::size_t kBytesOfAnEntry = 64;
  return 2 * uses_.size() + bytes_ / kBytesOfAnEntry;
}

}  // namespace bulkhead::record
