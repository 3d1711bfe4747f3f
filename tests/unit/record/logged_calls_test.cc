#include "record/keeping/logged_calls.h"

#include <catch2/catch.hpp>

#include "tests/unit/record/sample_record.h"

namespace bulkhead::record {
namespace {

audit::Denial line(std::string_view arch, std::uint32_t number, bool would) {
  audit::Denial denial{.time = "2026-11-28T07:00:00.000Z", .naming = audit::Naming::named};
  denial.identity.id = "c1";
  denial.identity.container = "app";
  denial.arch = arch;
  denial.nr = number;
  denial.would = would;
  return denial;
}

constexpr Time kSeven = 1'795'849'200'000;

TEST_CASE("lines of one container add up to its calls, let through and denied") {
  Record record;
  add_logged(record, line("x86_64", 0, true));
  audit::Denial again = line("x86_64", 0, true);
  again.count = 4;
  again.last = "2026-11-28T07:00:09.500Z";
  add_logged(record, again);
  add_logged(record, line("x86", 20, false));
  REQUIRE(record.containers.size() == 1);
  const RecordedContainer& container = record.containers.begin()->second;
  CHECK(container.name == "app");
  CHECK(container.calls.at({kX86_64, 0}) ==
        CallUse{.count = 5, .first = kSeven, .last = kSeven + 9'000});
  CHECK(container.calls.at({kX86, 20}) == CallUse{.first = kSeven, .last = kSeven, .denied = 1});
  CHECK(record.since == kSeven);
  CHECK(container.ended == kSeven + 9'000);
}

TEST_CASE("an x32 call keeps its bit") {
  Record record;
  add_logged(record, line("x32", 0x40000000, true));
  CHECK(record.containers.begin()->second.calls.contains({kX86_64, 0x40000000}));
}

TEST_CASE("what the log lost, did not tell singly, or cannot name is a loss") {
  Record record;
  audit::Denial loss{.kind = audit::DenialKind::loss, .message = "12 records lost by the kernel"};
  audit::Denial overflow{.kind = audit::DenialKind::overflow, .count = 7};
  add_logged(record, loss);
  add_logged(record, overflow);
  add_logged(record, line("arch 0x1234", 1, true));
  CHECK(text_of(record.losses) ==
        "8 records of the kernel that did not arrive; 12 records lost by the kernel");
  CHECK(record.containers.empty());
}

TEST_CASE("what AppArmor says is no call") {
  Record record;
  add_logged(record, {.kind = audit::DenialKind::apparmor});
  CHECK(record == Record());
}

TEST_CASE("what complain mode let through counts as done, and bytes that are no text as a loss") {
  Record record;
  audit::Denial denial = line("", 0, true);
  denial.kind = audit::DenialKind::apparmor;
  denial.operation = "open";
  denial.path = "/etc/passwd";
  denial.denied = "r";
  denial.count = 3;
  add_logged(record, denial);
  const RecordedContainer& container = record.containers.begin()->second;
  CHECK(container.accesses.uses().at({.object = "/etc/passwd", .permission = "r"}) ==
        AccessUse{.count = 3, .first = kSeven, .last = kSeven, .by_others = 3});
  denial.path = "/tmp/\xef\xbf\xbd";
  add_logged(record, denial);
  CHECK(container.accesses.uses().size() == 1);
  CHECK(text_of(container.losses) == "a path that is no text was accessed");
  denial.would = false;
  denial.path = "/etc/shadow";
  add_logged(record, denial);
  CHECK(container.accesses.uses().size() == 1);
}

}  // namespace
}  // namespace bulkhead::record
