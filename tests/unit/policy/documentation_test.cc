// docs/policy.md and docs/refusals.md say what the tables in the code say.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "policy/checks/profile_checks.h"
#include "policy/checks/weakening_annotations.h"
#include "policy/decide/refusals.h"
#include "policy/settings/policy_reader.h"
#include "policy/settings/settings_table.h"

namespace bulkhead::policy {
namespace {

std::string read_page(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  REQUIRE(text.str().size() > 100);
  return text.str();
}

// The blocks between ```json or ```jsonc and ```.
std::vector<std::string> json_blocks(std::string_view page) {
  std::vector<std::string> blocks;
  while (true) {
    const auto fence = page.find("```json");
    if (fence == std::string_view::npos) return blocks;
    const auto begin = page.find('\n', fence) + 1;
    const auto end = page.find("```", begin);
    blocks.emplace_back(page.substr(begin, end - begin));
    page.remove_prefix(end + 3);
  }
}

TEST_CASE("every example of docs/policy.md is a valid policy") {
  const auto blocks = json_blocks(read_page("docs/policy.md"));
  CHECK(blocks.size() >= 6);
  for (const std::string& block : blocks) {
    const auto policy = read_policy({{"docs/policy.md", block}});
    INFO(block << (policy ? std::string() : policy.error().sentence()));
    CHECK(policy.has_value());
  }
}

TEST_CASE("the first example of docs/policy.md is the built-in policy") {
  const auto written =
      read_policy({{"docs/policy.md", json_blocks(read_page("docs/policy.md")).at(0)}}).value();
  const Policy built_in = built_in_policy();
  const auto same = [](const auto& a, const auto& b) {
    if constexpr (requires { a.value; }) {
      return a.value == b.value;
    } else {
      return !a && !b;  // what only rules set
    }
  };
  for_each_setting(kNodeSettings, [&](const auto& row) {
    INFO(row.key);
    CHECK(same(row.member(written), row.member(built_in)));
  });
  for_each_setting(kContainerSettings, [&](const auto& row) {
    INFO(row.key);
    CHECK(same(row.member(written.globals), row.member(built_in.globals)));
  });
}

TEST_CASE("the first example of docs/policy.md writes every setting that is not for rules alone") {
  const auto written =
      read_policy({{"docs/policy.md", json_blocks(read_page("docs/policy.md")).at(0)}}).value();
  const auto check_table = [](const auto& table, const auto& settings) {
    for_each_setting(table, [&](const auto& row) {
      INFO(row.key);
      if constexpr (requires { row.member(settings).value; }) {
        CHECK((row.member(settings).origin.file == "docs/policy.md" || !row.rules_only.empty()));
      }
    });
  };
  check_table(kNodeSettings, written);
  check_table(kContainerSettings, written.globals);
}

TEST_CASE("docs/policy.md has each setting with its values and what it says") {
  const std::string page = read_page("docs/policy.md");
  const auto check_row = [&](const auto& row) {
    CHECK_THAT(page,
               Catch::Contains(base::cat("| `", row.key, "` | ", values_of(row), " | ", row.help)));
  };
  for_each_setting(kNodeSettings, check_row);
  for_each_setting(kContainerSettings, check_row);
}

// The keys of the table whose head follows `title`.
std::vector<std::string> keys_below(std::string_view page, std::string_view title) {
  page.remove_prefix(page.find(title));
  page = page.substr(0, page.find("\n\n", page.find("|---|")));
  std::vector<std::string> keys;
  for (auto at = page.find("\n| `"); at != std::string_view::npos; at = page.find("\n| `")) {
    page.remove_prefix(at + 4);
    keys.emplace_back(page.substr(0, page.find('`')));
  }
  return keys;
}

TEST_CASE("docs/policy.md tells where each setting may stand, and knows no other") {
  const std::string page = read_page("docs/policy.md");
  std::vector<std::string> node = {"version"}, both, rules = {"name", "match", "because"};
  for_each_setting(kNodeSettings, [&](const auto& row) { node.emplace_back(row.key); });
  node.emplace_back("rules");
  for_each_setting(kContainerSettings, [&](const auto& row) {
    (row.rules_only.empty() ? both : rules).emplace_back(row.key);
  });
  CHECK(keys_below(page, "## Every key") == node);
  CHECK(keys_below(page, "These may stand at the top level") == both);
  CHECK(keys_below(page, "These may stand in a rule only") == rules);
}

TEST_CASE("docs/policy.md describes what a rule may match, and what it may keep") {
  const std::string page = read_page("docs/policy.md");
  for (const char* key : {"engine", "namespace", "pod", "container", "image", "privileged"}) {
    CHECK_THAT(page, Catch::Contains(std::string("| `") + key + "` |"));
  }
  for (const auto& row : weakening_annotations()) {
    CHECK_THAT(page, Catch::Contains(std::string(row.key)));
  }
}

TEST_CASE("docs/refusals.md holds every reason for a refusal as the table has it") {
  const std::string page = read_page("docs/refusals.md");
  for (const RefusalRow& row : refusal_table()) {
    CHECK_THAT(page, Catch::Contains(
                         base::cat("| `", row.name, "` | ", row.when, " | ", row.remedy, " |")));
  }
}

TEST_CASE("docs/refusals.md holds every check of a profile") {
  const std::string page = read_page("docs/refusals.md");
  for (const ProfileCheck& check : profile_checks()) {
    CHECK_THAT(page, Catch::Contains(base::cat("| `", check.id, "` |")));
  }
}

TEST_CASE("docs/refusals.md holds every finding that the code names itself") {
  const std::string page = read_page("docs/refusals.md");
  const std::regex named(R"re(\.check = "([a-z-]+)")re");
  std::set<std::string> ids;
  for (const char* room : {"admission", "hook", "policy", "shim"}) {
    for (const auto& entry : std::filesystem::directory_iterator(room)) {
      if (entry.path().extension() != ".cc") continue;
      const std::string text =
          read_page(std::string(room) + "/" + entry.path().filename().string());
      for (std::sregex_iterator match(text.begin(), text.end(), named), end; match != end;
           ++match) {
        ids.insert((*match)[1]);
      }
    }
  }
  CHECK(ids.contains("apparmor-stale"));
  for (const std::string& id : ids) CHECK_THAT(page, Catch::Contains("| `" + id + "` |"));
}

// ---- the tables themselves ----------------------------------------------------------------------

template <class Rows, class Key>
void check_sorted_and_unique(const Rows& rows, Key key) {
  for (std::size_t i = 1; i < rows.size(); ++i) {
    INFO(key(rows[i]));
    CHECK(key(rows[i - 1]) < key(rows[i]));
  }
}

TEST_CASE("tables are sorted, unique and described") {
  check_sorted_and_unique(refusal_table(), [](const auto& row) { return row.name; });
  check_sorted_and_unique(profile_checks(), [](const auto& row) { return row.id; });
  check_sorted_and_unique(weakening_annotations(), [](const auto& row) { return row.key; });
  for (const auto& row : refusal_table()) CHECK_FALSE((row.when.empty() || row.remedy.empty()));
  for (const auto& row : profile_checks()) CHECK_FALSE(row.help.empty());
  for (const auto& row : weakening_annotations()) CHECK_FALSE(row.effect.empty());
}

}  // namespace
}  // namespace bulkhead::policy
