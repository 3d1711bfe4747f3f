#include "audit/denials/kernel_record.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>

namespace bulkhead::audit {
namespace {

const std::string kSeccompText =
    "audit(1795455154.156:3): auid=4294967295 uid=33 gid=0 ses=4294967295 subj=k8s-my-app pid=112 "
    "comm=\"sh\" exe=\"/bin/busybox\" sig=31 arch=c000003e syscall=165 compat=0 ip=0x44bf49 "
    "code=0x50001";
const std::string kAppArmorText =
    "audit(1795455093.028:11): apparmor=\"DENIED\" operation=\"link\" profile=\"strict\" "
    "name=\"/tmp/l\" pid=124 comm=\"probe\" requested_mask=\"l\" denied_mask=\"l\" fsuid=7 ouid=0 "
    "target=\"/denied/secret\"";

KernelDenial parsed(std::uint16_t type, const std::string& text) {
  const auto record = parse_kernel_record(type, text);
  REQUIRE(record);
  REQUIRE(std::holds_alternative<KernelDenial>(*record));
  return std::get<KernelDenial>(*record);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string refusal(std::uint16_t type, const std::string& text) {
  const auto record = parse_kernel_record(type, text);
  REQUIRE_FALSE(record);
  CHECK(record.error().code == base::ErrorCode::invalid_input);
  return record.error().message;
}

TEST_CASE("a seccomp record tells process, call, architecture and action") {
  const KernelDenial denial = parsed(kSeccompRecord, kSeccompText);
  CHECK(denial.stamp == RecordStamp{1795455154, 156, 3});
  CHECK(denial.pid == 112);
  CHECK(denial.uid == 33U);
  CHECK(denial.comm == "sh");
  CHECK(denial.exe == "/bin/busybox");
  CHECK(denial.subject == "k8s-my-app");
  // The data of the answer, here EPERM, is no part of the action.
  CHECK(std::get<SeccompRecord>(denial.facts) == SeccompRecord{0xc000003e, 165, 0x50000, 31});
}

TEST_CASE("an AppArmor record tells operation, profile, path, masks and target") {
  const KernelDenial denial = parsed(kAppArmorRecord, kAppArmorText);
  const auto& facts = std::get<AppArmorRecord>(denial.facts);
  CHECK(facts.verdict == AppArmorVerdict::denied);
  CHECK(facts.operation == "link");
  CHECK(facts.profile == "strict");
  CHECK(facts.name == "/tmp/l");
  CHECK(facts.denied == "l");
  CHECK(facts.target == "/denied/secret");
  CHECK(denial.uid == 7U);
}

TEST_CASE("a complain profile's record says that it was let through") {
  const auto denial = parsed(kAppArmorRecord, replaced(kAppArmorText, "DENIED", "ALLOWED"));
  CHECK(std::get<AppArmorRecord>(denial.facts).verdict == AppArmorVerdict::allowed);
}

TEST_CASE("what a profile kills for is a denial") {
  const auto denial = parsed(kAppArmorRecord, replaced(kAppArmorText, "DENIED", "KILLED"));
  CHECK(std::get<AppArmorRecord>(denial.facts).verdict == AppArmorVerdict::killed);
}

TEST_CASE("the words of newer mediations are read") {
  const auto denial = parsed(
      kAppArmorRecord,
      "audit(1600000000.001:12): apparmor=\"DENIED\" operation=\"uring_sqpoll\" class=\"io_uring\" "
      "profile=\"p\" pid=5 comm=\"x\" requested=\"sqpoll\" denied=\"sqpoll\"");
  CHECK(std::get<AppArmorRecord>(denial.facts).requested == "sqpoll");
  CHECK(std::get<AppArmorRecord>(denial.facts).denied == "sqpoll");
}

TEST_CASE("hexadecimal values are decoded: spaces, quotes, newlines and UTF-8") {
  const auto denial =
      parsed(kAppArmorRecord, replaced(kAppArmorText, "\"/tmp/l\"", "2F746D702F6120220A62C3A9"));
  CHECK(std::get<AppArmorRecord>(denial.facts).name == "/tmp/a \"\nb\xc3\xa9");
}

TEST_CASE("a name that looks hexadecimal but is quoted is left alone") {
  CHECK(parsed(kSeccompRecord, replaced(kSeccompText, "\"sh\"", "\"CAFE\"")).comm == "CAFE");
}

TEST_CASE("an executable that is gone has no name") {
  CHECK(parsed(kSeccompRecord, replaced(kSeccompText, "\"/bin/busybox\"", "(null)")).exe.empty());
}

TEST_CASE("a label with its mode behind it does not disturb the other values") {
  const auto denial =
      parsed(kSeccompRecord, replaced(kSeccompText, "k8s-my-app", "k8s-my-app (enforce)"));
  CHECK(denial.subject == "k8s-my-app");
  CHECK(denial.pid == 112);
}

TEST_CASE("a key that stands twice is refused") {
  CHECK_THAT(refusal(kSeccompRecord, replaced(kSeccompText, "k8s-my-app", "x pid=1")),
             Catch::Contains("'pid' stands twice"));
}

TEST_CASE("what the kernel does not write is refused") {
  CHECK_THAT(refusal(kSeccompRecord, "arch=c000003e"), Catch::Contains("audit(TIME:SERIAL)"));
  CHECK_THAT(refusal(kSeccompRecord, replaced(kSeccompText, "pid=112", "pid=-1")),
             Catch::Contains("pid is not positive"));
  CHECK_THAT(refusal(kSeccompRecord, replaced(kSeccompText, "\"sh\"", "sh")),
             Catch::Contains("neither quoted nor hexadecimal"));
  CHECK_THAT(refusal(kSeccompRecord, replaced(kSeccompText, "code=0x50001", "code=\"0x50001")),
             Catch::Contains("a quote is not closed"));
  CHECK_THAT(refusal(kSeccompRecord, replaced(kSeccompText, "syscall=165", "syscall=mount")),
             Catch::Contains("syscall is no number"));
}

TEST_CASE("text of user space is never read, whatever it looks like") {
  constexpr std::uint16_t kOthers[] = {1100, 1107, 1112, 1199, 2100, 1399, 1401, 0};
  for (const std::uint16_t type : kOthers) {
    CAPTURE(type);
    for (const std::string& text : {kSeccompText, kAppArmorText}) {
      const auto record = parse_kernel_record(type, text);
      REQUIRE(record);
      CHECK(std::holds_alternative<std::monostate>(*record));
    }
  }
}

TEST_CASE("an SELinux record and a profile that is loaded are no denials of ours") {
  for (const std::string text :
       {"audit(1795455093.028:11): avc:  denied  { read } for  pid=1 comm=\"x\" scontext=a "
        "tcontext=b",
        "audit(1795455092.268:2): apparmor=\"STATUS\" operation=\"profile_load\" "
        "profile=\"unconfined\" name=\"strict\" pid=110 comm=\"apparmor_parser\""}) {
    const auto record = parse_kernel_record(kAppArmorRecord, text);
    REQUIRE(record);
    CHECK(std::holds_alternative<std::monostate>(*record));
  }
}

TEST_CASE("an access that an audit rule allowed is told as no denial") {
  const auto record = parse_kernel_record(
      kAppArmorRecord,
      "audit(1795455093.028:11): apparmor=\"AUDIT\" operation=\"exec\" profile=\"rec-web\" "
      "name=\"/bin/sh\" pid=12 comm=\"sh\" requested_mask=\"x\" fsuid=33 ouid=0");
  REQUIRE(record);
  const auto* access = std::get_if<AuditedAccess>(&*record);
  REQUIRE(access != nullptr);
  CHECK(access->pid == 12);
  CHECK(access->facts.name == "/bin/sh");
  CHECK(access->facts.requested == "x");
  CHECK(access->facts.user == 33);
  CHECK(access->facts.owner == 0);
}

TEST_CASE("the companion of an AppArmor record adds program and user") {
  const auto record = parse_kernel_record(
      kSyscallRecord,
      "audit(1795455093.028:11): arch=c000003e syscall=257 success=no exit=-13 a0=ffffff9c a1=1 "
      "items=0 ppid=1 pid=124 auid=0 uid=5 gid=0 euid=0 comm=\"probe\" exe=\"/bin/probe\" "
      "subj=strict key=(null)");
  REQUIRE(record);
  const auto& companion = std::get<SyscallCompanion>(*record);
  CHECK(companion.stamp.serial == 11);
  CHECK(companion.exe == "/bin/probe");
  CHECK(companion.uid == 5U);
}

// "nl_type=1326 … |type=1326 msg=audit(…): …  [what the recorder of the sample found]"
std::map<std::string, int> denials_in(const std::filesystem::path& path) {
  std::map<std::string, int> found;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::size_t at = line.find(" msg=");
    if (!line.starts_with("nl_type=") || at == std::string::npos) continue;
    const auto type = static_cast<std::uint16_t>(std::stoi(line.substr(8)));
    std::string text = line.substr(at + 5);
    text.resize(text.rfind("  ["));
    const auto record = parse_kernel_record(type, text);
    INFO(line);
    REQUIRE(record);
    if (const auto* denial = std::get_if<KernelDenial>(&*record)) {
      const auto* apparmor = std::get_if<AppArmorRecord>(&denial->facts);
      ++found[apparmor == nullptr ? "seccomp" : apparmor->operation];
    }
  }
  return found;
}

TEST_CASE("records of Debian's kernel are all understood") {
  const std::filesystem::path samples = "tests/data/kernel-records";
  CHECK(denials_in(samples / "mcast-seccomp-crun-kill.txt")["seccomp"] == 1);
  CHECK(denials_in(samples / "mcast-seccomp-direct.txt")["seccomp"] >= 9);
  for (const char* name : {"mcast-strict.txt", "mcast-strictc.txt"}) {
    auto found = denials_in(samples / name);
    for (const char* operation : {"open", "mknod", "mkdir", "unlink", "symlink", "capable",
                                  "create", "mount", "ptrace", "signal"}) {
      CAPTURE(name, operation);
      CHECK(found[operation] > 0);
    }
  }
}

TEST_CASE("a value with a control character is none of the kernel's") {
  const auto parsed = parse_kernel_record(
      kAppArmorRecord,
      "audit(1.001:2): apparmor=\"DENIED\" operation=\"bind\" profile=\"p\" pid=5 "
      "comm=\"c\" family=\"in\net\" denied_mask=\"bind\"");
  REQUIRE_FALSE(parsed.has_value());
  CHECK_THAT(parsed.error().sentence(), Catch::Contains("a control character in a value"));
}

}  // namespace
}  // namespace bulkhead::audit
