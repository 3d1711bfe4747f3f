#include "audit/events/event.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <thread>

#include "audit/events/append_log.h"
#include "base/times.h"
#include "oci-config/json.h"
#include "policy/values/identity_json.h"

namespace bulkhead::audit {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class LogDirectory {
 public:
  LogDirectory() {
    char name[] = "/tmp/bulkhead-log-XXXXXX";
    root_ = ::mkdtemp(name);
  }
  ~LogDirectory() { fs::remove_all(root_); }
  [[nodiscard]] std::string path() const { return (root_ / "log").string(); }

 private:
  fs::path root_;
};

policy::Identity web() {
  return {.engine = policy::Engine::containerd,
          .id = "5f2c",
          .namespace_ = "shop",
          .pod = "web-7d4",
          .container = "app\n\"quoted\""};
}

TEST_CASE("an event is one line of JSON, whatever names the container gave itself") {
  Event event;
  event.kind = EventKind::refused;
  event.stage = "shim create";
  event.identity = web();
  event.message = "no \x1b[2J";
  event.findings = {
      {policy::Severity::error, "seccomp-unset", "/linux/seccomp", "none", "set one"}};
  const std::string json = to_json(event, "2026-01-02T03:04:05.678Z");
  CHECK(json.find('\n') == std::string::npos);
  const auto parsed = oci_config::JsonDocument::parse(json, {});
  REQUIRE(parsed);
  const auto member = [&](std::string_view key) { return parsed->root().member(key)->string(); };
  CHECK(member("event") == "refused");
  CHECK(member("engine") == "containerd");
  CHECK(member("namespace") == "shop");
  CHECK(member("container") == "app\n\"quoted\"");
  CHECK(parsed->find("/findings/0/remedy")->string() == "set one");
  CHECK_FALSE(parsed->root().member("image"));
}

TEST_CASE("what does not fit into a line is left out and counted") {
  Event event;
  for (int i = 0; i < 2000; ++i) {
    event.findings.push_back({policy::Severity::note, "x", "", std::string(100, 'y'), ""});
  }
  const std::string json = to_json(event, "t");
  CHECK(json.size() < kMaxLineBytes);
  const auto parsed = oci_config::JsonDocument::parse(json, {});
  REQUIRE(parsed);
  CHECK(parsed->root().member("omitted")->read_unsigned().value() +
            parsed->root().member("findings")->size() ==
        2000);
}

TEST_CASE("a plan that changes config.json, one that does not and observe mode are told apart") {
  policy::Plan plan;
  CHECK(event_of(policy::Decision(plan), web(), "s").kind == EventKind::admitted);
  plan.edit.operations = {oci_config::SetMember{"/linux/seccomp", "{}"}};
  CHECK(event_of(policy::Decision(plan), web(), "s").kind == EventKind::changed);
  plan.mode = policy::Mode::observe;
  plan.would_refuse = policy::Refusal{{{policy::Severity::error, "c", "", "why", ""}}};
  const Event observed = event_of(policy::Decision(plan), web(), "s");
  CHECK(observed.kind == EventKind::observed);
  CHECK(observed.message.find("would refuse: why") == 0);
}

TEST_CASE("the time is UTC in RFC 3339 with milliseconds, in any time zone") {
  ::setenv("TZ", "America/New_York", 1);
  const std::string now = base::utc_now();
  ::unsetenv("TZ");
  CHECK(std::regex_match(now, std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)")));
  const std::time_t seconds = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  CHECK(std::stoi(now.substr(11, 2)) == Approx(parts.tm_hour).margin(1));
  CHECK(std::stoi(now.substr(0, 4)) == parts.tm_year + 1900);
}

TEST_CASE("lines of many writers do not mix, and rotation by rename loses none") {
  const LogDirectory log;
  constexpr int kWriters = 4;
  constexpr int kLines = 200;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      for (int i = 0; i < kLines; ++i) {
        (void)append_line(log.path(), "events.jsonl", std::string(300, char('a' + writer)));
      }
    });
  }
  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    std::error_code missing;
    fs::rename(fs::path(log.path()) / "events.jsonl",
               fs::path(log.path()) / ("events.jsonl." + std::to_string(i)), missing);
  }
  for (auto& writer : writers) writer.join();
  int lines = 0;
  for (const auto& entry : fs::directory_iterator(log.path())) {
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line); ++lines) {
      CHECK(line == std::string(300, line[0]));
    }
  }
  CHECK(lines == kWriters * kLines);
}

TEST_CASE("an image's name of any length keeps no event out of the log, and is counted") {
  const LogDirectory log;
  Event event{.kind = EventKind::refused, .stage = "shim create", .identity = web()};
  event.identity.image = std::string(300'000, 'a');
  event.findings.resize(10'000, {.check = "annotation-voids-filter", .message = "an annotation"});
  REQUIRE(append_event({.log = log.path()}, event));
  const auto line =
      oci_config::JsonDocument::parse(text_of(log.path() + "/events.jsonl"), {.described = "line"});
  REQUIRE(line);
  CHECK(line->root().member("id")->string() == event.identity.id);
  CHECK_FALSE(line->root().member("image"));
  CHECK(*line->root().member("omitted")->read_unsigned(20'000) > 9'000);
}

TEST_CASE("an event of the longest texts of all fits in a line") {
  const std::string control(8192, '\x01');  // six bytes each as JSON
  Event event{.seccomp = control.substr(0, 1300), .apparmor = control.substr(0, 1300)};
  for (const auto& [key, member] : policy::kIdentityTexts) {
    event.identity.*member = control.substr(0, 680);
  }
  event.message = control;
  event.findings.resize(100, {.check = "x", .message = control});
  CHECK(to_json(event, "2026-11-24T07:00:01.250Z").size() < kMaxLineBytes);
}

TEST_CASE("an event that has a time keeps it") {
  CHECK_THAT(to_json({.time = "2026-11-24T07:00:01.250Z"}, "2027-01-01T00:00:00.000Z"),
             Catch::Contains(R"("time":"2026-11-24T07:00:01.250Z")"));
}

TEST_CASE("the log is not for everybody to read") {
  const LogDirectory log;
  REQUIRE(append_line(log.path(), "events.jsonl", "{}"));
  struct stat status;
  REQUIRE(::stat((log.path() + "/events.jsonl").c_str(), &status) == 0);
  CHECK((status.st_mode & 0007) == 0);
  CHECK(text_of(log.path() + "/events.jsonl") == "{}\n");
}

TEST_CASE("a log that cannot be written is an error that names the file") {
  const auto failed = append_line("/proc/no-such-directory", "events.jsonl", "{}");
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == base::ErrorCode::io);
  CHECK(failed.error().message.find("/proc/no-such-directory") != std::string::npos);
  const auto full = append_line("/dev", "full", "{}");
  REQUIRE_FALSE(full);
  CHECK(full.error().message == "cannot append to the log '/dev/full': No space left on device");
}

}  // namespace
}  // namespace bulkhead::audit
