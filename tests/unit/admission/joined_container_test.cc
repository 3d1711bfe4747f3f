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

// What an exec that read the record in one state installs, while the record is in another.
base::Result<std::vector<kernel::Installation>> filters_joining(RecordState when_read,
                                                                RecordState now) {
  const Node node;
  ContainerRecord record = recorded_as(now);
  REQUIRE(audit::write_record(node.paths, record));
  HeldContainer container;
  container.joins = recorded_as(when_read);
  container.identity = record.identity;
  return filters_to_join(container, node.paths);
}

}  // namespace

TEST_CASE("the record that an exec read before its container had begun is read again") {
  const auto filters = filters_joining(RecordState::held, RecordState::observed);
  REQUIRE(filters);
  CHECK(filters->empty());
}

TEST_CASE("the record that an exec read of a container that had begun is not read again") {
  const auto filters = filters_joining(RecordState::observed, RecordState::held);
  REQUIRE(filters);
  CHECK(filters->empty());
}

TEST_CASE("a container that does not begin is not joined") {
  const auto filters = filters_joining(RecordState::held, RecordState::held);
  REQUIRE_FALSE(filters);
  CHECK(filters.error().remedy == "start the container first");
}

}  // namespace bulkhead::admission::testing
