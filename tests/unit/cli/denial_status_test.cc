#include "cli/denials/denial_status.h"

#include <catch2/catch.hpp>

#include "base/text.h"
#include "oci-config/json.h"

namespace bulkhead::cli {
namespace {

constexpr std::time_t kNow = 1'795'510'800;  // 2026-11-24T09:00:00Z

DenialStatus good_status() {
  DenialStatus status{.actions_logged = "kill_process kill_thread trap errno user_notif trace log",
                      .watched = true,
                      .start_command = "systemctl enable --now bulkhead-watch"};
  status.watch = audit::WatchState{.pid = 4711,
                                   .since = "2026-11-24T07:00:00.000Z",
                                   .updated = "2026-11-24T08:59:00.000Z",
                                   .records = 123,
                                   .lag_ms = 2,
                                   .longest_lag_ms = 9};
  status.audit = kernel::AuditStatus{.enabled = true, .backlog_limit = 8192};
  return status;
}

StatusLine line_of(const DenialStatus& status, std::string_view subject) {
  for (const StatusLine& line : denial_lines(status, kNow)) {
    if (line.subject == subject) return line;
  }
  return {.text = "(no such line)"};
}

TEST_CASE("a watcher that lost nothing says since when it runs and how far behind it is") {
  const StatusLine line = line_of(good_status(), "watch");
  CHECK(line.light == Light::good);
  CHECK(line.text ==
        "watching since 2026-11-24 07:00 UTC, 123 records, lag 2 ms, at most 9 ms; nothing lost");
}

TEST_CASE("what was lost is named by number in the status") {
  DenialStatus status = good_status();
  status.watch->losses = {.overflows = 2, .missing_serials = 300, .kernel_lost = 40};
  const StatusLine line = line_of(status, "watch");
  CHECK(line.light == Light::note);
  CHECK_THAT(line.text,
             Catch::EndsWith("; not seen: 2 overflows of the receive buffer, 300 audit "
                             "events that never arrived, 40 records lost by the kernel"));
}

TEST_CASE("a log that cannot be written is told with what waits for it") {
  DenialStatus status = good_status();
  status.watch->waiting_lines = 7;
  status.watch->problem = "No space left on device";
  const StatusLine line = line_of(status, "watch");
  CHECK(line.light == Light::note);
  CHECK_THAT(line.text, Catch::EndsWith("; 7 lines wait: No space left on device"));
}

TEST_CASE("a node that nobody watches is told so, and how the last watcher went") {
  DenialStatus status = good_status();
  status.watched = false;
  StatusLine line = line_of(status, "watch");
  CHECK(line.light == Light::note);
  CHECK_THAT(line.text, Catch::StartsWith("nobody watches: denials are not logged; `systemctl "
                                          "enable --now bulkhead-watch` starts it"));
  CHECK_THAT(line.text, Catch::Contains("was killed; it told last 1m ago: 123 records"));
  status.watch->ended = true;
  CHECK_THAT(line_of(status, "watch").text, Catch::Contains("The last one ended"));
  status.watch.reset();
  CHECK_THAT(line_of(status, "watch").text, !Catch::Contains("The last one"));
  status.watch_problem = "watch.json: no document";
  CHECK(line_of(status, "watch").text == "watch.json: no document");
}

TEST_CASE("a backlog limit that loses records under a storm is told with what raises it") {
  DenialStatus status = good_status();
  CHECK(line_of(status, "audit").light == Light::good);
  status.audit->backlog_limit = 64;
  status.audit->daemon_pid = 99;
  const StatusLine line = line_of(status, "audit");
  CHECK(line.light == Light::note);
  CHECK_THAT(line.text, Catch::Contains("keeps only 64 audit records") &&
                            Catch::Contains("\"audit\": {\"backlog_limit\": 8192}") &&
                            Catch::EndsWith("auditd runs, pid 99"));
  status.audit->backlog_limit = 0;  // no limit
  CHECK(line_of(status, "audit").light == Light::good);
}

TEST_CASE("a kernel that cannot be asked for its audit status says why") {
  DenialStatus status = good_status();
  status.audit.reset();
  CHECK(line_of(status, "audit").text == "(no such line)");
  status.audit_problem = "auditing is disabled at boot";
  CHECK(line_of(status, "audit").light == Light::note);
  CHECK(line_of(status, "audit").text == "auditing is disabled at boot");
}

TEST_CASE("denials are good only where all are recorded and told") {
  CHECK(line_of(good_status(), "denials").light == Light::good);
  const auto note = [](auto change) {
    DenialStatus status = good_status();
    change(status);
    const StatusLine line = line_of(status, "denials");
    CHECK(line.light == Light::note);
    return line.text;
  };
  CHECK(note([](DenialStatus& status) { status.actions_logged = "kill_process log"; }) ==
        "the kernel logs no kill_thread, trap, errno, user_notif, trace: add it to "
        "/proc/sys/kernel/seccomp/actions_logged");
  CHECK(note([](DenialStatus& status) { status.watched = false; }) ==
        "not all are recorded: see watch");
  CHECK(note([](DenialStatus& status) { status.watch->losses.kernel_lost = 1; }) ==
        "not all are recorded: see watch");
  CHECK(note([](DenialStatus& status) {
          status.audit.reset();
          status.audit_problem = "auditing is disabled at boot";
        }) == "not all are recorded: see audit");
  CHECK(note([](DenialStatus& status) { status.log_denials = policy::LogDenials::no; }) ==
        "not all are recorded: see logging");
  CHECK(note([](DenialStatus& status) { status.mode = policy::Mode::observe; }) ==
        "not all are recorded: see logging");
  CHECK(note([](DenialStatus& status) { status.unlogged = "Not recorded: what …"; }) ==
        "not all are recorded: see logging");
}

TEST_CASE("the verdict is the row of status that others quote") {
  DenialStatus status = good_status();
  CHECK(denial_verdict(status, kNow).text == line_of(status, "denials").text);
  status.watched = false;
  CHECK(denial_verdict(status, kNow).light == Light::note);
  CHECK(denial_verdict(status, kNow).text == line_of(status, "denials").text);
}

TEST_CASE("a runtime whose denials are not recorded is named with the key that changes it") {
  DenialStatus status = good_status();
  CHECK(line_of(status, "logging").text == "(no such line)");
  status.runtimes_without_flag = {"'runc'"};
  status.log_denials = policy::LogDenials::yes;
  CHECK_THAT(line_of(status, "logging").text,
             Catch::StartsWith("'runc' takes no seccomp flags") &&
                 Catch::Contains("\"seccomp\": {\"log_denials\": \"always\"}"));
  status.runtimes_dropping_flag = {"'crun'"};
  CHECK_THAT(
      line_of(status, "logging").text,
      Catch::StartsWith("'runc' takes no seccomp flags; 'crun' was told to log and installed "
                        "its filter without the flag"));
  status.log_denials = policy::LogDenials::no;
  CHECK_THAT(line_of(status, "logging").text,
             Catch::StartsWith("the policy's \"log_denials\" is false"));
}

TEST_CASE("with the gate's own filter every runtime logs, but where no gate is") {
  DenialStatus status = good_status();
  status.runtimes_without_flag = {"'runc'"};
  CHECK(line_of(status, "logging").text == "(no such line)");
  status.prove = policy::Prove::never;
  CHECK_THAT(line_of(status, "logging").text, Catch::Contains("no gate adds a filter that logs"));
}

TEST_CASE("the status in JSON holds every count") {
  DenialStatus status = good_status();
  status.watch->losses = {.kernel_lost = 40};
  base::JsonWriter json;
  json.begin_object();
  write_denial_status(status, json);
  json.end_object();
  const auto document = oci_config::JsonDocument::parse(json.finish(), {});
  REQUIRE(document.has_value());
  const auto number = [&](const char* pointer) {
    return document->find(pointer)->read_unsigned().value();
  };
  CHECK(document->find("/watch/running")->boolean());
  CHECK(number("/watch/state/losses/kernel_lost") == 40);
  CHECK(number("/watch/state/losses/missing_serials") == 0);
  CHECK(number("/watch/state/lag_ms") == 2);
  CHECK(number("/audit/backlog_limit") == 8192);
}

}  // namespace
}  // namespace bulkhead::cli
