// Counters with the names of containers as labels, at most kMost of them, however many containers
// come and go.
//
// While there is room each container has counters of its own. When there is none, a counter that
// has not grown for kQuietNs makes room; else what is counted goes to the counter whose names are
// all kOther, which stands beside the limit. So the sum over all of them never loses anything, and
// a container cannot take a counter from one that is being denied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::audit {

using LabelValues = std::vector<std::string>;

struct ContainerLabels {
  std::string namespace_;
  std::string pod;
  std::string container;
  std::string kind;
  std::string action;
};

class ContainerSeries {
 public:
  static constexpr std::size_t kMost = 500;
  static constexpr std::uint64_t kQuietNs = 3'600'000'000'000;
  // No name of Kubernetes, and no id of an engine, begins with an underscore.
  static constexpr std::string_view kOther = "_other";

  void add(const ContainerLabels& labels, std::uint64_t count, std::uint64_t now_ns);

  struct Series {
    std::uint64_t value = 0;
    std::uint64_t grown_ns = 0;
  };
  // The labels in the order of ContainerLabels.
  [[nodiscard]] const std::map<LabelValues, Series>& named() const { return named_; }
  [[nodiscard]] const std::map<LabelValues, Series>& other() const { return other_; }

 private:
  [[nodiscard]] bool make_room(std::uint64_t now_ns);

  std::map<LabelValues, Series> named_;
  std::map<LabelValues, Series> other_;  // one for each kind and action
};

}  // namespace bulkhead::audit
