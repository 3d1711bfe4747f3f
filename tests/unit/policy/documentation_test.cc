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
#include "policy/settings/policy_document.h"
#include "policy/settings/policy_reader.h"

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
  CHECK(written.mode.value == built_in.mode.value);
  CHECK(written.prove.value == built_in.prove.value);
  CHECK(written.seccomp_roots.value == built_in.seccomp_roots.value);
  CHECK(written.apparmor_roots.value == built_in.apparmor_roots.value);
  CHECK(written.runtimes.value == built_in.runtimes.value);
  CHECK(written.metrics_listen.value == built_in.metrics_listen.value);
  CHECK(written.metrics_reach.value == built_in.metrics_reach.value);
  CHECK(written.audit_backlog_limit.value == built_in.audit_backlog_limit.value);
  const auto same = [&](auto key) {
    return (written.globals.*key)->value == (built_in.globals.*key)->value;
  };
  using Keys = SettingsOverride;
  CHECK(same(&Keys::seccomp_unset));
  CHECK(same(&Keys::seccomp_floor));
  CHECK(same(&Keys::seccomp_floor_action));
  CHECK(same(&Keys::seccomp_log_denials));
  CHECK(same(&Keys::apparmor_unset));
  CHECK(same(&Keys::apparmor_not_loaded));
  CHECK(same(&Keys::apparmor_complain));
  CHECK(same(&Keys::apparmor_unavailable));
  CHECK(same(&Keys::no_new_privileges));
  CHECK(same(&Keys::drop_capabilities));
  CHECK(same(&Keys::run_as_non_root));
  CHECK(same(&Keys::read_only_rootfs));
}

TEST_CASE("docs/policy.md describes every key of the built-in policy and of rules") {
  const std::string page = read_page("docs/policy.md");
  for (const char* key : {"version",
                          "mode",
                          "prove",
                          "profile_roots.seccomp",
                          "profile_roots.apparmor",
                          "runtimes",
                          "metrics.listen",
                          "metrics.reach",
                          "audit.backlog_limit",
                          "rules",
                          "seccomp.unset",
                          "seccomp.floor",
                          "seccomp.floor_action",
                          "seccomp.log_denials",
                          "apparmor.unset",
                          "apparmor.not_loaded",
                          "apparmor.complain",
                          "apparmor.unavailable",
                          "process.no_new_privileges",
                          "process.drop_capabilities",
                          "process.run_as_non_root",
                          "process.read_only_rootfs",
                          "name",
                          "match",
                          "because",
                          "seccomp.profile",
                          "apparmor.profile",
                          "annotations.keep",
                          "engine",
                          "namespace",
                          "pod",
                          "container",
                          "image",
                          "privileged"}) {
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
