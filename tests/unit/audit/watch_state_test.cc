#include "audit/records/watch_state.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "base/text.h"

namespace bulkhead::audit {
namespace {

WatchState whole_state() {
  return {.pid = 4711,
          .since = "2026-11-24T07:00:00.000Z",
          .updated = "2026-11-24T08:00:00.000Z",
          .ended = true,
          .records = 1,
          .containers = 2,
          .lag_ms = 3,
          .longest_lag_ms = 4,
          .waiting_lines = 5,
          .problem = "cannot write \"denials.jsonl\": no space",
          .record_problem = "cannot write \"web.json\": no space",
          .losses = {.overflows = 6,
                     .missing_serials = 7,
                     .kernel_lost = 8,
                     .process_overflows = 9,
                     .unreadable = 10,
                     .foreign = 11,
                     .dropped_lines = 12,
                     .dropped_entries = 13}};
}

struct StateDirectory {
  StateDirectory() {
    char pattern[] = "/tmp/bulkhead-watch-XXXXXX";
    paths.state = ::mkdtemp(pattern);
  }
  ~StateDirectory() { std::filesystem::remove_all(paths.state); }
  StateDirectory(const StateDirectory&) = delete;
  StateDirectory& operator=(const StateDirectory&) = delete;
  base::Paths paths;
};

TEST_CASE("a watcher's state is read as it was written") {
  const auto read = parse_watch_state(to_json(whole_state()), "watch.json");
  REQUIRE(read.has_value());
  CHECK(*read == whole_state());
  CHECK(parse_watch_state("{}", "watch.json").value() == WatchState());
}

TEST_CASE("a state that is not one is refused with its name and place") {
  const auto sentence_of = [](const char* text) {
    const auto read = parse_watch_state(text, "watch.json");
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code == base::ErrorCode::invalid_input);
    return read.error().sentence();
  };
  CHECK_THAT(sentence_of("[]"), Catch::Contains("watch.json"));
  CHECK_THAT(sentence_of(R"({"pid":"x"})"), Catch::Contains("/pid"));
  CHECK_THAT(sentence_of(R"({"pid":99999999999})"), Catch::Contains("/pid"));
  CHECK_THAT(sentence_of(R"({"since":1})"), Catch::Contains("/since"));
  CHECK_THAT(sentence_of(R"({"losses":[]})"), Catch::Contains("/losses"));
  CHECK_THAT(sentence_of(R"({"losses":{"kernel_lost":-1}})"),
             Catch::Contains("/losses/kernel_lost"));
}

TEST_CASE("no file is no watcher since boot, and a file is replaced whole") {
  const StateDirectory node;
  CHECK(read_watch_state(node.paths).value() == std::nullopt);
  REQUIRE(write_watch_state(node.paths, whole_state()).has_value());
  CHECK(read_watch_state(node.paths).value() == whole_state());
  REQUIRE(write_watch_state(node.paths, {.pid = 1}).has_value());
  CHECK(read_watch_state(node.paths).value() == WatchState{.pid = 1});
  std::ofstream(node.paths.state + "/watch.json") << "nonsense";
  CHECK_THAT(read_watch_state(node.paths).error().sentence(), Catch::Contains("watch.json"));
}

TEST_CASE("losses are told by what was lost") {
  CHECK(text_of(LossCounts()).empty());
  CHECK(text_of({.kernel_lost = 12, .dropped_lines = 3}) ==
        "12 records lost by the kernel, 3 lines that the log did not take");
  CHECK(text_of({.overflows = 1}) == "1 overflow of the receive buffer");
  const LossCounts losses = whole_state().losses;
  const std::string all = text_of(losses);
  for (const LossRow& row : kLossRows)
    CHECK_THAT(all, Catch::Contains(base::cat(losses.*row.count, ' ', row.noun, "s ", row.rest)));
}

TEST_CASE("the kernel's count is taken from the start on, also where somebody resets it") {
  KernelLost lost(100);
  CHECK(lost.now(100) == 0);
  CHECK(lost.now(105) == 5);
  CHECK(lost.now(2) == 7);  // auditctl --reset-lost, then 2 more
  CHECK(lost.now(2) == 7);
}

}  // namespace
}  // namespace bulkhead::audit
