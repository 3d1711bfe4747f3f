#include "policy/values/profile_ref.h"

#include <catch2/catch.hpp>

namespace bulkhead::policy {
namespace {

using Refs = ProfileRef;

std::string seccomp_error(std::string_view text) {
  const auto parsed = ProfileRef::parse_seccomp(text);
  REQUIRE_FALSE(parsed.has_value());
  CHECK(parsed.error().code == base::ErrorCode::invalid_input);
  return parsed.error().sentence();
}

TEST_CASE("every engine's spelling of the default and of unconfined is understood") {
  for (const char* text : {"runtime/default", "RuntimeDefault", "docker/default"}) {
    CHECK(ProfileRef::parse_seccomp(text).value() == Refs::runtime_default());
    CHECK(ProfileRef::parse_apparmor(text).value() == Refs::runtime_default());
  }
  for (const char* text : {"unconfined", "Unconfined"}) {
    CHECK(ProfileRef::parse_seccomp(text).value() == Refs::unconfined());
    CHECK(ProfileRef::parse_apparmor(text).value() == Refs::unconfined());
  }
}

TEST_CASE("a localhost profile is named relative to a root") {
  const auto parsed = ProfileRef::parse_seccomp("localhost/profiles/my-app.json").value();
  CHECK(parsed.kind() == ProfileKind::localhost);
  CHECK(parsed.name() == "profiles/my-app.json");
  CHECK(parsed.text() == "localhost/profiles/my-app.json");
}

TEST_CASE("a seccomp profile outside the roots cannot be named") {
  CHECK_THAT(seccomp_error("localhost/../etc/shadow"), Catch::Contains("'.' or '..'"));
  CHECK_THAT(seccomp_error("localhost/a/../../b"), Catch::Contains("'.' or '..'"));
  CHECK_THAT(seccomp_error("localhost/./a"), Catch::Contains("'.' or '..'"));
  CHECK_THAT(seccomp_error("localhost//etc/shadow"), Catch::Contains("is absolute"));
  CHECK_THAT(seccomp_error("localhost/a//b"), Catch::Contains("empty path component"));
  CHECK_THAT(seccomp_error("localhost/a/"), Catch::Contains("empty path component"));
  CHECK_THAT(seccomp_error("localhost/"), Catch::Contains("names nothing"));
  CHECK_THAT(seccomp_error("localhost/a\nb"), Catch::Contains("control character"));
  CHECK_THAT(seccomp_error(std::string("localhost/a\0b", 13)),
             Catch::Contains("control character"));
  CHECK_THAT(seccomp_error("localhost/" + std::string(1025, 'a')), Catch::Contains("1024 bytes"));
}

TEST_CASE("what is no reference is told with the forms that are") {
  CHECK_THAT(seccomp_error("runtime/defalt"), Catch::Contains("did you mean 'runtime/default'?"));
  CHECK_THAT(seccomp_error("my-app"), Catch::Contains("'localhost/<path>'"));
  CHECK_THAT(seccomp_error(""), Catch::Contains("is not a profile reference"));
}

TEST_CASE("an AppArmor name may be a stack, hold hats and a namespace") {
  CHECK(ProfileRef::parse_apparmor("localhost/a//&b").value().name() == "a//&b");
  CHECK(ProfileRef::parse_apparmor("localhost/a//hat").value().name() == "a//hat");
  CHECK(ProfileRef::parse_apparmor("localhost/:ns:p").value().name() == ":ns:p");
  CHECK(apparmor_stack_members("a//&b//&c") == std::vector<std::string_view>{"a", "b", "c"});
}

TEST_CASE("unconfined by another spelling is unconfined") {
  for (const char* text : {"localhost/unconfined", "localhost/:ns:unconfined",
                           "localhost/:ns://unconfined", "localhost/unconfined//&:ns:unconfined"}) {
    INFO(text);
    CHECK(ProfileRef::parse_apparmor(text).value() == Refs::unconfined());
  }
  CHECK(apparmor_name_confines("unconfined//&app"));
  CHECK(apparmor_name_confines("unconfined-app"));
  CHECK_FALSE(apparmor_name_confines(""));
}

}  // namespace
}  // namespace bulkhead::policy

TEST_CASE("the two forms of a profile in another AppArmor namespace are one name") {
  CHECK(bulkhead::policy::canonical_apparmor_name(":ns://p") == ":ns:p");
  CHECK(bulkhead::policy::canonical_apparmor_name(":ns:p") == ":ns:p");
  CHECK(bulkhead::policy::canonical_apparmor_name("a//hat") == "a//hat");
}
