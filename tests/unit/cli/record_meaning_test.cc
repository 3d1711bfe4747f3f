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
constexpr std::string_view kEitherKill = "the process was ended at this call, or the thread alone";

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
    {kEitherKill, "a rule with SCMP_ACT_KILL_PROCESS or SCMP_ACT_KILL_THREAD for brk",
     R"({"names":["brk"],"action":"SCMP_ACT_ALLOW"})"},
    {kDenied, kNoRule, R"("/tmp/a b.txt" r,)"},
    {"the call was answered with an error", "a rule with SCMP_ACT_ERRNO for clone",
     R"({"names":["clone"],"action":"SCMP_ACT_ALLOW"})"},
    {"the process was ended at this call", "for number 45", ""},
    {"the call was answered with an error", "a rule with SCMP_ACT_ERRNO for clone3",
     R"({"names":["clone3"],"action":"SCMP_ACT_ALLOW"})"}};

// As audit 3.0.9 prints them.
const std::vector<Row> kInterpreted = {
    {"the call was answered with an error", "a rule with SCMP_ACT_ERRNO for clone,",
     R"({"names":["clone"],"action":"SCMP_ACT_ALLOW"})"},
    {kEitherKill, "a rule with SCMP_ACT_KILL_PROCESS or SCMP_ACT_KILL_THREAD for brk,",
     R"({"names":["brk"],"action":"SCMP_ACT_ALLOW"})"},
    {kEitherKill, "the profile does not list SCMP_ARCH_ARM",
     R"({"names":["set_tls"],"action":"SCMP_ACT_ALLOW"})"},
    {kEitherKill, "the profile does not list SCMP_ARCH_X86",
     R"({"names":["arch_prctl"],"action":"SCMP_ACT_ALLOW"})"},
    {kEitherKill, "the profile does not list SCMP_ARCH_X32", ""},
    {"the call was let through, and logged", "SCMP_ACT_LOG for open_tree_attr",
     R"({"names":["open_tree_attr"],"action":"SCMP_ACT_ALLOW"})"},
    {"the call was answered with an error", "SCMP_ACT_ERRNO for io_uring_setup",
     R"({"names":["io_uring_setup"],"action":"SCMP_ACT_ALLOW"})"},
    {kDenied, kNoRule, R"("/tmp/a b.txt" r,)"},
    {kDenied, kNoRule, ""},
    {kDenied, kNoRule, "capability net_raw,"},
    {kDenied, kNoRule, ""},
    {kDenied, kNoRule,
     R"(unix (send, connect) type=stream peer=(label="unconfined", addr="@/tmp/.X11-unix/X0"),)"},
    {kDenied, kNoRule, R"(signal (receive) set=(kill) peer="runc",)"}};

// journalctl -o short-iso, short-iso-precise, short-full, short-unix, short-monotonic and cat;
// dmesg -T, -r, -x, --time-format iso and reltime.
constexpr std::string_view kErrno = "the call was answered with an error";
constexpr std::string_view kKilled = "the process was ended at this call";
const std::vector<Row> kHeads = {
    {kErrno, "for clone", R"({"names":["clone"],"action":"SCMP_ACT_ALLOW"})"},
    {kKilled, "SCMP_ARCH_ARM", R"({"names":["brk"],"action":"SCMP_ACT_ALLOW"})"},
    {kDenied, kNoRule, R"("/x" r,)"},
    {kErrno, "for execve", R"({"names":["execve"],"action":"SCMP_ACT_ALLOW"})"},
    {kErrno, "for mmap", R"({"names":["mmap"],"action":"SCMP_ACT_ALLOW"})"},
    {kErrno, "for fadvise64", R"({"names":["fadvise64"],"action":"SCMP_ACT_ALLOW"})"},
    {kErrno, "for swapon", R"({"names":["swapon"],"action":"SCMP_ACT_ALLOW"})"},
    {kDenied, kNoRule, R"("/y" r,)"},
    {kKilled, "for set_tls", R"({"names":["set_tls"],"action":"SCMP_ACT_ALLOW"})"},
    {kKilled, "for write", R"({"names":["write"],"action":"SCMP_ACT_ALLOW"})"},
    {kKilled, "for open", R"({"names":["open"],"action":"SCMP_ACT_ALLOW"})"},
    {kKilled, "for close", R"({"names":["close"],"action":"SCMP_ACT_ALLOW"})"}};

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

TEST_CASE("lines of every form of journalctl and dmesg are explained") {
  holds("heads.txt", kHeads);
}
TEST_CASE("what ausearch -i prints is explained, of every architecture that it knows") {
  holds("ausearch-interpreted.txt", kInterpreted);
}

TEST_CASE("what ausearch -i does not tell is no rule, and said") {
  const auto told = [](const std::string& rest) {
    const auto meaning = meaning_of(
        "type=APPARMOR_DENIED msg=audit(09/13/20 12:26:40.001:13) : apparmor=DENIED " + rest,
        nullptr);
    REQUIRE(meaning);
    return (*meaning)->denial->caution;
  };
  CHECK_THAT(
      told("operation=mount class=\"mount\" profile=p name=/n/ pid=1 comm=b flags=MAP_FILE "),
      Catch::Contains("does not tell the options of the mount"));
  CHECK_THAT(told("operation=create class=\"net\" profile=p pid=7 comm=b family=unspecified "
                  "sock_type=\"raw\" protocol=1 requested_mask=create denied_mask=create "),
             Catch::Contains("does not tell the family of the socket"));
}

TEST_CASE("a call that ausearch -i tells by a name without a number is not guessed") {
  std::ifstream lines("tests/data/pasted-records/ausearch-without-number.txt");
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    const auto meaning = meaning_of(line, nullptr);
    REQUIRE_FALSE(meaning);
    CHECK_THAT(meaning.error().sentence(), Catch::Contains("ausearch without -i"));
  }
}

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
