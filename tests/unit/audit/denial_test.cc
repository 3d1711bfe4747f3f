#include "audit/denials/denial.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "audit/denials/denial_log.h"
#include "audit/denials/denial_remedy.h"
#include "base/text.h"

namespace bulkhead::audit {
namespace {

namespace fs = std::filesystem;

KernelDenial seccomp_record(std::uint32_t arch, std::uint32_t nr, std::uint32_t code) {
  return {.stamp = {1'795'455'154, 156, 3},
          .pid = 4711,
          .comm = "sh",
          .exe = "/bin/sh",
          .uid = 33,
          .facts = SeccompRecord{.arch = arch, .nr = nr, .code = code}};
}

TEST_CASE("a number is named by its architecture") {
  CHECK(denial_of(seccomp_record(0xc000003e, 165, 0x50000)).syscall == "mount");
  const Denial narrow = denial_of(seccomp_record(0x40000003, 21, 0x50000));
  CHECK(narrow.syscall == "mount");
  CHECK(narrow.arch == "x86");
  const Denial x32 = denial_of(seccomp_record(0xc000003e, 0x40000000 | 165, 0x50000));
  CHECK(x32.arch == "x32");
  CHECK(x32.syscall == "mount");
  CHECK(denial_of(seccomp_record(0xc000003e, 9999, 0x50000)).syscall.empty());
}

TEST_CASE("every action of seccomp has its name, and LOG was let through") {
  const std::pair<std::uint32_t, std::string> kActions[] = {
      {0x80000000, "KILL_PROCESS"}, {0, "KILL_THREAD"},    {0x30000, "TRAP"},  {0x50000, "ERRNO"},
      {0x7fc00000, "NOTIFY"},       {0x7ff00000, "TRACE"}, {0x7ffc0000, "LOG"}};
  for (const auto& [code, name] : kActions) {
    const Denial denial = denial_of(seccomp_record(0xc000003e, 165, code));
    CHECK(denial.action == name);
    CHECK(denial.would == (name == "LOG"));
  }
}

TEST_CASE("a denial survives the log") {
  Denial denial = denial_of(seccomp_record(0xc000003e, 165, 0x50000));
  denial.naming = Naming::named;
  denial.identity = {.engine = policy::Engine::containerd,
                     .id = "4f1c",
                     .namespace_ = "shop",
                     .pod = "web",
                     .container = "app"};
  denial.comm = "a\"\n\x1b[31m\xc3\xa9\xff";
  denial.count = 7;
  denial.last = denial.time;
  denial.cause = "rule /syscalls/3";
  const std::string line = to_json(denial);
  CHECK(line.find('\n') == std::string::npos);
  CHECK(line.find('\x1b') == std::string::npos);
  const auto back = parse_denial(line);
  REQUIRE(back);
  CHECK(back->identity == denial.identity);
  CHECK(back->time == "2026-11-23T17:32:34.156Z");
  CHECK(back->comm == "a\"\n\x1b[31m\xc3\xa9\xef\xbf\xbd");  // no UTF-8: U+FFFD
  CHECK(back->uid == 33U);
  CHECK(back->count == 7);
  CHECK(back->cause == "rule /syscalls/3");
  CHECK(to_json(*back) == to_json(*parse_denial(to_json(*back))));
}

TEST_CASE("a denial without a container says why") {
  Denial denial = denial_of(seccomp_record(0xc000003e, 165, 0x50000));
  for (const auto& [naming, text] :
       {std::pair{Naming::gone, "\"unnamed\":\"gone\""},
        std::pair{Naming::no_container, "\"unnamed\":\"no container\""}}) {
    denial.naming = naming;
    CHECK_THAT(to_json(denial), Catch::Contains(text));
    CHECK(parse_denial(to_json(denial))->naming == naming);
  }
}

TEST_CASE("a NUL in a name does not make the line unreadable") {
  Denial denial = denial_of(seccomp_record(0xc000003e, 165, 0x50000));
  denial.comm = std::string("a\0b", 3);
  CHECK(parse_denial(to_json(denial)));
}

TEST_CASE("the remedy of a denied call is a rule, with a caution where it opens the node") {
  const Remedy harmless = remedy_of(denial_of(seccomp_record(0xc000003e, 110, 0x50000)), nullptr);
  CHECK(harmless.fragment == R"({"names":["getppid"],"action":"SCMP_ACT_ALLOW"})");
  CHECK(harmless.caution.empty());
  const Remedy mount = remedy_of(denial_of(seccomp_record(0xc000003e, 165, 0x50000)), nullptr);
  CHECK_FALSE(mount.caution.empty());
  CHECK(remedy_of(denial_of(seccomp_record(0xc000003e, 9999, 0x50000)), nullptr).fragment.empty());
}

TEST_CASE("a call that is safe only with a condition is not suggested without a word") {
  const Remedy clone3 = remedy_of(denial_of(seccomp_record(0xc000003e, 435, 0x50026)), nullptr);
  CHECK(clone3.caution.find("it makes user namespaces") != std::string::npos);
  const Remedy socket = remedy_of(denial_of(seccomp_record(0xc000003e, 41, 0x50001)), nullptr);
  CHECK(socket.caution.find("AF_VSOCK") != std::string::npos);
}

std::string apparmor_remedy(const AppArmorRecord& facts) {
  KernelDenial record = seccomp_record(0, 0, 0);
  record.facts = facts;
  return remedy_of(denial_of(record), &facts).fragment;
}

TEST_CASE("the remedy of an AppArmor denial is a line of a profile") {
  CHECK(apparmor_remedy({.operation = "open", .name = "/etc/x", .denied = "r"}) == "\"/etc/x\" r,");
  CHECK(apparmor_remedy({.operation = "rename_src", .name = "/a*", .denied = "wrd"}) ==
        "\"/a\\*\" rw,");
  CHECK(apparmor_remedy({.operation = "open", .name = "/a\\", .denied = "r"}) == "\"/a\\134\" r,");
  CHECK(apparmor_remedy({.operation = "exec", .name = "/bin/sh", .denied = "x"}) ==
        "\"/bin/sh\" ix,");
  CHECK(apparmor_remedy({.operation = "capable", .capability = "sys_nice"}) ==
        "capability sys_nice,");
  CHECK(apparmor_remedy({.operation = "create", .family = "inet", .socket_type = "raw"}) ==
        "network inet raw,");
  CHECK(apparmor_remedy({.operation = "signal", .denied = "send", .peer = "p", .signal = "kill"}) ==
        "signal (send) set=(kill) peer=\"p\",");
  CHECK(apparmor_remedy({.operation = "open", .name = "/a\nb", .denied = "r"}) ==
        "\"/a\\012b\" r,");
}

struct LogDirectory {
  LogDirectory() {
    char name[] = "/tmp/bulkhead-denials-XXXXXX";
    path = ::mkdtemp(name);
  }
  LogDirectory(const LogDirectory&) = delete;
  LogDirectory& operator=(const LogDirectory&) = delete;
  ~LogDirectory() { fs::remove_all(path); }
  std::string path;
};

std::vector<std::string> messages_in(const std::string& directory, std::uint64_t& strange) {
  std::vector<std::string> messages;
  const auto read =
      read_denial_log(directory, [&](const Denial& denial) { messages.push_back(denial.message); });
  REQUIRE(read);
  strange = *read;
  return messages;
}

std::string line_of(const std::string& message) {
  return to_json(Denial{.kind = DenialKind::loss, .message = message});
}

TEST_CASE("a log that cannot be written keeps its lines and writes them later, in order") {
  const LogDirectory directory;
  const std::string file = base::cat(directory.path, "/", kDenialLogName);
  fs::create_directory(file);  // a name that cannot be opened for writing
  DenialLog log(directory.path);
  log.append(line_of("one"));
  log.append(line_of("two"));
  CHECK(log.waiting());
  CHECK_THAT(log.problem(), Catch::Contains(std::string(kDenialLogName)));
  CHECK_FALSE(log.retry());
  fs::remove(file);
  CHECK(log.retry());
  log.append(line_of("three"));
  std::uint64_t strange = 0;
  CHECK(messages_in(directory.path, strange) == std::vector<std::string>{"one", "two", "three"});
  CHECK(strange == 0);
  CHECK(log.dropped() == 0);
}

TEST_CASE("what waits for a log is bounded, and what is dropped is counted") {
  const LogDirectory directory;
  fs::create_directory(base::cat(directory.path, "/", kDenialLogName));
  DenialLog log(directory.path);
  const std::string line(1000, 'x');
  for (int i = 0; i < 5000; ++i) log.append(line);
  CHECK(log.dropped() == 5000 - DenialLog::kMostBytes / 1000);
}

TEST_CASE("the log before a rotation is read first, and broken lines are counted") {
  const LogDirectory directory;
  std::ofstream(directory.path + "/denials.jsonl.1") << line_of("old") << "\n{\"kind\":\n";
  std::ofstream(directory.path + "/denials.jsonl") << "\n" << line_of("new") << "\n";
  std::uint64_t strange = 0;
  CHECK(messages_in(directory.path, strange) == std::vector<std::string>{"old", "new"});
  CHECK(strange == 1);
}

}  // namespace
}  // namespace bulkhead::audit
