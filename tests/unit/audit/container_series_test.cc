#include "audit/metrics/container_series.h"

#include <catch2/catch.hpp>

namespace bulkhead::audit {
namespace {

constexpr std::uint64_t kHour = ContainerSeries::kQuietNs;

ContainerLabels of_pod(const std::string& pod) {
  return {
      .namespace_ = "shop", .pod = pod, .container = "app", .kind = "seccomp", .action = "ERRNO"};
}

std::uint64_t sum(const ContainerSeries& series) {
  std::uint64_t total = 0;
  for (const auto* all : {&series.named(), &series.other()}) {
    for (const auto& [labels, one] : *all) total += one.value;
  }
  return total;
}

ContainerSeries full_at(std::uint64_t now_ns) {
  ContainerSeries series;
  for (std::size_t i = 0; i < ContainerSeries::kMost; ++i) {
    series.add(of_pod("pod-" + std::to_string(i)), 1, now_ns);
  }
  return series;
}

TEST_CASE("each container, kind and action has a counter of its own") {
  ContainerSeries series;
  series.add(of_pod("a"), 1, 0);
  series.add(of_pod("a"), 4, 0);
  series.add(of_pod("b"), 1, 0);
  auto killed = of_pod("a");
  killed.action = "KILL_PROCESS";
  series.add(killed, 1, 0);
  CHECK(series.named().size() == 3);
  CHECK(series.named().at({"shop", "a", "app", "seccomp", "ERRNO"}).value == 5);
  CHECK(series.other().empty());
}

TEST_CASE("beyond the limit denials are counted under _other, and none is lost") {
  ContainerSeries series = full_at(0);
  series.add(of_pod("late"), 7, 1);
  series.add(of_pod("later"), 3, 1);
  CHECK(series.named().size() == ContainerSeries::kMost);
  CHECK(series.other().size() == 1);
  CHECK(series.other().at({"_other", "_other", "_other", "seccomp", "ERRNO"}).value == 10);
  CHECK(sum(series) == ContainerSeries::kMost + 10);
}

TEST_CASE("a counter that has not grown for an hour makes room, the quietest first") {
  ContainerSeries series = full_at(10);
  series.add(of_pod("pod-3"), 1, 5);  // the quietest
  series.add(of_pod("late"), 1, kHour + 4);
  CHECK(series.other().size() == 1);
  series.add(of_pod("late"), 1, kHour + 5);
  CHECK(series.named().size() == ContainerSeries::kMost);
  CHECK(series.named().contains({"shop", "late", "app", "seccomp", "ERRNO"}));
  CHECK_FALSE(series.named().contains({"shop", "pod-3", "app", "seccomp", "ERRNO"}));
}

TEST_CASE("a container that is still denied keeps its counter when all others come and go") {
  ContainerSeries series = full_at(0);
  for (std::size_t i = 0; i < 3 * ContainerSeries::kMost; ++i) {
    const std::uint64_t now = kHour + i;
    series.add(of_pod("pod-0"), 1, now);
    series.add(of_pod("new-" + std::to_string(i)), 1, now);
  }
  CHECK(series.named().at({"shop", "pod-0", "app", "seccomp", "ERRNO"}).value ==
        1 + 3 * ContainerSeries::kMost);
}

}  // namespace
}  // namespace bulkhead::audit
