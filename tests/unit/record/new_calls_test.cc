#include "record/keeping/new_calls.h"

#include <catch2/catch.hpp>

#include "kernel/arch/registers.h"

namespace bulkhead::record {
namespace {

const std::uint32_t kNative = kernel::native_audit_arch();
constexpr std::uint32_t kI386 = 0x40000003;
constexpr std::uint32_t kMkdirOfI386 = 39;

// One container that has ended, and one that began behind it.
Record two_containers() {
  Record record{.name = "web", .since = 1'000};
  record.containers[{1'000, "first"}].ended = 2'000;
  record.containers[{1'000, "first"}].calls[{kNative, 0}] = {.count = 5};
  record.containers[{3'000, "second"}].name = "app";
  return record;
}

RecordedContainer& second_of(Record& record) { return record.containers[{3'000, "second"}]; }

}  // namespace

TEST_CASE("a call that no container made before is told with the container that makes it") {
  const Record before = two_containers();
  Record after = before;
  second_of(after).calls[{kNative, 0}] = {.count = 1};
  second_of(after).calls[{kI386, kMkdirOfI386}] = {.count = 1};
  const auto events = new_call_events(before, after);
  REQUIRE(events.size() == 1);
  CHECK(events[0].kind == audit::EventKind::new_call);
  CHECK(events[0].stage == "record");
  CHECK(events[0].identity.id == "second");
  CHECK(events[0].identity.container == "app");
  CHECK(events[0].message == "called what the record 'web' did not have: mkdir on x86");
  CHECK(new_call_events(after, after).empty());
}

TEST_CASE("all of the record's first run is new, and so none of it is told") {
  Record before = two_containers();
  before.containers.at({1'000, "first"}).ended = 0;
  Record after = before;
  second_of(after).calls[{kNative, 1}] = {.count = 1};
  CHECK(new_call_events(before, after).empty());
}

TEST_CASE("what is read late of the first container, when it has ended, is told by no event") {
  const Record before = two_containers();
  Record after = before;
  after.containers.at({1'000, "first"}).calls[{kNative, 231}] = {.count = 1};
  CHECK(new_call_events(before, after).empty());
}

TEST_CASE("a call that two containers make in the same moment is told once") {
  Record before = two_containers();
  Record after = before;
  second_of(after).calls[{kNative, 1}] = {.count = 1};
  after.containers[{4'000, "third"}].calls[{kNative, 1}] = {.count = 1};
  CHECK(new_call_events(before, after).size() == 1);
}

TEST_CASE("of many new calls the first are named, and the others counted") {
  const Record before = two_containers();
  Record after = before;
  for (std::uint32_t number = 100; number < 140; ++number) {
    second_of(after).calls[{kNative, number}] = {.count = 1};
  }
  const auto events = new_call_events(before, after);
  REQUIRE(events.size() == 1);
  CHECK(events[0].message.ends_with(" and 8 more"));
}

TEST_CASE("containers that were added up long ago make the next one's calls news as well") {
  Record before{.name = "web"};
  before.earlier = {.containers = 1, .started = 1, .ended = 2};
  Record after = before;
  second_of(after).calls[{kNative, 1}] = {.count = 1};
  CHECK(new_call_events(before, after).size() == 1);
}

TEST_CASE(
    "a denied call is told as a denial, and a trial's calls are its answer: neither is news") {
  Record before = two_containers();
  Record after = before;
  second_of(after).calls[{kNative, 1}] = {.denied = 1};
  CHECK(new_call_events(before, after).empty());
  second_of(after).calls[{kNative, 1}] = {.count = 1};
  after.trial.program = {{}};
  CHECK(new_call_events(before, after).empty());
}

}  // namespace bulkhead::record
