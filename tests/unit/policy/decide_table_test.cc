#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "policy/checks/profile_checks.h"
#include "policy/decide/refusals.h"
#include "tests/unit/policy/decide_case.h"

namespace bulkhead::policy::testing {
namespace {

const std::vector<DecideCase>& cases() {
  static const auto kCases = read_cases("tests/tables/decide.table");
  return kCases;
}

std::string compared(const std::string& key, const Decision& decision) {
  if (key == "seccomp") return seccomp_of(decision);
  if (key == "loader") return loader_of(decision);
  if (key == "arches") return arches_of(decision);
  if (key == "label") return label_of(decision);
  if (key == "flags") return flags_of(decision);
  if (key == "edit") return edit_of(decision);
  if (key == "load") return std::get<Plan>(decision).apparmor.load ? "yes" : "no";
  if (key == "stacked") return std::get<Plan>(decision).seccomp.stacked ? "yes" : "no";
  return "no column is called " + key;
}

void check_expectation(const std::string& word, const Decision& decision) {
  const auto equals = word.find('=');
  if (equals == std::string::npos) {
    CHECK(outcome_of(decision) == word);
    return;
  }
  INFO(word);
  CHECK(compared(word.substr(0, equals), decision) == word.substr(equals + 1));
}

TEST_CASE("every case of tests/tables/decide.table is decided as the table says") {
  CHECK(cases().size() >= 60);
  for (const DecideCase& item : cases()) {
    INFO("line " << item.line << ": " << item.name);
    const Decided decided = decide_case(item);
    const std::string sentences = sentences_of(decided.decision);
    INFO(sentences);
    for (const std::string& word : words_of(item.expect)) check_expectation(word, decided.decision);
    for (const std::string& phrase : phrases_of(item.says)) {
      if (phrase.starts_with("not: "))
        CHECK_THAT(sentences, !Catch::Contains(phrase.substr(5)));
      else
        CHECK_THAT(sentences, Catch::Contains(phrase));
    }
  }
}

TEST_CASE("every case of the table has a name of its own and says what it expects") {
  std::set<std::string> names;
  for (const DecideCase& item : cases()) {
    INFO("line " << item.line);
    CHECK(names.insert(item.name).second);
    CHECK_FALSE(item.expect.empty());
    CHECK_FALSE(item.says.empty());
  }
}

TEST_CASE("every reason for a refusal has a case in the table") {
  std::string all;
  for (const DecideCase& item : cases()) all += sentences_of(decide_case(item).decision);
  for (const RefusalRow& row : refusal_table()) {
    CHECK_THAT(all, Catch::Contains("error " + std::string(row.name)));
  }
}

TEST_CASE("every check of a profile has a case in the table") {
  std::string all;
  for (const DecideCase& item : cases()) all += sentences_of(decide_case(item).decision);
  for (const ProfileCheck& check : profile_checks()) {
    CHECK_THAT(all, Catch::Contains(" " + std::string(check.id) + " "));
  }
}

// The hook decides again from the config.json that the shim wrote.
TEST_CASE("what was changed once is started as it is the next time") {
  for (const DecideCase& item : cases()) {
    INFO("line " << item.line << ": " << item.name);
    const std::string config = config_of(item);
    const Decided first = decide_config(item, config);
    if (!std::holds_alternative<Plan>(first.decision)) continue;
    const std::string once = edited(config, first.decision);
    const Decided second = decide_config(item, once);
    INFO(once << "\n" << sentences_of(second.decision));
    REQUIRE(std::holds_alternative<Plan>(second.decision));
    CHECK(edited(once, second.decision) == once);
    CHECK(label_of(second.decision) == label_of(first.decision));
    const auto& planned = std::get<Plan>(first.decision).seccomp.profile;
    const auto& again = std::get<Plan>(second.decision).seccomp.profile;
    CHECK(planned.has_value() == again.has_value());
    if (planned && again && once != config) {
      CHECK(oci_config::to_oci_json(*planned) == oci_config::to_oci_json(*again));
    }
  }
}

// ---- loader: auto ------------------------------------------------------------------------------

struct MeasuredStart {
  std::string runtime;         // "runc-1.1.5"
  double shim = 0, ready = 0;  // over the plain start
};

std::vector<std::string> cells_of(const std::string& line) {
  std::istringstream text(line);
  std::vector<std::string> cells;
  for (std::string cell; std::getline(text, cell, '|');) {
    const auto words = words_of(cell);
    cells.push_back(words.empty() ? "" : words.front());
  }
  return cells;
}

// The first table of docs/performance.md.
std::vector<MeasuredStart> measured_starts() {
  std::ifstream page("docs/performance.md");
  std::vector<MeasuredStart> starts;
  std::string line;
  while (std::getline(page, line) && line != "### A start") {
  }
  while (std::getline(page, line) && !line.starts_with("###")) {
    const auto cells = cells_of(line);
    if (cells.size() < 11 || !(cells[1].starts_with("runc-") || cells[1].starts_with("crun-"))) {
      continue;
    }
    starts.push_back({cells[1], std::stod(cells[4]), std::stod(cells[10])});
  }
  return starts;
}

TEST_CASE("auto lets the gate install where that was measured to be cheaper by a tenth") {
  const auto starts = measured_starts();
  CHECK(starts.size() >= 5);
  for (const MeasuredStart& start : starts) {
    INFO(start.runtime << ": " << start.ready << " in place of " << start.shim);
    const std::string family = start.runtime.substr(0, start.runtime.find('-'));
    const std::string version = start.runtime.substr(family.size() + 1);
    const DecideCase item{.name = "auto",
                          .spec = "seccomp:good mounts",
                          .policy = "seccomp.loader=auto",
                          .facts = "gate runtime:" + family + " version:" + version};
    CHECK(loader_of(decide_case(item).decision) ==
          (start.ready <= 0.9 * start.shim ? "gate" : "runtime"));
  }
}

}  // namespace
}  // namespace bulkhead::policy::testing
