#include <algorithm>
#include <catch2/catch.hpp>

#include "audit/denials/denial_cause.h"
#include "audit/denials/denial_remedy.h"
#include "base/text.h"
#include "cli/denials/denial_query.h"
#include "cli/denials/denial_report.h"
#include "cli/denials/denial_suggestion.h"
#include "cli/screen/layout.h"
#include "oci-config/native_arch.h"

namespace bulkhead::cli {
namespace {

using audit::Denial;
using audit::DenialKind;
using audit::Naming;
using oci_config::SeccompAction;
using oci_config::SeccompProfile;

Denial denied(const std::string& syscall) {
  return {.time = "2026-11-24T07:00:00.000Z",
          .kind = DenialKind::seccomp,
          .naming = Naming::named,
          .identity = {.id = "4f1c2ab3", .namespace_ = "shop", .pod = "web", .container = "app"},
          .pid = 4711,
          .comm = "sh",
          .syscall = syscall,
          .arch = short_name(oci_config::kNativeArch),
          .action = "ERRNO",
          .remedy = "{}"};
}

TEST_CASE("a query asks by container, namespace, call, time and whether it was let through") {
  Denial denial = denied("mount");
  CHECK(matches({}, denial));
  CHECK(matches({.container = {.name = "app"}, .namespace_ = "shop", .syscall = "mount"}, denial));
  CHECK_FALSE(matches({.namespace_ = "other"}, denial));
  CHECK_FALSE(matches({.syscall = "umount2"}, denial));
  CHECK_FALSE(matches({.would = true}, denial));
  CHECK(matches({.since = "2026-11-24T07:00"}, denial));
  CHECK_FALSE(matches({.since = "2026-11-24T07:01"}, denial));
  denial.last = "2026-11-24T07:05:00.000Z";
  CHECK(matches({.since = "2026-11-24T07:01"}, denial));
  denial.naming = Naming::gone;
  CHECK_FALSE(matches({.container = {.name = "app"}}, denial));
}

TEST_CASE("times are given as an age or in UTC") {
  constexpr std::uint64_t kNow = 1'795'455'154;
  CHECK(parse_since("10m", kNow) == "2026-11-23T17:22:34.000Z");
  CHECK(parse_since("1d", kNow) == "2026-11-22T17:32:34.000Z");
  CHECK(parse_since("2026-11-24", kNow) == "2026-11-24");
  for (const char* wrong :
       {"", "m", "10", "10w", "yesterday", "2026-1-1", "99999999999999999999d"}) {
    CAPTURE(wrong);
    const auto since = parse_since(wrong, kNow);
    REQUIRE_FALSE(since);
    CHECK(since.error().code == base::ErrorCode::usage);
  }
}

TEST_CASE("lines about the same are added up, the most frequent first") {
  DenialSummary summary;
  summary.add(denied("mount"));
  for (int i = 0; i < 3; ++i) summary.add(denied("ptrace"));
  Denial repeated = denied("mount");
  repeated.count = 10;
  summary.add(repeated);
  summary.add({.kind = DenialKind::loss, .message = "something"});
  REQUIRE(summary.groups().size() == 2);
  CHECK(summary.groups()[0]->what == "mount");
  CHECK(summary.groups()[0]->count == 11);
  CHECK(summary.groups()[0]->container == "shop/web/app");
  CHECK(summary.total() == 14);
  CHECK(summary.losses() == "something");
  Output output;
  write_summary(summary, 1, 0, output);
  CHECK_THAT(output.buffer(), Catch::Contains("and 1 more"));
  CHECK_THAT(output.buffer(), Catch::Contains("Not seen: something"));
}

TEST_CASE("what has no container comes after all that has one, however often it was denied") {
  DenialSummary summary;
  Denial nobodys = denied("mount");
  nobodys.naming = Naming::gone;
  nobodys.count = 100;
  summary.add(nobodys);
  summary.add(denied("ptrace"));
  CHECK(summary.groups()[0]->container == "shop/web/app");
  CHECK(summary.groups()[1]->container == "(unnamed)");
}

TEST_CASE("a denial is shown and selected by what its engine called the container") {
  Denial denial = denied("mount");
  denial.identity = {.id = "4f1c2ab3"};
  denial.name = "brave_hopper";
  CHECK(container_text(denial) == "brave_hopper");
  CHECK(matches({.container = {.name = "brave_hopper"}}, denial));
  denial.name.clear();
  CHECK_FALSE(matches({.container = {.name = "brave_hopper"}}, denial));
  CHECK(matches({.container = {.name = "brave_hopper", .ids = {"4f1c2ab3"}}}, denial));
}

Denial denied_in(const std::string& container, const std::string& call) {
  Denial denial = denied(call);
  denial.identity.id = denial.identity.container = container;
  denial.identity.pod = "deployment-7d4b9c6f5-x2x9z";
  denial.cause = "rule /linux/seccomp/syscalls/12";
  return denial;
}

TEST_CASE("the summary stands below the names of containers and fits a screen") {
  DenialSummary summary;
  for (int container = 0; container < 12; ++container) {
    for (const char* call : {"mount", "ptrace", "sched_setaffinity", "io_uring_setup"}) {
      summary.add(denied_in(base::cat("application-", container), call));
    }
  }
  Output output;
  write_summary(summary, std::nullopt, 0, output);
  const std::string text = output.buffer();
  CHECK(std::ranges::count(text, '\n') <= 22);  // of 24: two are left for the prompt
  CHECK_THAT(text, Catch::Contains("\nshop/deployment-7d4b9c6f5-x2x9z/application-0\n1      "));
  CHECK_THAT(text, Catch::Contains("rule /syscalls/12 "));
  for (const std::string& line : wrap(text, 1000)) CHECK(display_width(line) <= kScreenColumns);
  Output all;
  write_summary(summary, 48, 0, all);
  CHECK(std::ranges::count(all.buffer(), '\n') == 1 + 48 + 12);
}

TEST_CASE("a default action that arguments led to is told as that") {
  DenialSummary summary;
  Denial denial = denied("clone");
  denial.cause = "default action: the arguments meet no condition of /linux/seccomp/syscalls/5";
  summary.add(denial);
  Output output;
  write_summary(summary, 5, 0, output);
  CHECK_THAT(output.buffer(), Catch::Contains("default action, arguments  "));
}

TEST_CASE("what a process calls itself cannot write to the terminal") {
  Denial denial = denied("mount");
  denial.comm = "\x1b[31m\n";
  const std::string line = one_line(denial);
  CHECK(line.find('\x1b') == std::string::npos);
  CHECK(line.find('\n') == std::string::npos);
  denial = {.kind = DenialKind::apparmor, .operation = "open", .path = "/a\x1b[2J"};
  CHECK(what_text(denial).find('\x1b') == std::string::npos);
}

SeccompProfile profile() {
  SeccompProfile profile;
  profile.default_action = {.action = SeccompAction::return_errno};
  profile.architectures = {oci_config::SeccompArch::x86_64};
  profile.syscalls = {
      {.names = {"read", "write"}, .action = {.action = SeccompAction::allow}, .pointer = "/s/0"},
      {.names = {"clone"},
       .action = {.action = SeccompAction::allow},
       .args = {{.index = 0}},
       .pointer = "/s/1"},
      {.names = {"mount", "ptrace"}, .action = {.action = SeccompAction::trap}, .pointer = "/s/2"},
      {.names = {"sync"}, .action = {.action = SeccompAction::log}, .pointer = "/s/3"}};
  return profile;
}

TEST_CASE("the cause is the rule, the conditions that were not met, or the default") {
  CHECK(audit::cause_in(profile(), denied("mount")) == "rule /s/2");
  CHECK(audit::cause_in(profile(), denied("sync")) == "rule /s/3");
  CHECK(audit::cause_in(profile(), denied("clone")) ==
        "default action: the arguments meet no condition of /s/1");
  CHECK(audit::cause_in(profile(), denied("swapon")) == "default action");
  Denial narrow = denied("mount");
  narrow.arch = "x86";
  CHECK(audit::cause_in(profile(), narrow) == "architecture x86 is not in the profile");
}

TEST_CASE(
    "an architecture that the policy took out is given back by the policy, not by a profile") {
  Denial narrow = denied("mount");
  narrow.arch = "x86";
  narrow.seccomp = "runtime/default less other architectures";
  narrow.cause = audit::cause_in(profile(), narrow);
  CHECK(narrow.cause == "architecture x86 is taken out by seccomp.architectures");
  const audit::Remedy remedy = audit::remedy_of(narrow, nullptr);
  CHECK(remedy.fragment == R"("seccomp": {"architectures": "as-asked"})");
  CHECK_THAT(remedy.caution, Catch::StartsWith("this goes into a rule of the policy"));
  narrow.remedy = remedy.fragment;
  narrow.caution = remedy.caution;
  Suggestions suggestions(false);
  suggestions.add(narrow);
  const Suggestion& suggestion = suggestions.by_container().at("4f1c2ab3");
  CHECK(suggestion.architectures.empty());
  CHECK_THAT(suggestion.problem, Catch::Contains("no profile brings it back"));
}

TEST_CASE("programs of other architectures are told of before a policy kills them") {
  DenialSummary summary;
  summary.add(denied("mount"));
  Output without;
  write_summary(summary, std::nullopt, 0, without);
  CHECK_THAT(without.buffer(), !Catch::Contains("other architectures"));
  Denial narrow = denied("ptrace");
  narrow.arch = "x86";
  summary.add(narrow);
  Output with;
  write_summary(summary, std::nullopt, 0, with);
  CHECK_THAT(with.buffer(), Catch::Contains("Programs of other architectures: ") &&
                                Catch::Contains("(x86)") && Catch::Contains("\"native\""));
}

TEST_CASE("what is to be allowed leaves the rules that deny it and joins the one that allows") {
  const SeccompProfile changed = allowing(profile(), {"mount", "swapon"});
  CHECK(changed.syscalls[0].names == std::vector<std::string>{"read", "write", "mount", "swapon"});
  CHECK(changed.syscalls[2].names == std::vector<std::string>{"ptrace"});
  SeccompProfile open;
  open.default_action = {.action = SeccompAction::allow};
  open.syscalls = {{.names = {"mount"}, .action = {.action = SeccompAction::trap}}};
  CHECK(allowing(open, {"mount"}).syscalls.empty());
}

TEST_CASE("what opens the node is left out of a suggestion and named, unless asked for") {
  Denial dangerous = denied("mount");
  dangerous.caution = "mounts are a way out";
  for (const bool asked : {false, true}) {
    Suggestions suggestions(asked);
    suggestions.add(denied("getppid"));
    suggestions.add(dangerous);
    const Suggestion& suggestion = suggestions.by_container().at("4f1c2ab3");
    CHECK(suggestion.syscalls.size() == (asked ? 2 : 1));
    CHECK(suggestion.cautions.at("mount") == "mounts are a way out");
    Output output;
    write_suggestions(suggestions.by_container(), output);
    CHECK_THAT(output.buffer(), Catch::Contains(asked ? "dangerous: mount" : "left out"));
  }
}

TEST_CASE("a denial of nobody is no ground for a suggestion") {
  Suggestions suggestions(true);
  Denial denial = denied("mount");
  denial.naming = Naming::no_container;
  suggestions.add(denial);
  CHECK(suggestions.by_container().empty());
}

}  // namespace
}  // namespace bulkhead::cli
