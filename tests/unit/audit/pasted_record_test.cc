#include "audit/denials/pasted_record.h"

#include <catch2/catch.hpp>

#include "audit/denials/kernel_record.h"

namespace bulkhead::audit {
namespace {

const std::string kStamp = "audit(1611907092.540:26626):";
const std::string kBody =
    "auid=1 uid=2 gid=3 ses=1 subj=unconfined pid=7743 comm=\"app\" exe=\"/usr/bin/app\" sig=31 "
    "arch=c000003e syscall=12 compat=0 ip=0x7f code=0x80000000";

KernelDenial denial_in(const std::string& line) {
  const auto pasted = pasted_record(line);
  REQUIRE(pasted);
  const auto record = parse_kernel_record(pasted->type, pasted->text);
  REQUIRE(record);
  REQUIRE(std::holds_alternative<KernelDenial>(*record));
  return std::get<KernelDenial>(*record);
}

SeccompRecord seccomp_in(const std::string& line) {
  return std::get<SeccompRecord>(denial_in(line).facts);
}

TEST_CASE("a line of dmesg, of the journal and of audit.log hold the same record") {
  for (const std::string& line :
       {"[   12.345678] audit: type=1326 " + kStamp + " " + kBody,
        "Jan 29 08:51:32 node kernel: audit: type=1326 " + kStamp + " " + kBody,
        "type=SECCOMP msg=" + kStamp + " " + kBody, "1326\t" + kStamp + " " + kBody, kStamp + kBody,
        "  type=SECCOMP msg=" + kStamp + " " + kBody +
            "\x1d"
            "ARCH=x86_64 SYSCALL=brk\r"}) {
    CAPTURE(line);
    const KernelDenial denial = denial_in(line);
    CHECK(denial.stamp == RecordStamp{1611907092, 540, 26626});
    CHECK(denial.exe == "/usr/bin/app");
    CHECK(std::get<SeccompRecord>(denial.facts) == SeccompRecord{0xc000003e, 12, 0x80000000, 31});
  }
}

TEST_CASE("the journal's line without a stamp has its time as it stands there") {
  const std::string line = "Jan 29 08:51:32 node audit[7743]: SECCOMP " + kBody;
  CHECK(seccomp_in(line).nr == 12);
  CHECK(pasted_record(line)->time == "Jan 29 08:51:32 node");
}

TEST_CASE("ausearch -i writes names: they become the kernel's numbers again") {
  const std::string line =
      "type=SECCOMP msg=audit(01/29/2021 08:51:32.540:26626) : auid=unset uid=root gid=root "
      "ses=unset subj=unconfined pid=7743 comm=my app exe=/usr/bin/my app sig=SIGSYS arch=i386 "
      "syscall=brk compat=1 ip=0x7f code=kill-process ";
  const KernelDenial denial = denial_in(line);
  CHECK(denial.comm == "my app");
  CHECK(denial.exe == "/usr/bin/my app");
  CHECK(std::get<SeccompRecord>(denial.facts) == SeccompRecord{0x40000003, 45, 0x80000000, 0});
  CHECK(pasted_record(line)->time == "01/29/2021 08:51:32.540");
}

TEST_CASE("a call that audit had no name for keeps its number") {
  CHECK(seccomp_in("type=SECCOMP msg=audit(01/29/2021 08:51:32.540:1) : pid=7 comm=a exe=/a "
                   "sig=SIGSYS arch=aarch64 syscall=unknown-syscall(467) compat=0 code=errno")
            .nr == 467);
}

// linux/audit.h: AUDIT_ARCH_AARCH64 and AUDIT_ARCH_ARM.
TEST_CASE("a record of an arm64 machine is read, and that of its 32-bit programs") {
  const std::string raw = "type=SECCOMP msg=" + kStamp +
                          " auid=1 uid=2 gid=3 ses=1 pid=7743 comm=\"app\" exe=\"/app\" sig=31 ";
  CHECK(seccomp_in(raw + "arch=c00000b7 syscall=40 compat=0 ip=0x7f code=0x80000000") ==
        SeccompRecord{0xc00000b7, 40, 0x80000000, 31});
  CHECK(seccomp_in(raw + "arch=40000028 syscall=21 compat=1 ip=0x7f code=0x80000000") ==
        SeccompRecord{0x40000028, 21, 0x80000000, 31});
  const std::string named =
      "type=SECCOMP msg=audit(01/29/2021 08:51:32.540:26626) : pid=7 comm=app exe=/app sig=SIGSYS ";
  CHECK(seccomp_in(named + "arch=aarch64 syscall=mount compat=0 ip=0x7f code=errno") ==
        SeccompRecord{0xc00000b7, 40, 0x50000, 0});
  for (const char* machine : {"armeb", "armv7l"}) {
    CHECK(seccomp_in(named + "arch=" + machine + " syscall=mount compat=1 ip=0x7f code=errno") ==
          SeccompRecord{0x40000028, 21, 0x50000, 0});
  }
}

TEST_CASE("an AppArmor record of ausearch -i has its blanks within names") {
  const auto facts = std::get<AppArmorRecord>(
      denial_in("type=AVC msg=audit(07/13/2024 12:00:01.444:253) : apparmor=DENIED operation=open "
                "class=file profile=docker-default name=/tmp/a b.txt pid=9289 comm=runc "
                "requested_mask=r denied_mask=r fsuid=root ouid=root ")
          .facts);
  CHECK(facts.name == "/tmp/a b.txt");
  CHECK(facts.denied == "r");
}

TEST_CASE("a program that is named like a key does not become one") {
  const auto pasted = pasted_record(
      "type=SECCOMP msg=audit(01/29/2021 08:51:32.540:1) : pid=7 comm=a pid=1 exe=/a sig=0 "
      "arch=x86_64 syscall=brk compat=0 code=errno");
  REQUIRE(pasted);
  CHECK_FALSE(parse_kernel_record(pasted->type, pasted->text));
}

TEST_CASE("lines without a record are passed over") {
  for (const char* line :
       {"", "----", "time->Fri Jan 29 08:51:32 2021", "[ 0.6] audit: initializing",
        "a program said audit(", "auid=", "type=1326", "syscall=1 code=2"}) {
    CAPTURE(line);
    const auto pasted = pasted_record(line);
    CHECK_FALSE((pasted && parse_kernel_record(pasted->type, pasted->text)));
  }
}

}  // namespace
}  // namespace bulkhead::audit
