#include "kernel/tracing/histogram.h"

#include <catch2/catch.hpp>
#include <string>

using namespace bulkhead::kernel;

namespace {

constexpr const char* kTable =
    "# event histogram\n"
    "#\n"
    "# trigger info: hist:keys=common_pid,id:vals=hitcount:sort=hitcount:size=131072 [active]\n"
    "#\n"
    "\n"
    "{ common_pid:        123, id:         20 } hitcount:          1\n"
    "{ common_pid:        124, id: 18446744073709551615 } hitcount:    4000000000\n"
    "\n"
    "Totals:\n"
    "    Hits: 4000000001\n"
    "    Entries: 2\n"
    "    Dropped: 7\n";

}  // namespace

TEST_CASE("a histogram of the kernel is read with its keys, counts and what it dropped") {
  const auto tables = parse_histograms(kTable);
  REQUIRE(tables);
  REQUIRE(tables->size() == 1);
  const Histogram& table = tables->front();
  CHECK(table.keys == std::vector<std::string>{"common_pid", "id"});
  CHECK(table.size == 131072);
  CHECK(table.active);
  CHECK(table.dropped == 7);
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0] == HistogramRow{{123, 20}, 1});
  CHECK(table.rows[1] == HistogramRow{{124, UINT64_MAX}, 4000000000});
}

TEST_CASE("two histograms of one event are told apart, and a paused one is known") {
  std::string second = kTable;
  second.replace(second.find("[active]"), 8, "[paused]");
  const auto tables = parse_histograms(kTable + second);
  REQUIRE(tables);
  REQUIRE(tables->size() == 2);
  CHECK((*tables)[0].active);
  CHECK_FALSE((*tables)[1].active);
}

TEST_CASE("a histogram that is cut short is not read as one with fewer calls") {
  const std::string whole = kTable;
  CHECK_FALSE(parse_histograms(whole.substr(0, whole.find("Totals"))));
  CHECK_FALSE(parse_histograms(whole.substr(0, whole.find("id:         20") + 5)));
}

TEST_CASE("what is no row of the table is an error that shows it") {
  for (const char* line :
       {"{ common_pid:        123 } hitcount:          1", "{ id: 1, common_pid: 2 } hitcount: 3",
        "{ common_pid: 1, id: 2, x: 3 } hitcount: 3", "{ common_pid: 1, id: 2 } hits: 3",
        "{ common_pid: -1, id: 2 } hitcount: 3", "nothing"}) {
    std::string text = kTable;
    text.insert(text.find("\nTotals"), std::string(line) + "\n");
    const auto tables = parse_histograms(text);
    REQUIRE_FALSE(tables);
    CHECK(tables.error().message.contains("not a line of a kernel's histogram"));
  }
}

TEST_CASE("an event without a histogram has none") {
  const auto tables = parse_histograms("");
  REQUIRE(tables);
  CHECK(tables->empty());
}
