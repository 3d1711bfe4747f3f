#include "record/values/record.h"

#include <catch2/catch.hpp>

#include "base/text.h"
#include "tests/unit/record/sample_record.h"

namespace bulkhead::record {
namespace {

constexpr CallKey kRead = {kX86_64, 0};

Record record_of(Time started, const CallUse& use, Time ended = 0) {
  Record record{.name = "web"};
  RecordedContainer& container = record.containers[{started, base::cat("c", started)}];
  container.ended = ended;
  container.calls[kRead] = use;
  return record;
}

TEST_CASE("a name of a record is a plain file name") {
  for (const char* good : {"web", "0", "a_b.c-d"}) CHECK(check_name(good).has_value());
  for (const char* bad : {"", ".", "..", "-o", "_a", "Web", "a/b", "a b", "a\n", "\xc3\xa4"}) {
    CAPTURE(bad);
    const auto checked = check_name(bad);
    REQUIRE_FALSE(checked.has_value());
    CHECK_THAT(checked.error().message, Catch::Contains("is no name of a record"));
  }
  CHECK(check_name(std::string(63, 'a')).has_value());
  CHECK_FALSE(check_name(std::string(64, 'a')).has_value());
}

TEST_CASE("what a container does again is added to what it did") {
  RecordedContainer container;
  add_call(container, kRead, {.count = 2, .first = 20, .last = 30, .denied = 1});
  add_call(container, kRead, {.count = 3, .first = 10, .last = 25, .by_exec = 1});
  CHECK(container.calls.at(kRead) ==
        CallUse{.count = 5, .first = 10, .last = 30, .by_exec = 1, .denied = 1});
}

TEST_CASE("a count stops at the largest number") {
  RecordedContainer container;
  add_call(container, kRead, {.count = ~std::uint64_t{0} - 1});
  add_call(container, kRead, {.count = 2});
  CHECK(container.calls.at(kRead).count == ~std::uint64_t{0});
}

TEST_CASE("a container that makes every call there is does not fill the disk, and that is told") {
  RecordedContainer container;
  for (std::uint32_t number = 0; number < kMostCalls + 5; ++number) {
    add_call(container, {kX86_64, number}, {.count = 1});
  }
  CHECK(container.calls.size() == kMostCalls);
  CHECK(text_of(container.losses) == "5 entries beyond what a record holds");
}

TEST_CASE("values of an argument are kept up to a bound, and that there were more is known") {
  RecordedContainer container;
  const ArgumentKey family{{kX86_64, 41}, 0};
  for (std::uint64_t value = 0; value < kMostValues + 1; ++value) {
    add_value(container, family, value, 1);
  }
  add_value(container, family, 0, 4);
  const SeenValues& seen = container.arguments.at(family);
  CHECK(seen.counts.size() == kMostValues);
  CHECK(seen.counts.at(0) == 5);
  CHECK(seen.more);
}

TEST_CASE("losses are told in words, those of every container together") {
  CHECK(text_of(Losses{}).empty());
  CHECK(text_of(all_losses(sample_record())) ==
        "1 entry that the kernel's table dropped; 2 records of the kernel that did not arrive; "
        "1 process that ended before being read; tracefs was unmounted");
}

TEST_CASE("merging two records does not depend on the order") {
  Record other = record_of(2'000, {.count = 1, .first = 5, .last = 6}, 9'000);
  other.containers[{1'000, "c1"}].calls[kRead] = {.count = 20, .first = 900, .last = 2'000};
  other.earlier = {.containers = 4, .started = 5, .ended = 6};
  other.losses.unread = 3;
  const Record merged = merge(sample_record(), other);
  CHECK(merged == merge(other, sample_record()));
  CHECK(merged.containers.size() == 3);
  CHECK(merged.containers.at({1'000, "c1"}).calls.at(kRead) ==
        CallUse{.count = 20, .first = 900, .last = 4'000, .by_exec = 2});
  CHECK(merged.losses.unread == 3);
  CHECK(merged.earlier.containers == 4);
}

TEST_CASE(
    "a merged record begins with the older one, and tells values for which there is no place") {
  const ArgumentKey family{{kX86_64, 41}, 0};
  Record one{.since = 5};
  Record other{.since = 3};
  for (std::uint64_t value = 0; value < kMostValues; ++value) {
    one.containers[{1, "c"}].arguments[family].counts[value] = 1;
    other.containers[{1, "c"}].arguments[family].counts[value + 1] = 1;
  }
  const Record merged = merge(one, other);
  CHECK(merged.since == 3);
  CHECK(merged.containers.at({1, "c"}).arguments.at(family).counts.size() == kMostValues);
  CHECK(merged.containers.at({1, "c"}).arguments.at(family).more);
}

TEST_CASE("merging a record with itself, or twice with another, changes nothing") {
  CHECK(merge(sample_record(), sample_record()) == sample_record());
  const Record other = record_of(7'000, {.count = 1});
  const Record once = merge(sample_record(), other);
  CHECK(merge(once, other) == once);
}

TEST_CASE("of too many containers those that ended first are added up, those that run stay") {
  Record record{.name = "web"};
  for (Time at = 1; at <= kMostContainers + 2; ++at) {
    const Time ended = at == 1 ? 0 : at + 10;
    record = merge(std::move(record), record_of(at, {.count = 2, .first = at, .last = at}, ended));
  }
  CHECK(record.containers.size() == kMostContainers);
  CHECK(record.containers.contains({1, "c1"}));
  CHECK_FALSE(record.containers.contains({2, "c2"}));
  CHECK(record.earlier.containers == 2);
  CHECK(record.earlier.started == 2);
  CHECK(record.earlier.ended == 13);
  CHECK(record.earlier.calls.at(kRead) == CallUse{.count = 4, .first = 2, .last = 3});
}

TEST_CASE("numbers that cannot be are put right before a record is written") {
  Record record = record_of(1, {.count = 1, .first = 5, .by_exec = 2});
  RecordedContainer& container = record.containers.begin()->second;
  for (std::uint32_t number = 1; number <= kMostCalls; ++number) {
    container.calls[{kX86_64, number}] = {.count = 1};
  }
  for (std::uint64_t value = 0; value <= kMostValues; ++value) {
    container.arguments[{kRead, 0}].counts[value] = 1;
  }
  for (unsigned at = 0; at <= kMostReasons; ++at) record.losses.reasons.insert(base::cat("r", at));
  bound(record);
  CHECK(container.calls.at(kRead) == CallUse{.count = 1, .first = 5, .last = 5, .by_exec = 1});
  CHECK(container.calls.size() == kMostCalls);
  CHECK(container.losses.beyond == 1);
  CHECK(container.arguments.at({kRead, 0}).more);
  CHECK(record.losses.reasons.size() == kMostReasons);
}

TEST_CASE("losses of a container outlive its place in the record") {
  Record record{.name = "web"};
  for (Time at = 1; at <= kMostContainers + 1; ++at) {
    record.containers[{at, "c"}] = {.ended = at, .losses = {.audit_lost = 1}};
  }
  bound(record);
  CHECK(record.containers.size() == kMostContainers);
  CHECK(all_losses(record).audit_lost == kMostContainers + 1);
}

}  // namespace
}  // namespace bulkhead::record
