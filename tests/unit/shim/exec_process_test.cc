#include "shim/exec_process.h"

#include <catch2/catch.hpp>

namespace bulkhead::shim {
namespace {

using oci_config::CapabilityMask;
using oci_config::ProcessSpec;

constexpr CapabilityMask kKill = 1U << 5;
constexpr CapabilityMask kChown = 1U << 0;

// A container whose processes are user 1000, with no_new_privs, a profile and CAP_CHOWN.
oci_config::RuntimeSpec container() {
  ProcessSpec process;
  process.uid = 1000;
  process.gid = 1001;
  process.no_new_privileges = true;
  process.apparmor_profile = "strict";
  process.capabilities = {.bounding = kChown, .effective = kChown, .permitted = kChown};
  return {.process = process};
}

ProcessSpec process_of(std::vector<std::string> options, Family family) {
  std::vector<std::string> words = {"shim", "exec"};
  words.insert(words.end(), options.begin(), options.end());
  words.insert(words.end(), {"c", "sh", "-c"});
  const auto line = parse_command_line(words, family, "/");
  REQUIRE_FALSE(line.doubt);
  return process_from_options(line, container());
}

TEST_CASE("without --user runc takes the container's user, and others take root") {
  CHECK(process_of({}, Family::runc).uid == 1000);
  CHECK(process_of({}, Family::runc).gid == 1001);
  for (const Family family : {Family::crun, Family::youki, Family::other}) {
    CHECK(process_of({}, family).uid == 0);
    CHECK(process_of({}, family).gid == 0);
  }
}

TEST_CASE("--user is taken by every family, and without a group what was there") {
  for (const Family family : {Family::runc, Family::crun, Family::youki, Family::other}) {
    CHECK(process_of({"--user=0:0"}, family).uid == 0);
    CHECK(process_of({"--user=7:8"}, family).uid == 7);
    CHECK(process_of({"--user=7:8"}, family).gid == 8);
  }
  CHECK(process_of({"--user=7"}, Family::runc).gid == 1001);
  CHECK(process_of({"--user=7"}, Family::crun).gid == 0);
}

TEST_CASE("without the option runc and youki keep no_new_privs, crun does not") {
  CHECK(process_of({}, Family::runc).no_new_privileges);
  CHECK(process_of({}, Family::youki).no_new_privileges);
  CHECK_FALSE(process_of({}, Family::crun).no_new_privileges);
  CHECK_FALSE(process_of({}, Family::other).no_new_privileges);
  CHECK_FALSE(process_of({"--no-new-privs=false"}, Family::runc).no_new_privileges);
  CHECK(process_of({"--no-new-privs"}, Family::crun).no_new_privileges);
}

TEST_CASE("--cap adds to the container's capabilities, but in crun stands in place of them") {
  const auto added = process_of({"--cap=CAP_KILL"}, Family::runc).capabilities;
  CHECK(added->bounding == (kKill | kChown));
  CHECK(added->permitted == (kKill | kChown));
  CHECK(added->ambient == 0);
  const auto replaced = process_of({"--cap=CAP_KILL"}, Family::crun).capabilities;
  CHECK(replaced->bounding == kKill);
  CHECK(replaced->ambient == kKill);
  CHECK(process_of({}, Family::crun).capabilities->bounding == kChown);
}

TEST_CASE("the container's AppArmor profile holds without the option, but not in youki") {
  CHECK(process_of({}, Family::runc).apparmor_profile == "strict");
  CHECK(process_of({}, Family::crun).apparmor_profile == "strict");
  CHECK_FALSE(process_of({}, Family::youki).apparmor_profile);
  CHECK(process_of({"--apparmor=other"}, Family::youki).apparmor_profile == "other");
}

TEST_CASE("the program is what stands behind the id") {
  CHECK(process_of({}, Family::runc).args == std::vector<std::string>{"sh", "-c"});
}

}  // namespace
}  // namespace bulkhead::shim
