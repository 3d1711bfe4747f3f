#include "policy/fallback/apparmor_default.h"

#include <catch2/catch.hpp>

#include "policy/advice/apparmor_lint.h"
#include "policy/advice/apparmor_text.h"

using namespace bulkhead::policy;

TEST_CASE("the fallback speaks the dialect of the parser that it is made for") {
  const std::string old = render_default_profile({.abi = {}, .rules_of_4_0 = false});
  CHECK(old.find("abi <") == std::string::npos);
  CHECK(old.find("  userns,\n") == std::string::npos);
  CHECK(old.find("  io_uring,\n") == std::string::npos);
  const std::string young = render_default_profile({.abi = "abi/4.0", .rules_of_4_0 = true});
  CHECK(young.find("abi <abi/4.0>,\n") != std::string::npos);
  for (const char* rule : {"  userns,\n", "  mqueue,\n", "  io_uring,\n"}) {
    CHECK(young.find(rule) != std::string::npos);
  }
}

TEST_CASE("the fallback defines bulkhead-default alone, and has no trap of its own") {
  const std::string text = render_default_profile({.abi = "abi/3.0", .rules_of_4_0 = false});
  const auto profiles = profiles_defined_in(text);
  REQUIRE(profiles.size() == 1);
  CHECK(profiles[0].name == kDefaultProfileName);
  for (const auto& found : lint_apparmor(text, kDefaultProfileName, kDefaultProfileName)) {
    CHECK(found.finding.severity == Severity::note);
  }
}
