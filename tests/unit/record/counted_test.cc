#include "record/keeping/counted.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace bulkhead;
using namespace bulkhead::record;

namespace {

ProcessNote note_of(pid_t pid, bool by_exec = false) {
  return {.record = "web", .pid = pid, .start_time = 7, .by_exec = by_exec, .how = How::histogram};
}

kernel::CallCounts tables(std::vector<kernel::TaskCall> calls,
                          std::vector<kernel::TaskFork> forks = {}) {
  return {.calls = std::move(calls), .forks = std::move(forks)};
}

}  // namespace

TEST_CASE("calls of a program's children are counted for its container, those of others are not") {
  const std::vector<ProcessNote> notes = {note_of(10), note_of(20)};
  const Counted sum = add_up(
      {},
      tables({{10, 0, 3}, {11, 0, 2}, {12, 1, 1}, {20, 0, 5}, {99, 0, 100}}, {{10, 11}, {11, 12}}),
      notes);
  CHECK(sum.calls.at("web/10-7") == NumberCounts{{0, 5}, {1, 1}});
  CHECK(sum.calls.at("web/20-7") == NumberCounts{{0, 5}});
  CHECK(sum.calls.size() == 2);
}

TEST_CASE("what was counted before the tables were emptied is kept, and whose the tasks were") {
  const std::vector<ProcessNote> notes = {note_of(10)};
  const Counted kept = add_up({}, tables({{10, 0, 3}}, {{10, 11}}), notes);
  const Counted sum = add_up(kept, tables({{11, 0, 1}}), notes);
  CHECK(sum.calls.at("web/10-7") == NumberCounts{{0, 4}});
}

TEST_CASE("values of arguments are counted for the container whose task gave them") {
  kernel::CallCounts now = tables({{10, 56, 2}}, {{10, 11}});
  now.arguments = {{10, 56, 0, 17, 1}, {11, 56, 0, 17, 1}, {99, 56, 0, 1, 5}};
  const Counted sum = add_up({}, now, {note_of(10)});
  CHECK(arguments_of(sum, "web/10-7") == ArgumentCounts{{{56, 0}, {{17, 2}}}});
  CHECK(arguments_of(sum, "web/20-7").empty());
}

TEST_CASE("reading twice counts nothing twice") {
  const std::vector<ProcessNote> notes = {note_of(10)};
  const auto now = tables({{10, 0, 3}});
  CHECK(add_up({}, now, notes) == add_up({}, now, notes));
}

TEST_CASE("of calls that a program makes up no more are kept than tell that there were more") {
  const std::vector<ProcessNote> notes = {note_of(10)};
  std::vector<kernel::TaskCall> made_up;
  for (std::uint64_t number = 0; number < 3 * kMostCalls; ++number) {
    made_up.push_back({10, number, 1});
  }
  Counted kept = add_up({}, tables(made_up), notes);
  CHECK(of_note(kept.calls, key_of(notes[0])).size() == kMostCalls + 1);
  kept = add_up(std::move(kept), tables(made_up), notes);
  CHECK(of_note(kept.calls, key_of(notes[0])).size() == kMostCalls + 1);
  CHECK(of_note(kept.calls, key_of(notes[0])).at(0) == 2);
}

TEST_CASE("what was counted is read as it was written") {
  Counted counted;
  counted.calls["web/10-7"] = {{0, 5}, {59, UINT64_MAX}};
  counted.arguments["web/10-7"] = {{{56, 0}, {{17, 2}, {UINT64_MAX, 1}}}};
  counted.joined["web/10-7"] = {{1, 2}};
  counted.joins["web/10-7"] = 3;
  counted.tasks = {{10, "web/10-7"}, {11, "web/10-7"}};
  counted.dropped = 4;
  const auto back = parse_counted(to_json(counted), "test");
  REQUIRE(back);
  CHECK(*back == counted);
}

TEST_CASE("what was counted and is not as it was written is an error, not less") {
  for (
      const char* text :
      {"", "{}", R"({"dropped":0})", R"({"dropped":0,"notes":[{}]})",
       R"({"dropped":0,"notes":[{"note":"web/1-1","calls":[1],"joined":[],"arguments":[],"joins":0,"tasks":[]}]})",
       R"({"dropped":-1,"notes":[]})"}) {
    CHECK_FALSE(parse_counted(text, "test"));
  }
}
