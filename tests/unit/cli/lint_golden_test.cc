// What lint says of the defaults that people run under, ours and those of tests/references:
// tests/golden/lint/*.txt. UPDATE_GOLDEN=1 writes them anew; the diff is read in review.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "cli/profiles/lint_command.h"
#include "cli/profiles/lint_report.h"
#include "policy/fallback/runtime_default.h"
#include "tests/unit/cli/command_run.h"

namespace bulkhead::cli {
namespace {

using oci_config::JsonDocument;

// Of the reference itself, without what tests/references/update.sh says about it.
std::string profile_in(const std::string& reference) {
  const auto document = JsonDocument::parse(reference, {.described = "a reference"});
  REQUIRE(document.has_value());
  oci_config::SpecEdit edit;
  for (const char* member : {"/reference", "/source", "/version", "/date"}) {
    edit.operations.push_back(oci_config::RemoveMember{member});
  }
  return oci_config::apply(*document, edit).value();
}

std::string linted(const std::string& name, const std::string& text) {
  auto document = JsonDocument::parse(text, {.described = name});
  REQUIRE(document.has_value());
  auto profile = oci_config::read_seccomp_profile(document->root());
  REQUIRE(profile.has_value());
  policy::NodeFacts facts;
  facts.kernel = {6, 1};
  const ProfileFile file{name, *std::move(document), *std::move(profile)};
  Output output;
  write_lint_text({findings_of(file, {facts, 0})}, output);
  return output.buffer();
}

void compare_with_golden(const std::string& name, const std::string& text) {
  const std::string path = "tests/golden/lint/" + name + ".txt";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  INFO(path);
  CHECK(read(path) == text);
}

TEST_CASE("what lint says of the defaults of Docker, containerd and containers-common") {
  for (const char* name : {"moby", "moby-upstream", "containerd", "containerd-upstream",
                           "containers-common", "containers-common-bookworm"}) {
    compare_with_golden(
        name,
        linted(name, profile_in(read(std::string("tests/data/references/") + name + ".json"))));
  }
}

TEST_CASE("what lint says of the fallback") {
  compare_with_golden("runtime-default",
                      linted("runtime/default", std::string(policy::runtime_default_json())));
}

TEST_CASE("what is made of the fallback is warned of what containerd makes of its keys") {
  std::string text(policy::runtime_default_json());
  CHECK(linted("ours", text).ends_with("0 errors, 0 warnings, 8 notes\n"));
  text.replace(text.find("\"access\""), 8, "\"acct\"");
  CHECK(contains(linted("changed", text), "changed: warning [engine-dialect]"));
}

TEST_CASE("what lint says of a profile under which nothing starts") {
  compare_with_golden("nothing-starts",
                      linted("nothing-starts", R"({"defaultAction": "SCMP_ACT_ERRNO",
  "architectures": ["SCMP_ARCH_X86_64"],
  "syscalls": [{"names": ["write"], "action": "SCMP_ACT_ALLOW"}]})"));
}

}  // namespace
}  // namespace bulkhead::cli
