#include "admission/joined_container.h"

#include <unistd.h>

#include <catch2/catch.hpp>

#include "kernel/tasks/task_status.h"
#include "tests/unit/admission/admission_node.h"

namespace bulkhead::admission::testing {
namespace {

using audit::ContainerRecord;
using audit::RecordState;

// Of a container that runs, whose init is this process, and whose filter was left to the gate.
ContainerRecord recorded_as(RecordState state) {
  ContainerRecord record;
  record.identity = {.id = "web", .runtime_root = "/run/runc"};
  record.state = state;
  record.time = record.created = "2026-01-02T03:04:05Z";
  record.source = "shim";
  record.pid = ::getpid();
  record.start_time = kernel::read_start_time(::getpid()).value_or(0);
  record.seccomp = "runtime/default";
  record.seccomp_loader = audit::kLoadedByGate;
  return record;
}

HeldContainer joining(const ContainerRecord& record) {
  HeldContainer container;
  container.identity = record.identity;
  container.joins = record;
  return container;
}

}  // namespace

TEST_CASE("the record that an exec read before its container had begun is read again") {
  const Node node;
  ContainerRecord begun = recorded_as(RecordState::observed);
  REQUIRE(audit::write_record(node.paths, begun));
  const auto filters = filters_to_join(joining(recorded_as(RecordState::held)), node.paths);
  REQUIRE(filters);
  CHECK(filters->empty());
}

TEST_CASE("the record that an exec read of a container that had begun is not read again") {
  const Node node;
  ContainerRecord another = recorded_as(RecordState::held);
  REQUIRE(audit::write_record(node.paths, another));
  const auto filters = filters_to_join(joining(recorded_as(RecordState::observed)), node.paths);
  REQUIRE(filters);
  CHECK(filters->empty());
}

TEST_CASE("a container that does not begin is not joined") {
  const Node node;
  ContainerRecord held = recorded_as(RecordState::held);
  REQUIRE(audit::write_record(node.paths, held));
  const auto filters = filters_to_join(joining(held), node.paths);
  REQUIRE_FALSE(filters);
  CHECK(filters.error().remedy == "start the container first");
}

}  // namespace bulkhead::admission::testing
