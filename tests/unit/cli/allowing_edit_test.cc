#include "cli/denials/allowing_edit.h"

#include <catch2/catch.hpp>

#include "base/text.h"
#include "oci-config/json.h"
#include "oci-config/native_arch.h"
#include "policy/checks/syscall_standing.h"
#include "policy/fallback/runtime_default.h"

namespace bulkhead::cli {
namespace {

std::string allowed(const std::string& text, const WantedCalls& wanted) {
  const auto document = oci_config::JsonDocument::parse(text, {.described = "test"});
  REQUIRE(document);
  const auto profile = oci_config::read_seccomp_profile(document->root());
  REQUIRE(profile);
  const auto after = apply(*document, allowing_edit(*profile, wanted));
  REQUIRE(after);
  return *after;
}

bool permits(const std::string& text, const std::string& call) {
  const auto profile = oci_config::parse_seccomp_profile(text, "test");
  REQUIRE(profile);
  const auto standing = policy::standing_of(*profile, call);
  return standing.permitted && !standing.conditional;
}

TEST_CASE("a call is added to the rule that allows, and every other byte stays") {
  CHECK(allowed(R"({"defaultAction": "SCMP_ACT_ERRNO", "x":1,
 "syscalls": [{"names": ["read", "open"],   "action": "SCMP_ACT_ALLOW", "comment": "c"}]})",
                {.syscalls = {"mkdir"}}) ==
        R"({"defaultAction": "SCMP_ACT_ERRNO", "x":1,
 "syscalls": [{"names": ["read", "open", "mkdir"],   "action": "SCMP_ACT_ALLOW", "comment": "c"}]})");
}

TEST_CASE("a rule that denies it loses its name, or goes where it names nothing else") {
  const std::string text = R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": ["read"], "action": "SCMP_ACT_ALLOW"},
    {"names": ["mkdir", "rmdir", "mkdir"], "action": "SCMP_ACT_KILL"},
    {"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"},
    {"names": ["mkdir", "chdir"], "action": "SCMP_ACT_LOG"}]})";
  const std::string after = allowed(text, {.syscalls = {"mkdir"}});
  CHECK(permits(after, "mkdir"));
  CHECK_FALSE(permits(after, "rmdir"));
  const auto profile = oci_config::parse_seccomp_profile(after, "test");
  REQUIRE(profile);
  CHECK(profile->syscalls.size() == 3);
}

TEST_CASE("where nothing allows without conditions a rule is added") {
  const std::string after = allowed(
      R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
         {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}]})",
      {.syscalls = {"mkdir"}});
  CHECK(permits(after, "mkdir"));
  CHECK_FALSE(permits(after, "socket"));
}

TEST_CASE("where everything else is allowed, the denial goes and nothing comes") {
  CHECK(
      allowed(
          R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}]})",
          {.syscalls = {"mkdir"}})
          .find("mkdir") == std::string::npos);
}

TEST_CASE("an architecture is listed, in the dialect of engines beside its machine's own") {
  CHECK(
      allowed(R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64"]})",
              {.architectures = {"x86"}}) ==
      R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86"]})");
  const std::string after =
      allowed(base::cat(R"({"defaultAction":"SCMP_ACT_ERRNO","archMap":[{"architecture":")",
                        name_of(oci_config::kNativeArch), R"(","subArchitectures":[]}]})"),
              {.architectures = {"x86"}});
  CHECK_THAT(after, Catch::Contains(R"("subArchitectures":["SCMP_ARCH_X86"])"));
}

TEST_CASE("the fallback takes any call, and taking it twice changes nothing more") {
  const std::string once =
      allowed(std::string(policy::runtime_default_json()), {.syscalls = {"mount", "userfaultfd"}});
  CHECK(permits(once, "userfaultfd"));
  CHECK(allowed(once, {.syscalls = {"mount", "userfaultfd"}}) == once);
}

}  // namespace
}  // namespace bulkhead::cli
