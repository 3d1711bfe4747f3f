// What is said of the lines of tests/data/pasted-records, one row for each, in their order.
#include "cli/denials/record_meaning.h"

#include <catch2/catch.hpp>
#include <fstream>

namespace bulkhead::cli {
namespace {

struct Row {
  std::string_view what, by, remedy;
};
constexpr std::string_view kDenied = "the access was denied";
constexpr std::string_view kNoRule = "no rule of profile";

const std::vector<Row> kKernel = {
    {kDenied, kNoRule, R"(ptrace (trace) peer="docker-default",)"},
    {kDenied, kNoRule, R"(signal (receive) set=(kill) peer="runc",)"},
    {kDenied, kNoRule, R"(signal (receive) set=(hup) peer="podman",)"},
    {kDenied, kNoRule,
     R"(mount options=(rw, nosuid, nodev, noexec, remount, bind) "/run/unit-root/proc/",)"},
    {kDenied, kNoRule, R"(mount fstype=tmpfs options=(rw, nosuid, nodev) "tmpfs" -> "/newroot/",)"},
    {kDenied, kNoRule, "capability net_raw,"},
    {kDenied, kNoRule, "network inet raw,"},
    {kDenied, kNoRule, R"("/run/docker.sock" rw,)"},
    {kDenied, kNoRule,
     R"(unix (send, connect) type=stream peer=(label="unconfined", addr="@/tmp/.X11-unix/X0"),)"},
    {kDenied, "no_new_privs, not a rule", ""},
    {kDenied, "the node keeps unconfined programs from making user namespaces", "userns,"},
    {kDenied, kNoRule, "io_uring sqpoll,"},
    {kDenied, "no profile 'k8s-app' is loaded, not a rule", ""},
    {kDenied, kNoRule, R"("/tmp/a b.txt" r,)"},
    {"the access was let through, by a profile in complain mode", kNoRule, R"("/home/u/x.1" r,)"},
    {"no denial: AppArmor says that its profiles changed", "", ""},
    {"no denial: a rule with `audit` allowed it", "", ""},
    {"the process was ended at this access", kNoRule, R"("/x" r,)"},
    {"a record of SELinux, which Bulkhead does not read", "", ""},
    {"the thread was ended at this call", "a rule with SCMP_ACT_KILL_THREAD for brk",
     R"({"names":["brk"],"action":"SCMP_ACT_ALLOW"})"}};

const std::vector<Row> kTools = {
    {"the process was ended at this call", "the profile does not list SCMP_ARCH_X86",
     R"({"names":["brk"],"action":"SCMP_ACT_ALLOW"})"},
    {"the thread was ended at this call", "a rule with SCMP_ACT_KILL_THREAD for brk",
     R"({"names":["brk"],"action":"SCMP_ACT_ALLOW"})"},
    {kDenied, kNoRule, R"("/tmp/a b.txt" r,)"},
    {"the call was answered with an error", "a rule with SCMP_ACT_ERRNO for clone",
     R"({"names":["clone"],"action":"SCMP_ACT_ALLOW"})"},
    {"the process was ended at this call", "for number 45", ""},
    {"the call was answered with an error", "a rule with SCMP_ACT_ERRNO for clone3",
     R"({"names":["clone3"],"action":"SCMP_ACT_ALLOW"})"}};

void holds(const std::string& file, const std::vector<Row>& rows) {
  std::ifstream lines("tests/data/pasted-records/" + file);
  std::size_t found = 0;
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    const auto meaning = meaning_of(line, nullptr);
    REQUIRE(meaning);
    if (!*meaning) continue;
    REQUIRE(found < rows.size());
    const Row& row = rows[found++];
    CHECK_THAT((*meaning)->what, Catch::StartsWith(std::string(row.what)));
    CHECK_THAT((*meaning)->by, Catch::Contains(std::string(row.by)));
    CHECK(((*meaning)->denial ? (*meaning)->denial->remedy : "") == row.remedy);
  }
  CHECK(found == rows.size());
}

TEST_CASE("lines of the kernel, as people have them, are explained") {
  holds("kernel.txt", kKernel);
}
TEST_CASE("lines of dmesg, journalctl and ausearch are explained") { holds("tools.txt", kTools); }

TEST_CASE("the remedy for a missing architecture is the architecture") {
  oci_config::SeccompProfile profile;
  profile.architectures = {oci_config::SeccompArch::x86_64};
  const auto meaning = meaning_of(
      "type=1326 audit(1611907092.540:1): pid=7 comm=\"a\" exe=\"/a\" sig=31 "
      "arch=40000003 syscall=45 compat=1 ip=0x1 code=0x80000000",
      &profile);
  REQUIRE(meaning);
  REQUIRE(*meaning);
  CHECK((*meaning)->by == "architecture x86 is not in the profile");
  CHECK_THAT((*meaning)->denial->remedy, Catch::Contains("SCMP_ARCH_X86"));
}

TEST_CASE("a record that is not as the kernel writes it is named as such") {
  CHECK_FALSE(meaning_of("type=1326 audit(1611907092.540:1): pid=x", nullptr));
}

}  // namespace
}  // namespace bulkhead::cli
