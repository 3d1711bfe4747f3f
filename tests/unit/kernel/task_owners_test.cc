#include "kernel/tracing/task_owners.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace bulkhead::kernel;

TEST_CASE("whoever descends from a container's first process is the container's, in any order") {
  TaskOwners owners;
  owners.add(10, 1);
  owners.add(20, 2);
  owners.add_forks(std::vector<TaskFork>{{12, 13}, {11, 12}, {10, 11}, {20, 21}, {99, 100}});
  CHECK(owners.owner_of(13) == 1U);
  CHECK(owners.owner_of(21) == 2U);
  CHECK_FALSE(owners.owner_of(100));
  CHECK(owners.ambiguous() == 0);
}

TEST_CASE("a number that tasks of two containers had is counted as ambiguous") {
  TaskOwners owners;
  owners.add(10, 1);
  owners.add(20, 2);
  owners.add_forks(std::vector<TaskFork>{{10, 30}, {20, 30}});
  CHECK(owners.owner_of(30).has_value());
  CHECK(owners.ambiguous() == 1);
}

TEST_CASE("forks that go in a circle, as numbers that are used again make them, come to an end") {
  TaskOwners owners;
  owners.add(10, 1);
  owners.add_forks(std::vector<TaskFork>{{10, 11}, {11, 12}, {12, 11}, {12, 10}});
  CHECK(owners.owner_of(12) == 1U);
}
