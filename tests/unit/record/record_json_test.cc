#include "record/values/record_json.h"

#include <catch2/catch.hpp>

#include "base/text.h"
#include "tests/unit/record/sample_record.h"

namespace bulkhead::record {
namespace {

std::string refusal_of(std::string text) {
  const auto read = parse_record(std::move(text), "web.json");
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().code == base::ErrorCode::invalid_input);
  return read.error().sentence();
}

// A record with one container that has these members beside those that must be there.
std::string with_container(std::string_view members) {
  return base::cat(R"({"version":1,"name":"web","containers":[{"id":"c","started":1,"how":"log",)",
                   members, "}]}");
}
std::string with_call(std::string_view members) {
  return with_container(base::cat(R"("calls":[{"arch":1,"number":2,)", members, "}]"));
}

TEST_CASE("a record is read as it was written") {
  const auto read = parse_record(to_json(sample_record()), "web.json");
  REQUIRE(read.has_value());
  CHECK(*read == sample_record());
}

TEST_CASE("names with control characters and bytes that are no text are kept as text") {
  Record record = sample_record();
  record.containers[{3'000, "c\n3"}] = {.name = "a\x1b[31m\n\"", .image = "\xff"};
  const auto read = parse_record(to_json(record), "web.json");
  REQUIRE(read.has_value());
  CHECK(read->containers.at({3'000, "c\n3"}).name == "a\x1b[31m\n\"");
  CHECK(read->containers.at({3'000, "c\n3"}).image == "\xef\xbf\xbd");
}

TEST_CASE("a name that is too long is cut and can be read again") {
  Record record = sample_record();
  record.containers[{3'000, "c3"}] = {.name = std::string(100'000, '\xff'),
                                      .image = std::string(100'000, 'a')};
  CHECK(parse_record(to_json(record), "web.json").has_value());
}

TEST_CASE("numbers of 64 bits are kept whole") {
  Record record = sample_record();
  constexpr std::uint64_t kLargest = ~std::uint64_t{0};
  record.containers.begin()->second.calls[{0xffffffff, 0xffffffff}] = {
      .count = kLargest, .first = kLargest, .last = kLargest};
  const auto read = parse_record(to_json(record), "web.json");
  REQUIRE(read.has_value());
  CHECK(*read == record);
}

TEST_CASE("a document that is no record is refused at its place") {
  CHECK_THAT(refusal_of("[]"), Catch::Contains("web.json"));
  CHECK_THAT(refusal_of("{}"), Catch::Contains("\"version\" is missing"));
  CHECK_THAT(refusal_of(R"({"version":2,"name":"web","containers":[]})"),
             Catch::Contains("unknown version 2"));
  CHECK_THAT(refusal_of(R"({"version":1,"name":"../web","containers":[]})"),
             Catch::Contains("is no name of a record"));
  CHECK_THAT(refusal_of(R"({"version":1,"name":"web","containers":[],"calls":[]})"),
             Catch::Contains("/calls (line 1): a record has no such member"));
}

TEST_CASE("calls that cannot be are refused") {
  CHECK_THAT(refusal_of(with_call(R"("count":1,"by_exec":2)")),
             Catch::Contains("more calls by exec than calls"));
  CHECK_THAT(refusal_of(with_call(R"("first":2,"last":1)")),
             Catch::Contains("the first call is after the last one"));
  CHECK_THAT(refusal_of(with_call(R"("count":-1)")), Catch::Contains("/count"));
  CHECK_THAT(refusal_of(with_call(R"("count":18446744073709551616)")), Catch::Contains("/count"));
  CHECK_THAT(refusal_of(with_container(R"("calls":[{"arch":4294967296,"number":0}])")),
             Catch::Contains("/arch"));
  CHECK_THAT(refusal_of(with_container(R"("calls":[{"arch":1}])")),
             Catch::Contains("\"number\" is missing"));
}

TEST_CASE("a record says each thing once and in order") {
  const std::string_view sorted = "elements are to be sorted";
  CHECK_THAT(refusal_of(with_container(R"("calls":[{"arch":1,"number":2},{"arch":1,"number":2}])")),
             Catch::Contains(std::string(sorted)));
  CHECK_THAT(refusal_of(with_container(R"("calls":[{"arch":2,"number":1},{"arch":1,"number":2}])")),
             Catch::Contains(std::string(sorted)));
  CHECK_THAT(refusal_of(with_container(R"("calls":[],"losses":{"reasons":["b","a"]})")),
             Catch::Contains(std::string(sorted)));
}

TEST_CASE("what is beyond the bounds of a record is refused") {
  std::string calls;
  for (unsigned number = 0; number <= kMostCalls; ++number) {
    calls += base::cat(number > 0 ? "," : "", R"({"arch":1,"number":)", number, "}");
  }
  CHECK_THAT(refusal_of(with_container(base::cat(R"("calls":[)", calls, "]"))),
             Catch::Contains("more than 2048 elements"));
  CHECK_THAT(refusal_of(with_container(
                 base::cat(R"("calls":[],"name":")", std::string(4'000, 'a'), "\""))),
             Catch::Contains("longer than"));
  CHECK_THAT(refusal_of(std::string(kMaxRecordBytes + 1, ' ')), Catch::Contains("web.json"));
  CHECK_THAT(refusal_of(with_container(
                 R"("calls":[],"arguments":[{"arch":1,"number":1,"index":6,"values":[]}])")),
             Catch::Contains("0 to 5"));
}

}  // namespace
}  // namespace bulkhead::record
