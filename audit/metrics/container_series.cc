#include "audit/metrics/container_series.h"

#include <algorithm>

namespace bulkhead::audit {

bool ContainerSeries::make_room(std::uint64_t now_ns) {
  if (named_.size() < kMost) return true;
  const auto quietest =
      std::ranges::min_element(named_, {}, [](const auto& entry) { return entry.second.grown_ns; });
  if (quietest->second.grown_ns + kQuietNs > now_ns) return false;
  named_.erase(quietest);
  return true;
}

void ContainerSeries::add(const ContainerLabels& labels, std::uint64_t count,
                          std::uint64_t now_ns) {
  const LabelValues names = {labels.namespace_, labels.pod, labels.container, labels.kind,
                             labels.action};
  const bool has_its_own = named_.contains(names) || make_room(now_ns);
  const std::string other(kOther);
  Series& series =
      has_its_own ? named_[names] : other_[{other, other, other, labels.kind, labels.action}];
  series.value += count;
  series.grown_ns = now_ns;
}

}  // namespace bulkhead::audit
