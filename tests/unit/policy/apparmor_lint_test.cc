#include "policy/advice/apparmor_lint.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

using namespace bulkhead::policy;

namespace {

std::string tutorial() {
  std::ifstream file("tests/data/k8s-my-app");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<AppArmorFinding> of_check(std::string_view text, std::string_view check,
                                      std::string_view wanted = {}) {
  std::vector<AppArmorFinding> kept;
  for (AppArmorFinding& found : lint_apparmor(text, {}, wanted)) {
    if (found.finding.check == check) kept.push_back(std::move(found));
  }
  return kept;
}

constexpr std::string_view kGood =
    "abi <abi/3.0>,\nprofile app flags=(attach_disconnected,mediate_deleted) {\n"
    "  file,\n  signal (receive) peer=unconfined,\n  audit deny /proc/kcore rwklx,\n}\n";

}  // namespace

TEST_CASE("a profile without a trap has no finding") {
  for (const auto& found : lint_apparmor(kGood, "app", "app")) UNSCOPED_INFO(found.finding.message);
  CHECK(lint_apparmor(kGood, "app", "app").empty());
}

TEST_CASE("the tutorial's profile is told what will go wrong, by line") {
  const std::string text = tutorial();
  REQUIRE_FALSE(text.empty());
  const auto silent = of_check(text, "deny-is-silent");
  REQUIRE(silent.size() == 1);
  CHECK(silent[0].line == 19);
  CHECK_THAT(silent[0].finding.message, Catch::Contains("(lines 19, 21, 22, 23)"));
  CHECK(of_check(text, "no-abi").size() == 1);
  CHECK(of_check(text, "include-looks-like-a-comment").size() == 1);
  CHECK(of_check(text, "runtime-cannot-stop-it").empty());  // abstractions/base has the rule
  CHECK(of_check(text, "flag-missing").empty());
}

TEST_CASE("a profile that the runtime cannot signal is found") {
  const auto text = "profile app { file, signal (send) peer=unconfined, signal peer=app, }";
  REQUIRE(of_check(text, "runtime-cannot-stop-it").size() == 1);
  CHECK(of_check("profile app { signal, }", "runtime-cannot-stop-it").empty());
  CHECK(
      of_check("profile app {\n #include <abstractions/base>\n file,\n}", "runtime-cannot-stop-it")
          .empty());
}

TEST_CASE("missing flags are named with what they cause") {
  const auto found = of_check("profile app flags=(mediate_deleted) { file, }", "flag-missing");
  REQUIRE(found.size() == 1);
  CHECK_THAT(found[0].finding.message, Catch::Contains("attach_disconnected"));
}

TEST_CASE("a name that is not what the pod asks for is an error") {
  const auto found = of_check(kGood, "name-not-asked-for", "localhost/app");
  REQUIRE(found.size() == 1);
  CHECK(found[0].finding.severity == Severity::error);
  CHECK_THAT(found[0].finding.message,
             Catch::Contains("'localhost/app'") && Catch::Contains("'app'"));
  CHECK(of_check(kGood, "name-not-asked-for", "app").empty());
}

TEST_CASE("a profile that does not enforce, has a path for a name or is none is found") {
  CHECK(of_check("profile a flags=(complain) { }", "does-not-enforce").size() == 1);
  CHECK(of_check("/usr/bin/x { }", "name-is-a-path").size() == 1);
  CHECK(of_check("# nothing here\n", "no-profile").size() == 1);
}

TEST_CASE("rules are read with their lines, without comments and without those of children") {
  const std::string_view text =
      "profile a {\n  # comment, with a comma\n  /usr/{bin,sbin}/** rix, # more\n"
      "  profile child { /secret r, }\n  signal (send,\n    receive) peer=a,\n"
      "  include <abstractions/base>\n  deny \"/a b,c\" w,\n}\n";
  const auto rules = rules_of(profiles_defined_in(text)[0], text);
  REQUIRE(rules.size() == 4);
  CHECK(rules[0].text == "/usr/{bin,sbin}/** rix");
  CHECK(rules[0].line == 3);
  CHECK(rules[1].text == "signal (send, receive) peer=a");
  CHECK(rules[2].text == "include <abstractions/base>");
  CHECK(rules[3].text == "deny \"/a b,c\" w");
  CHECK(rules[3].line == 8);
}

TEST_CASE("the checks of AppArmor profiles are sorted, unique and described") {
  const auto checks = apparmor_checks();
  CHECK(std::ranges::is_sorted(checks, std::less_equal<>{}, &AppArmorCheck::id));
  for (const AppArmorCheck& check : checks) CHECK_FALSE(check.help.empty());
}
