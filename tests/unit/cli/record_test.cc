#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/frame/app.h"
#include "cli/record/record_command.h"
#include "oci-config/json.h"
#include "record/keeping/store.h"
#include "record/values/record_json.h"

using namespace bulkhead;
using namespace bulkhead::cli;
using base::ExitCode;
using record::Record;

namespace {

constexpr std::uint32_t kX86_64 = 0xc000003e;
constexpr std::uint32_t kX86 = 0x40000003;
constexpr record::Time kBegin = 1'764'306'000'000;  // 2025-11-28T05:00:00Z

struct Node {
  Node() {
    char pattern[] = "/tmp/bulkhead-cli-record-XXXXXX";
    path = ::mkdtemp(pattern);
    paths = {.settings = path, .state = path, .cache = path, .log = path};
  }
  ~Node() { std::filesystem::remove_all(path); }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  struct Ran {
    ExitCode code;
    std::string output;
    std::string errors;
  };
  Ran run(const std::vector<std::string>& arguments) const {
    Output output;
    Output errors;
    const ExitCode code = cli::run(arguments, output, errors, paths);
    return {code, output.buffer(), errors.buffer()};
  }
  void keep(const Record& record) const {
    REQUIRE(record::write_record(paths, record).has_value());
  }

  std::string path;
  base::Paths paths;
};

// openat(2) in both of two containers, accept4(2) in the second only, a day later.
Record two_containers() {
  constexpr record::Time kDay = 86'400'000;
  Record record{.name = "web", .since = kBegin};
  for (const record::Time day : {0, 1}) {
    const record::Time at = kBegin + day * kDay;
    record::RecordedContainer& container = record.containers[{at, day == 0 ? "c1" : "c2"}];
    container = {.name = "app", .kernel = "6.1.0", .how = record::How::histogram};
    container.ended = at + 60'000;
    container.calls[{kX86_64, 257}] = {.count = 10, .first = at, .last = at + 1'000};
  }
  auto& calls = record.containers.rbegin()->second.calls;
  calls[{kX86_64, 288}] = {.count = 3, .first = kBegin + kDay, .last = kBegin + kDay, .by_exec = 3};
  calls[{kX86_64, 165}] = {.first = kBegin + kDay, .last = kBegin + kDay, .denied = 7};
  return record;
}

std::string line_with(const std::string& text, const std::string& part) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(part) != std::string::npos) return line;
  }
  return {};
}

TEST_CASE("'*' is every container for who begins a record, also one without a name") {
  const auto match = RecordMatch{.image = "*/web:*", .container = "*"}.rule_match();
  CHECK(match.image == "*/web:*");
  CHECK_FALSE(match.container.has_value());
  CHECK_FALSE(RecordMatch{.container = "*"}.is_empty());
}

TEST_CASE("a record is shown with counts, containers and times") {
  const Node node;
  node.keep(two_containers());
  const auto ran = node.run({"record", "show", "web"});
  CHECK(ran.code == ExitCode::ok);
  CHECK_THAT(ran.output, Catch::StartsWith("web: 2 containers since 2025-11-28 05:00:00 UTC."));
  CHECK_THAT(line_with(ran.output, "openat"),
             Catch::Matches("openat +20 +2 of 2 +11-28 05:00:00 +11-29 05:00:01"));
  CHECK_THAT(line_with(ran.output, "accept4"), Catch::Matches("accept4 +3 +3 +1 of 2 .*"));
  CHECK_THAT(line_with(ran.output, "mount"), Catch::Matches("mount +0 +7 +1 of 2 .*"));
}

TEST_CASE("what is new since a time is shown alone") {
  const Node node;
  node.keep(two_containers());
  const auto ran = node.run({"record", "show", "web", "--new-since", "2025-11-29"});
  CHECK(line_with(ran.output, "openat").empty());
  CHECK_FALSE(line_with(ran.output, "accept4").empty());
  CHECK_THAT(node.run({"record", "show", "web", "--new-since", "2025-11-30"}).output,
             Catch::Contains("No call was new in that time."));
  CHECK(node.run({"record", "show", "web", "--new-since", "soon"}).code == ExitCode::usage);
}

TEST_CASE("what joined with exec can be left out of what is shown") {
  const Node node;
  node.keep(two_containers());
  const auto ran = node.run({"record", "show", "web", "--without-exec"});
  CHECK(line_with(ran.output, "accept4").empty());
}

TEST_CASE("calls of several architectures are shown apart") {
  const Node node;
  Record record = two_containers();
  record.containers.begin()->second.calls[{kX86, 20}] = {.count = 1, .first = kBegin};
  node.keep(record);
  const auto ran = node.run({"record", "show", "web"});
  CHECK_THAT(ran.output, Catch::Contains("\nx86\n") && Catch::Contains("\nx86_64\n"));
  CHECK_THAT(line_with(ran.output, "getpid"), Catch::StartsWith("getpid"));
}

TEST_CASE("a record of 32-bit calls tells that a policy of the native architecture kills") {
  const Node node;
  Record record = two_containers();
  node.keep(record);
  CHECK_THAT(node.run({"record", "show", "web"}).output, !Catch::Contains("other architectures"));
  record.containers.begin()->second.calls[{kX86, 20}] = {.count = 1, .first = kBegin};
  node.keep(record);
  CHECK_THAT(node.run({"record", "show", "web"}).output,
             Catch::Contains("Programs of other architectures: x86.") &&
                 Catch::Contains("they would be killed."));
  CHECK_THAT(node.run({"record", "show", "web", "--json"}).output,
             Catch::Contains(R"("other_architectures":["x86"])") ||
                 Catch::Contains(R"("other_architectures": ["x86"])"));
}

TEST_CASE("losses and containers that were recorded by a log are told above the calls") {
  const Node node;
  Record record = two_containers();
  record.containers.rbegin()->second.how = record::How::log;
  record.containers.rbegin()->second.losses.audit_lost = 2;
  node.keep(record);
  CHECK_THAT(node.run({"record", "show", "web"}).output,
             Catch::Contains("Incomplete: 2 records of the kernel that did not arrive.") &&
                 Catch::Contains("Of 1 container only calls were counted"));
}

TEST_CASE("names of containers cannot write to the terminal") {
  const Node node;
  Record record = two_containers();
  record.containers.begin()->second.kernel = "6.1\x1b[31m";
  record.containers.begin()->second.losses.reasons.insert("a\x1b[31m");
  node.keep(record);
  for (const char* command : {"show", "profile"}) {
    const auto ran = node.run({"record", command, "web"});
    CHECK((ran.output + ran.errors).find('\x1b') == std::string::npos);
  }
}

TEST_CASE("a record as JSON names its calls and its containers") {
  const Node node;
  node.keep(two_containers());
  const auto ran = node.run({"record", "show", "web", "--json"});
  const auto document = oci_config::JsonDocument::parse(ran.output, {});
  REQUIRE(document.has_value());
  CHECK(document->find("/containers")->size() == 2);
  CHECK(document->find("/calls/2/name")->string() == "openat");
  CHECK(document->find("/calls/2/count")->raw() == "20");
  CHECK(document->find("/calls/2/first")->string() == "2025-11-28T05:00:00.000Z");
}

TEST_CASE("a profile is written to its file, and how it compares to the fallback is told") {
  const Node node;
  node.keep(two_containers());
  const auto ran = node.run({"record", "profile", "web", "-o", node.path + "/web.json"});
  CHECK(ran.code == ExitCode::ok);
  CHECK(ran.output.empty());
  CHECK_THAT(ran.errors, Catch::StartsWith("Made from the record 'web': 2 containers from") &&
                             Catch::Contains("; nothing was lost.\ntakes away ") &&
                             Catch::EndsWith("\nallows nothing that runtime/default does not\n"));
  const auto printed = node.run({"record", "profile", "web"});
  std::ostringstream file;
  file << std::ifstream(node.path + "/web.json").rdbuf();
  CHECK(file.str() == printed.output);
}

TEST_CASE("an AppArmor profile of a record is called as its file") {
  const Node node;
  Record record = two_containers();
  record::add_access(record.containers.begin()->second,
                     {.object = "/etc/passwd", .permission = "r"}, {.count = 1});
  node.keep(record);
  const std::string file = node.path + "/k8s-web";
  const auto ran = node.run({"record", "profile", "web", "--apparmor", "-o", file});
  CHECK(ran.code == ExitCode::ok);
  CHECK_THAT(ran.errors, Catch::StartsWith("Made from the record 'web': 2 containers from"));
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  CHECK_THAT(text.str(),
             Catch::Contains("profile k8s-web flags=(") && Catch::Contains("  /etc/passwd r,\n"));
  CHECK_THAT(node.run({"record", "profile", "web", "--apparmor"}).output,
             Catch::Contains("profile web flags=("));
  const auto refused = node.run({"record", "profile", "web", "--apparmor", "--arguments"});
  CHECK(refused.code == ExitCode::usage);
  CHECK_THAT(refused.errors, Catch::Contains("say nothing about AppArmor"));
}

TEST_CASE("what another profile may have denied without a record is told beside the new one") {
  const Node node;
  Record record = two_containers();
  auto& container = record.containers.begin()->second;
  record::add_access(container, {.kind = record::AccessKind::capability, .object = "net_admin"},
                     {.count = 1});
  container.apparmor = "k8s-base";
  node.keep(record);
  CHECK_THAT(node.run({"record", "profile", "web", "--apparmor"}).errors,
             !Catch::Contains("left no record"));
  container.apparmor_unasked = "no kernel\x1b knows";
  node.keep(record);
  const std::string told = node.run({"record", "profile", "web", "--apparmor"}).errors;
  CHECK_THAT(told, Catch::Contains("note: what 'k8s-base' denied by a plain `deny`") &&
                       Catch::Contains("'no kernel\\x1b knows'"));
  container.apparmor = "bulkhead-default";
  node.keep(record);
  CHECK_THAT(node.run({"record", "profile", "web", "--apparmor"}).errors,
             !Catch::Contains("left no record"));
}

TEST_CASE("a record with losses makes no profile that passes for complete") {
  const Node node;
  Record record = two_containers();
  record.losses.unread = 1;
  node.keep(record);
  const auto ran = node.run({"record", "profile", "web", "-o", node.path + "/web.json"});
  CHECK(ran.code == ExitCode::incomplete);
  CHECK_THAT(ran.errors, Catch::Contains("is incomplete: 1 process that ended before"));
  CHECK_FALSE(std::filesystem::exists(node.path + "/web.json"));
  const auto taken = node.run({"record", "profile", "web", "--incomplete"});
  CHECK(taken.code == ExitCode::ok);
  CHECK_THAT(taken.errors, Catch::Contains("; incomplete: 1 process that ended before"));
}

TEST_CASE("records of two nodes become one, and merging them again changes nothing") {
  const Node node;
  Record other = two_containers();
  other.name = "web2";
  other.containers[{kBegin + 5, "c3"}] = {.how = record::How::histogram};
  node.keep(two_containers());
  node.keep(other);
  for (int time = 0; time < 2; ++time) {
    const auto ran = node.run({"record", "merge", "web", "web2", "-o", "all"});
    CHECK(ran.code == ExitCode::ok);
    CHECK(ran.output == "all: 3 containers\n");
  }
  CHECK(record::read_existing(node.paths, "web").value() == two_containers());
  CHECK(node.run({"record", "merge", "web"}).code == ExitCode::usage);
  CHECK(node.run({"record", "merge", "web", "nothing"}).code == ExitCode::usage);
}

TEST_CASE("a record that was exported is taken in under any name, and never over another") {
  const Node node;
  node.keep(two_containers());
  const std::string file = node.path + "/web.record";
  CHECK(node.run({"record", "export", "web", "-o", file}).code == ExitCode::ok);
  const auto taken = node.run({"record", "import", file});
  CHECK(taken.code == ExitCode::usage);
  CHECK_THAT(taken.errors, Catch::Contains("there is a record 'web' already"));
  CHECK(node.run({"record", "import", file, "--name", "other"}).output == "other: 2 containers\n");
  CHECK(record::read_existing(node.paths, "other")->containers == two_containers().containers);
  CHECK(node.run({"record", "import", file, "--name", "../x"}).code == ExitCode::usage);
}

TEST_CASE("a file that is no record is refused by its name") {
  const Node node;
  std::ofstream(node.path + "/x.record") << R"({"version":1,"name":"web","calls":[]})";
  const auto ran = node.run({"record", "import", node.path + "/x.record"});
  CHECK(ran.code == ExitCode::bad_input);
  CHECK_THAT(ran.errors, Catch::Contains(node.path + "/x.record: /calls (line 1)"));
  CHECK(record::record_names(node.paths).empty());
}

TEST_CASE("a trial says whose it is, and is not merged with what was recorded") {
  const Node node;
  Record trial = two_containers();
  trial.name = "try";
  constexpr std::uint16_t kReturn = 6;
  trial.trial = {.profile = "web\x1b.json", .program = {{.code = kReturn, .k = 0x7ffc0000}}};
  node.keep(two_containers());
  node.keep(trial);
  CHECK_THAT(node.run({"record", "show", "try"}).output,
             Catch::Contains("A trial: these calls were let through, and 'web\\x1b.json' would"));
  const auto ran = node.run({"record", "merge", "web", "try"});
  CHECK(ran.code == ExitCode::usage);
  CHECK_THAT(ran.errors, Catch::Contains("'web' and 'try' are no records of the same kind"));
}

// ---- a profile of the log -----------------------------------------------------------------------

void log_line(const Node& node, std::string_view call, std::uint32_t number,
              std::string_view more) {
  std::ofstream(node.path + "/denials.jsonl", std::ios::app)
      << R"({"time":"2026-11-28T07:00:00.000Z","kind":"seccomp","id":"c1","container":"app",)"
      << R"("arch":"x86_64","syscall":")" << call << R"(","nr":)" << number << more << "}\n";
}

TEST_CASE("who has only the log of a LOG profile gets a profile of it") {
  const Node node;
  log_line(node, "accept4", 288, R"(,"would":true,"action":"LOG")");
  const auto ran = node.run({"denials", "--would", "--as-profile"});
  CAPTURE(ran.errors);
  CHECK(ran.code == ExitCode::ok);
  CHECK_THAT(ran.output, Catch::Contains("\"accept4\"") && !Catch::Contains("\"mq_open\""));
  CHECK_THAT(ran.errors, Catch::Contains("allows nothing that runtime/default does not"));
}

void apparmor_line(const Node& node, std::string_view profile, std::string_view more) {
  std::ofstream(node.path + "/denials.jsonl", std::ios::app)
      << R"({"time":"2026-11-28T07:00:00.000Z","kind":"apparmor","id":"c1","container":"app",)"
      << R"("would":true,"action":"ALLOWED","profile":")" << profile << "\"," << more << "}\n";
}

TEST_CASE("who has only the log of a profile in complain mode gets an AppArmor profile of it") {
  const Node node;
  CHECK(node.run({"denials", "--would", "--as-apparmor"}).code == ExitCode::usage);
  log_line(node, "accept4", 288, R"(,"would":true,"action":"LOG")");
  apparmor_line(node, "k8s-web", R"("operation":"open","path":"/etc/passwd","denied":"r")");
  apparmor_line(node, "k8s-web//null-/bin/sh",
                R"("operation":"capable","object":"capability chown")");
  const auto ran = node.run({"denials", "--would", "--as-apparmor"});
  CAPTURE(ran.errors);
  CHECK(ran.code == ExitCode::ok);
  CHECK_THAT(ran.output, Catch::Contains("profile k8s-web flags=(") &&
                             Catch::Contains("  capability chown,\n") &&
                             Catch::Contains("  /etc/passwd r,\n"));
  CHECK_THAT(ran.errors, Catch::Contains("whose profile has no rule yet"));
  apparmor_line(node, "other", R"("operation":"open","path":"/etc/group","denied":"r")");
  CHECK_THAT(node.run({"denials", "--would", "--as-apparmor"}).errors,
             Catch::Contains("several profiles: 'k8s-web, other'"));
}

TEST_CASE("what AppArmor's side of the log lost does not make a seccomp profile incomplete") {
  const Node node;
  log_line(node, "accept4", 288, R"(,"would":true,"action":"LOG")");
  apparmor_line(node, "k8s-web",
                "\"operation\":\"open\",\"path\":\"/\xef\xbf\xbd\",\"denied\":\"r\"");
  CHECK(node.run({"denials", "--would", "--as-profile"}).code == ExitCode::ok);
  CHECK(node.run({"denials", "--would", "--as-apparmor"}).code != ExitCode::ok);
}

TEST_CASE("a profile of a log with losses does not pass for complete") {
  const Node node;
  log_line(node, "accept4", 288, R"(,"would":true,"action":"LOG")");
  std::ofstream(node.path + "/denials.jsonl", std::ios::app)
      << R"({"time":"2026-11-28T07:00:01.000Z","kind":"loss","message":"3 records lost"})"
      << "\n";
  const auto ran = node.run({"denials", "--would", "--as-profile"});
  CHECK(ran.code == ExitCode::incomplete);
  CHECK_THAT(ran.errors, Catch::Contains("; incomplete: 3 records lost"));
}

TEST_CASE("a log without a call makes no profile") {
  const Node node;
  log_line(node, "mount", 165, R"(,"action":"ERRNO")");
  const auto ran = node.run({"denials", "--would", "--as-profile"});
  CHECK(ran.code == ExitCode::usage);
  CHECK_THAT(ran.errors, Catch::Contains("the log has no call of such a container"));
}

}  // namespace
