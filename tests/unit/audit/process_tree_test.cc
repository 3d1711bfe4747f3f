#include "audit/records/process_tree.h"

#include <catch2/catch.hpp>

namespace bulkhead::audit {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

TEST_CASE("a process belongs to the container of the process that forked it") {
  ProcessTree tree;
  tree.found(1, 0, kNoContainer, 1);
  tree.forked(1, 10, kSecond);
  tree.assign(10, 7, kSecond);
  tree.forked(10, 11, 2 * kSecond);
  tree.forked(11, 12, 3 * kSecond);
  CHECK(tree.container_of(12, std::nullopt) == 7U);
  CHECK(tree.container_of(1, std::nullopt) == kNoContainer);
  CHECK(tree.container_of(99, std::nullopt) == std::nullopt);
}

TEST_CASE("children that were forked before their container was known belong to it too") {
  ProcessTree tree;
  tree.found(1, 0, kNoContainer, 1);
  tree.forked(1, 10, kSecond);
  tree.forked(10, 11, 2 * kSecond);
  tree.forked(1, 20, 2 * kSecond);
  tree.ended(11, 3 * kSecond);
  tree.assign(10, 7, 4 * kSecond);
  CHECK(tree.container_of(11, std::nullopt) == 7U);
  CHECK(tree.container_of(20, std::nullopt) == kNoContainer);
}

TEST_CASE("a container in a container keeps its own") {
  ProcessTree tree;
  tree.found(10, 1, kNoContainer, 1);
  tree.forked(10, 11, kSecond);
  tree.assign(11, 8, kSecond);
  tree.assign(10, 7, kSecond);
  CHECK(tree.container_of(11, std::nullopt) == 8U);
}

TEST_CASE("a process that ended is still known, as long as its records may come") {
  ProcessTree tree;
  tree.found(10, 1, 7, 1);
  tree.forked(10, 11, kSecond);
  tree.ended(11, kSecond + 1000);
  tree.forget_old(2 * kSecond);
  CHECK(tree.container_of(11, kSecond) == 7U);
  tree.forget_old(kSecond + 1000 + ProcessTree::kRememberNs + 1);
  CHECK(tree.container_of(11, kSecond) == std::nullopt);
}

TEST_CASE("of two processes with one number the time of the record decides") {
  ProcessTree tree;
  tree.found(10, 1, 7, 1);
  tree.found(20, 1, 8, 1);
  tree.forked(10, 30, 1 * kSecond);
  tree.ended(30, 2 * kSecond);
  tree.forked(20, 30, 3 * kSecond);
  CHECK(tree.container_of(30, 1 * kSecond + kSecond / 2) == 7U);
  CHECK(tree.container_of(30, 3 * kSecond + kSecond / 2) == 8U);
  // Without a clock to trust neither is named.
  CHECK(tree.container_of(30, std::nullopt) == std::nullopt);
}

TEST_CASE("two processes with one number in too short a time are not told apart") {
  ProcessTree tree;
  tree.found(10, 1, 7, 1);
  tree.found(20, 1, 8, 1);
  tree.forked(10, 30, kSecond);
  tree.ended(30, kSecond + 1000);
  tree.forked(20, 30, kSecond + 2000);
  CHECK(tree.container_of(30, kSecond) == std::nullopt);
}

TEST_CASE("a number that is given out again after an end that nobody told is another process") {
  ProcessTree tree;
  tree.found(10, 1, 7, kSecond);
  tree.found(30, 1, kNoContainer, kSecond);  // a zombie
  tree.forked(10, 30, 2 * kSecond);
  CHECK(tree.container_of(30, 2 * kSecond) == 7U);
}

TEST_CASE("a birth that is told after the process was found is that of the process") {
  ProcessTree tree;
  tree.found(1, 0, kNoContainer, 2 * kSecond);
  tree.found(30, 1, 7, 2 * kSecond);
  tree.forked(1, 30, kSecond);
  CHECK(tree.container_of(30, 2 * kSecond) == 7U);
}

TEST_CASE("what an unknown process forks is unknown") {
  ProcessTree tree;
  tree.found(30, 1, 7, 1);
  tree.ended(30, kSecond);
  tree.forked(99, 30, 2 * kSecond);
  CHECK(tree.container_of(30, 2 * kSecond) == std::nullopt);
}

TEST_CASE("processes that ended are remembered up to a bound") {
  ProcessTree tree;
  tree.found(1, 0, 7, 1);
  constexpr int kMany = 100'000;
  for (int pid = 2; pid < kMany; ++pid) {
    tree.forked(1, pid, static_cast<std::uint64_t>(pid));
    tree.ended(pid, static_cast<std::uint64_t>(pid));
  }
  tree.forget_old(kMany);
  CHECK(tree.size() == ProcessTree::kMostEnded + 1);
}

}  // namespace
}  // namespace bulkhead::audit
