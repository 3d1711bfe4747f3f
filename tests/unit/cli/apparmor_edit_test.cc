#include "cli/denials/apparmor_edit.h"

#include <catch2/catch.hpp>

namespace bulkhead::cli {
namespace {

const std::string kOwners = R"(abi <abi/3.0>,
# mine } {
profile app flags=(attach_disconnected) {
    include <abstractions/base>

    /srv/** r,   # the site
    deny /srv/secret r,

    profile child {
      /bin/sh ix,
    }
}
profile other { /x r, }
)";

std::string changed(std::string_view profile, const std::vector<std::string>& rules,
                    const std::string& text = kOwners) {
  const auto headers = policy::profiles_defined_in(text);
  const auto* header = profile_named(profile, headers);
  REQUIRE(header != nullptr);
  return with_rules(text, *header, rules);
}

std::string with(const std::string& before, const std::string& added, std::string text = kOwners) {
  const std::size_t at = text.find(before);
  REQUIRE(at != std::string::npos);
  return text.insert(at, added);
}

TEST_CASE("a rule is added at the end of its profile, and every other byte stays") {
  CHECK(changed("app", {"/a r,", "capability chown,"}) ==
        with("}\nprofile other", "    /a r,\n    capability chown,\n"));
}

TEST_CASE("a child's rule is added to the child") {
  CHECK(changed("app//child", {"/a r,"}) == with("    }\n}", "      /a r,\n"));
}

TEST_CASE("a profile on one line is closed on a line of its own") {
  CHECK(changed("other", {"/a r,"}) == kOwners.substr(0, kOwners.rfind('}')) + "\n  /a r,\n}\n");
}

TEST_CASE("an empty profile gets its first rule") {
  CHECK(changed("p", {"/a r,"}, "profile p {\n}\n") == "profile p {\n  /a r,\n}\n");
  CHECK(changed("p", {"/a r,"}, "profile p {}") == "profile p {\n  /a r,\n}");
}

TEST_CASE("a rule that stands there is not written twice") {
  CHECK(changed("app//child", {"/bin/sh ix,"}) == kOwners);
}

TEST_CASE("a profile of another name is none") {
  const auto headers = policy::profiles_defined_in(kOwners);
  CHECK(profile_named("ap", headers) == nullptr);
  CHECK(profile_named("app//chil", headers) == nullptr);
}

TEST_CASE("what is denied by a rule is told by its line") {
  const auto headers = policy::profiles_defined_in(kOwners);
  CHECK(deny_lines(kOwners, *profile_named("app", headers)) == std::vector<unsigned>{7});
  CHECK(deny_lines(kOwners, *profile_named("other", headers)).empty());
}

}  // namespace
}  // namespace bulkhead::cli
