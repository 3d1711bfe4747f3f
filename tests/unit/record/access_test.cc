#include "record/values/access.h"

#include <catch2/catch.hpp>

#include "base/text.h"
#include "record/values/record_json.h"
#include "tests/unit/record/sample_record.h"

namespace bulkhead::record {
namespace {

Access reading(std::string path) {
  return {.kind = AccessKind::file, .object = std::move(path), .permission = "r"};
}

std::string refusal_of(std::string_view access) {
  const auto read = parse_record(
      base::cat(R"({"version":1,"name":"web","containers":[{"id":"c","started":1,"how":"log",)",
                R"("calls":[],"accesses":[)", access, "]}]}"),
      "web.json");
  REQUIRE_FALSE(read.has_value());
  return read.error().sentence();
}

TEST_CASE("an access that is seen again is counted, with its first and its last time") {
  Accesses accesses;
  CHECK(accesses.add(reading("/a"), {.count = 2, .first = 20, .last = 30, .by_others = 1}));
  CHECK(accesses.add(reading("/a"), {.count = 1, .first = 10, .last = 25}));
  REQUIRE(accesses.uses().size() == 1);
  CHECK(accesses.uses().at(reading("/a")) ==
        AccessUse{.count = 3, .first = 10, .last = 30, .by_others = 1});
}

TEST_CASE("a program that touches file after file does not make its record grow without a bound") {
  RecordedContainer container;
  for (std::size_t i = 0; i < kMostAccesses + 10; ++i) {
    add_access(container, reading(base::cat("/tmp/", i)), {.count = 1});
  }
  CHECK(container.accesses.uses().size() == kMostAccesses);
  CHECK(text_of(container.losses) == "10 entries beyond what a record holds");
}

TEST_CASE("long paths count by their bytes, and one that is too long is a loss") {
  Accesses accesses;
  std::size_t taken = 0;
  while (accesses.add(reading(base::cat(taken, std::string(1'000, 'a'))), {.count = 1})) ++taken;
  CHECK(taken * 1'000 <= kMostAccessBytes);
  CHECK(taken * 1'100 > kMostAccessBytes);
  CHECK(accesses.weight() > kMostAccessBytes / 64);
  CHECK_FALSE(Accesses{}.add(reading(std::string(kMaxAccessText + 1, 'a')), {.count = 1}));
}

TEST_CASE("a record that is full of accesses can be written and read") {
  Record record{.name = "web"};
  for (std::uint64_t i = 0; i < 40; ++i) {
    RecordedContainer& container = record.containers[{i + 1, "c"}];
    container.ended = i + 2;
    for (std::size_t k = 0; k < kMostAccesses; ++k) {
      const std::string path = base::cat(i, '/', k, std::string(100, '\x01'));
      add_access(container, reading(path), {.count = 1, .first = ~0UL, .last = ~0UL});
    }
  }
  bound(record);
  CHECK(entries_of(record) <= kMostEntries);
  const auto read = parse_record(to_json(record), "web.json");
  REQUIRE(read.has_value());
  CHECK(*read == record);
}

TEST_CASE("merging accesses takes the larger numbers, and a second time changes nothing") {
  Accesses one;
  Accesses other;
  CHECK(one.add(reading("/a"), {.count = 2, .first = 20, .last = 30}));
  CHECK(other.add(reading("/a"), {.count = 1, .first = 10, .last = 25, .by_others = 1}));
  CHECK(other.add(reading("/b"), {.count = 1}));
  CHECK(one.take_larger(other));
  const Accesses merged = one;
  CHECK(merged.uses().at(reading("/a")) ==
        AccessUse{.count = 2, .first = 10, .last = 30, .by_others = 1});
  CHECK(merged.uses().size() == 2);
  CHECK(one.take_larger(other));
  CHECK(one == merged);
}

TEST_CASE("what was denied in every container did not take place, what one was allowed did") {
  Record record;
  RecordedContainer& one = record.containers[{1, "a"}];
  RecordedContainer& other = record.containers[{2, "b"}];
  add_access(one, reading("/a"), {.denied = 2});
  add_access(one, reading("/b"), {.denied = 2});
  add_access(other, reading("/b"), {.count = 1});
  add_access(other, reading("/c"), {.count = 1, .denied = 1});
  CHECK(denied_accesses(record) == std::set<Access>{reading("/a")});
  CHECK(all_accesses(record).size() == 2);
  CHECK(merge(record, record) == record);
}

TEST_CASE("paths of any bytes are kept as they are") {
  const auto read = parse_record(to_json(sample_record()), "web.json");
  REQUIRE(read.has_value());
  CHECK(*read == sample_record());
  CHECK_THAT(to_json(sample_record()), Catch::Contains(R"("object_hex":"2f746d702f0aff")"));
}

TEST_CASE("accesses that cannot be are refused at their place") {
  using Catch::Contains;
  CHECK_THAT(refusal_of(R"({"object":"/a"})"), Contains("\"kind\" is missing"));
  CHECK_THAT(refusal_of(R"({"kind":"door"})"), Contains("unknown \"kind\" 'door'"));
  CHECK_THAT(refusal_of(R"({"kind":"file","path":"/a"})"), Contains("no such member"));
  CHECK_THAT(refusal_of(R"({"kind":"file","count":1,"by_others":2})"),
             Contains("more accesses by others than accesses"));
  CHECK_THAT(refusal_of(R"({"kind":"file","first":2,"last":1})"),
             Contains("the first access is after the last one"));
  CHECK_THAT(refusal_of(R"({"kind":"file"},{"kind":"file"})"), Contains("to be sorted"));
  CHECK_THAT(refusal_of(R"({"kind":"file","object":"\n"})"), Contains("write \"object_hex\""));
  for (const std::string_view hex : {"2f61", "0", "0A", "zz", "00", ""}) {
    CHECK_THAT(refusal_of(base::cat(R"({"kind":"file","object_hex":")", hex, "\"}")),
               Contains("is no text that is to be in hexadecimal"));
  }
  CHECK_THAT(refusal_of(R"({"kind":"file","object":"/a","object_hex":"0a"})"),
             Contains("is no text"));
  CHECK_THAT(refusal_of(base::cat(R"({"kind":"file","object":")", std::string(1'025, 'a'), "\"}")),
             Contains("longer than 1024 bytes"));
}

}  // namespace
}  // namespace bulkhead::record
