#include "policy/checks/expand.h"

#include <catch2/catch.hpp>
#include <string>

namespace bulkhead::policy {
namespace {

using oci_config::capability_number;
using oci_config::CapabilityMask;
using oci_config::SeccompArch;
using oci_config::SeccompProfile;

CapabilityMask mask(std::initializer_list<const char*> names) {
  CapabilityMask out = 0;
  for (const char* name : names) out |= CapabilityMask{1} << capability_number(name).value();
  return out;
}

SeccompProfile profile(const std::string& rules, const std::string& members = "") {
  return oci_config::parse_seccomp_profile(R"({"defaultAction": "SCMP_ACT_ERRNO", )" + members +
                                               R"("syscalls": [)" + rules + "]}",
                                           "profile")
      .value();
}

// A rule for one name with the conditions that are given.
std::string rule(const std::string& conditions) {
  return R"({"names": ["mount"], "action": "SCMP_ACT_ALLOW", )" + conditions + "}";
}

bool stays(const std::string& conditions, const ExpandFor& container) {
  return expand(profile(rule(conditions)), container).syscalls.size() == 1;
}

TEST_CASE("a rule that includes capabilities needs all of them") {
  const std::string both = R"("includes": {"caps": ["CAP_SYS_ADMIN", "CAP_BPF"]})";
  CHECK(stays(both, {.capabilities = mask({"CAP_SYS_ADMIN", "CAP_BPF"})}));
  CHECK_FALSE(stays(both, {.capabilities = mask({"CAP_SYS_ADMIN"})}));
  CHECK_FALSE(stays(both, {}));
}

TEST_CASE("a rule that excludes capabilities goes with any of them") {
  const std::string either = R"("excludes": {"caps": ["CAP_SYS_ADMIN", "CAP_BPF"]})";
  CHECK(stays(either, {.capabilities = mask({"CAP_CHOWN"})}));
  CHECK_FALSE(stays(either, {.capabilities = mask({"CAP_BPF"})}));
  CHECK_FALSE(stays(either, {.capabilities = mask({"CAP_SYS_ADMIN", "CAP_BPF"})}));
}

TEST_CASE("a rule that includes architectures needs the native one among them") {
  const std::string x86 = R"("includes": {"arches": ["amd64", "x32"]})";
  CHECK(stays(x86, {.native = SeccompArch::x86_64}));
  CHECK_FALSE(stays(x86, {.native = SeccompArch::aarch64}));
  const std::string not_arm = R"("excludes": {"arches": ["arm64"]})";
  CHECK(stays(not_arm, {.native = SeccompArch::x86_64}));
  CHECK_FALSE(stays(not_arm, {.native = SeccompArch::aarch64}));
}

TEST_CASE(
    "a rule that includes a kernel begins with that version, one that excludes it ends there") {
  const std::string from = R"("includes": {"minKernel": "4.8"})";
  CHECK(stays(from, {.kernel = {4, 8}}));
  CHECK(stays(from, {.kernel = {6, 1}}));
  CHECK_FALSE(stays(from, {.kernel = {4, 7}}));
  const std::string until = R"("excludes": {"minKernel": "4.8"})";
  CHECK(stays(until, {.kernel = {3, 10}}));
  CHECK_FALSE(stays(until, {.kernel = {4, 8}}));
}

TEST_CASE("every condition that is given must hold") {
  const std::string all =
      R"("includes": {"caps": ["CAP_BPF"], "arches": ["amd64"], "minKernel": "5.8"})";
  const ExpandFor right{
      .capabilities = mask({"CAP_BPF"}), .native = SeccompArch::x86_64, .kernel = {5, 8}};
  CHECK(stays(all, right));
  ExpandFor wrong = right;
  wrong.kernel = {5, 4};
  CHECK_FALSE(stays(all, wrong));
  wrong = right;
  wrong.native = SeccompArch::aarch64;
  CHECK_FALSE(stays(all, wrong));
}

TEST_CASE("a capability or architecture that nobody knows is never held and never native") {
  CHECK_FALSE(stays(R"("includes": {"caps": ["CAP_FUTURE"]})", {.capabilities = ~0ULL}));
  CHECK(stays(R"("excludes": {"caps": ["CAP_FUTURE"]})", {.capabilities = ~0ULL}));
  CHECK_FALSE(stays(R"("includes": {"arches": ["vax"]})", {}));
}

TEST_CASE("the architectures are the native one and what archMap puts beside it") {
  const SeccompProfile mapped = profile(rule(R"("comment": "")"), R"("archMap": [
      {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]},
      {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}], )");
  using Arches = std::vector<SeccompArch>;
  CHECK(expand(mapped, {.native = SeccompArch::x86_64}).architectures ==
        Arches{SeccompArch::x86_64, SeccompArch::x86, SeccompArch::x32});
  CHECK(expand(mapped, {.native = SeccompArch::aarch64}).architectures ==
        Arches{SeccompArch::aarch64, SeccompArch::arm});
  CHECK(expand(mapped, {.native = SeccompArch::riscv64}).architectures.empty());
}

TEST_CASE("where the machine's own architecture is to be alone, no dialect lists another") {
  const SeccompProfile mapped = profile(rule(R"("comment": "")"), R"("archMap": [
      {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}], )");
  const SeccompProfile listed =
      profile(rule(R"("args": [])"), R"("architectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X86_64"], )");
  const ExpandFor alone{.native_alone = true};
  for (const SeccompProfile& one : {mapped, listed}) {
    CHECK(other_architectures(expand(one, {}), SeccompArch::x86_64) ==
          std::vector{SeccompArch::x86});
    CHECK(expand(one, alone).architectures == std::vector{SeccompArch::x86_64});
    CHECK(expand(one, alone).syscalls.size() == 1);
  }
}

TEST_CASE("what is left of a rule is what a runtime knows, at the place where it stood") {
  const SeccompProfile expanded =
      expand(profile(rule(R"("includes": {"caps": ["CAP_BPF"]})") + "," +
                     rule(R"("comment": "why", "excludes": {"caps": ["CAP_BPF"]}, "args": [
                   {"index": 1, "value": 2, "op": "SCMP_CMP_EQ"}])")),
             {});
  REQUIRE(expanded.syscalls.size() == 1);
  const oci_config::SyscallRule& left = expanded.syscalls[0];
  CHECK(expanded.dialect == oci_config::ProfileDialect::oci);
  CHECK(left.names == std::vector<std::string>{"mount"});
  CHECK(left.args.size() == 1);
  CHECK(left.includes.empty());
  CHECK(left.excludes.empty());
  CHECK(left.comment.empty());
  CHECK(left.pointer == "/syscalls/1");
}

TEST_CASE("a profile in the form of the OCI spec is left as it is") {
  const SeccompProfile oci = oci_config::parse_seccomp_profile(
                                 R"({"defaultAction": "SCMP_ACT_ALLOW",
                                     "architectures": ["SCMP_ARCH_X86"], "syscalls": []})",
                                 "profile")
                                 .value();
  REQUIRE(oci.dialect == oci_config::ProfileDialect::oci);
  CHECK(expand(oci, {}).architectures == std::vector<SeccompArch>{SeccompArch::x86});
}

}  // namespace
}  // namespace bulkhead::policy
