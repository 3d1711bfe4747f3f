#include "policy/advice/apparmor_text.h"

#include <catch2/catch.hpp>

using namespace bulkhead::policy;

namespace {

std::vector<std::string> names_in(std::string_view text) {
  std::vector<std::string> names;
  for (const ProfileHeader& header : profiles_defined_in(text)) names.push_back(header.name);
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("the tutorial's profile is found by its name, with its flags and its line") {
  const auto headers = profiles_defined_in(
      "#include <tunables/global>\n"
      "profile k8s-my-app flags=(attach_disconnected,mediate_deleted) {\n"
      "  #include <abstractions/base>\n"
      "  /app/** r,\n"
      "  deny /etc/** w,\n"
      "}\n");
  REQUIRE(headers.size() == 1);
  CHECK(headers[0].name == "k8s-my-app");
  CHECK(headers[0].flags == Names{"attach_disconnected", "mediate_deleted"});
  CHECK(headers[0].line == 2);
  CHECK(headers[0].has_flag("mediate_deleted"));
  CHECK_FALSE(headers[0].has_flag("complain"));
}

TEST_CASE("children and hats carry the name of their profile, as the kernel lists them") {
  CHECK(names_in("profile one { /tmp/** rw,\n profile child { /x r, }\n ^hat { /y r, }\n"
                 "hat other { /z r, } }\nprofile two { file, }") ==
        Names{"one", "one//child", "one//hat", "one//other", "two"});
}

TEST_CASE("braces inside a path do not end a profile") {
  CHECK(
      names_in("@{PROC} = /proc/\nprofile a {\n /usr/{bin,sbin}/{a,b}** rix,\n @{PROC}/sys/** r,\n"
               " owner @{HOME}/{,.}x rw,\n}\nprofile b { }\n") == Names{"a", "b"});
}

TEST_CASE("a path, a quoted name and a namespace name a profile as well") {
  CHECK(names_in(
            "/usr/bin/foo { }\n\"/opt/a b\" flags=(complain) { }\n"
            "profile \"two words\" /x { }\nprofile :ns:app { }\n@{bin}/x flags=(complain) { }") ==
        Names{"/usr/bin/foo", "/opt/a b", "two words", ":ns:app", "@{bin}/x"});
}

TEST_CASE("what a profile confines on the host is told apart from its name") {
  const auto headers = profiles_defined_in(
      "profile app flags=(complain) { }\nprofile named /usr/bin/x flags=(complain) { }\n"
      "/usr/bin/y { }\nprofile /usr/bin/z { }\nprofile v @{bin}/v { }\nprofile q \"/a b\" { }");
  REQUIRE(headers.size() == 6);
  CHECK(headers[0].attachment.empty());
  CHECK(headers[1].attachment == "/usr/bin/x");
  CHECK(headers[2].attachment == "/usr/bin/y");
  CHECK(headers[3].attachment == "/usr/bin/z");
  CHECK(headers[4].attachment == "@{bin}/v");
  CHECK(headers[5].attachment == "/a b");
}

TEST_CASE("conditions, variables and comments are no profiles") {
  CHECK(names_in("# profile commented {\n$x = true\n@{X} = /a /b\nabi <abi/3.0>,\n"
                 "include <tunables/global>\nprofile real { if $x { /a r, } }\n") == Names{"real"});
}

TEST_CASE("flags without the word flags, as old profiles write them, are understood") {
  const auto headers = profiles_defined_in("/bin/x (complain, audit) { }");
  REQUIRE(headers.size() == 1);
  CHECK(headers[0].flags == Names{"complain", "audit"});
}

TEST_CASE("a profile that is never closed reaches to the end of the text") {
  const std::string_view text = "profile a { /x r,";
  const auto headers = profiles_defined_in(text);
  REQUIRE(headers.size() == 1);
  CHECK(headers[0].body_end == text.size());
}

TEST_CASE("no text makes the reader of headers fail") {
  for (const char* text : {"", "{", "}", "}}{{", "profile", "profile {", "\"", "profile \"x {", "(",
                           "profile x flags=(", "#", "^ {", "@{", "@{ {"}) {
    CHECK(names_in(text).size() <= 1);
    CHECK(included_files(text).empty());
  }
}

TEST_CASE("every spelling of an include is found") {
  const auto files = included_files(
      "abi <abi/3.0>,\n#include <tunables/global>\nprofile x { include <abstractions/base>\n"
      " include if exists \"/etc/local/x\"\n include plain/file\n}");
  REQUIRE(files.size() == 5);
  CHECK(files[0].path == "tunables/global");
  CHECK(files[0].old_style);
  CHECK(files[0].line == 2);
  CHECK(files[1].path == "abstractions/base");
  CHECK(files[1].searched);
  CHECK_FALSE(files[1].old_style);
  CHECK(files[2].path == "/etc/local/x");
  CHECK(files[2].if_exists);
  CHECK_FALSE(files[2].searched);
  CHECK(files[3].path == "plain/file");
  CHECK(files[4].path == "abi/3.0");
  CHECK(files[4].is_abi);
}
