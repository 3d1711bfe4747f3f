// Each finding of lint is seen to go once its cause is taken away: those that it has of the
// defaults of the field (tests/golden/lint), and one of each kind beside them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <string>

#include "policy/advice/lint_checks.h"
#include "policy/checks/expand.h"
#include "policy/fallback/runtime_default.h"
#include "policy/syscalls/syscalls.h"
#include "tests/unit/policy/every_container.h"

namespace bulkhead::policy {
namespace {

using oci_config::SeccompAction;
using oci_config::SeccompArch;
using oci_config::SeccompProfile;
using oci_config::SyscallRule;

NodeFacts node() {
  NodeFacts facts;
  facts.kernel = {6, 1};
  facts.actions_available = {SeccompAction::kill_process, SeccompAction::kill_thread,
                             SeccompAction::trap,         SeccompAction::return_errno,
                             SeccompAction::user_notif,   SeccompAction::log,
                             SeccompAction::allow};
  facts.filter_flags = {"SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"};
  return facts;
}

std::vector<Finding> linted(const SeccompProfile& profile) { return lint(profile, node(), 0); }

bool tells(const SeccompProfile& profile, const Finding& finding) {
  return std::ranges::any_of(linted(profile), [&](const Finding& other) {
    return other.check == finding.check && other.message == finding.message;
  });
}

// ---- what lint has of the goldens -------------------------------------------------------------

SeccompProfile profile_of(const std::string& text) {
  const auto profile = oci_config::parse_seccomp_profile(text, "a profile");
  INFO(text);
  REQUIRE(profile.has_value());
  return *profile;
}

std::map<std::string, SeccompProfile> golden_inputs() {
  std::map<std::string, SeccompProfile> inputs;
  for (const char* name : {"moby", "moby-upstream", "containerd", "containerd-upstream",
                           "containers-common", "containers-common-bookworm"}) {
    inputs.emplace(name, test::reference(name));
    inputs.at(name).unknown_members.clear();  // what make references says of it
  }
  inputs.emplace("runtime-default", runtime_default());
  inputs.emplace("nothing-starts", profile_of(R"({"defaultAction": "SCMP_ACT_ERRNO",
    "architectures": ["SCMP_ARCH_X86_64"],
    "syscalls": [{"names": ["write"], "action": "SCMP_ACT_ALLOW"}]})"));
  return inputs;
}

SeccompProfile expanded(const SeccompProfile& document) {
  return expand(document, {.native = node().native, .kernel = node().kernel});
}

// The words of the message between quotes: names of system calls.
std::vector<std::string> named_in(const std::string& message) {
  std::vector<std::string> names;
  for (std::size_t at = message.find('\''); at != std::string::npos; at = message.find('\'', at)) {
    const std::size_t end = message.find('\'', at + 1);
    if (end == std::string::npos) break;
    names.push_back(message.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return names;
}

void add_rule(SeccompProfile& profile, std::vector<std::string> names,
              oci_config::ActionData action) {
  profile.syscalls.push_back(
      {.names = std::move(names), .action = action, .pointer = "/syscalls/added"});
}

void take_name(SeccompProfile& profile, std::string_view name) {
  for (SyscallRule& rule : profile.syscalls) std::erase(rule.names, name);
}

using Mend = void (*)(SeccompProfile& profile, const Finding& finding);

void expand_it(SeccompProfile& profile, const Finding& /*finding*/) { profile = expanded(profile); }

void take_named(SeccompProfile& profile, const Finding& finding) {
  const std::string call = named_in(finding.message).at(0);
  take_name(profile, call.substr(0, call.find('(')));
}

void allow_named(SeccompProfile& profile, const Finding& finding) {
  add_rule(profile, named_in(finding.message), {SeccompAction::allow, {}});
}

void answer_enosys(SeccompProfile& profile, const Finding& finding) {
  add_rule(profile, {named_in(finding.message).at(0)}, {SeccompAction::return_errno, 38});
}

void take_x32(SeccompProfile& profile, const Finding& /*finding*/) {
  profile = expanded(profile);
  std::erase(profile.architectures, SeccompArch::x32);
}

void add_x86(SeccompProfile& profile, const Finding& /*finding*/) {
  profile.architectures.push_back(SeccompArch::x86);
}

// "on SCMP_ARCH_X86 there is no system call …"
void take_missing_names(SeccompProfile& profile, const Finding& finding) {
  const std::string name = finding.message.substr(3, finding.message.find(' ', 3) - 3);
  const SeccompArch arch = oci_config::seccomp_arch_named(name).value();
  for (SyscallRule& rule : profile.syscalls) {
    std::erase_if(rule.names, [&](const std::string& call) { return !syscall_number(arch, call); });
  }
}

void take_shadowed(SeccompProfile& profile, const Finding& finding) {
  for (SyscallRule& rule : profile.syscalls) {
    if (rule.pointer == finding.pointer) std::erase(rule.names, named_in(finding.message).at(0));
  }
}

const std::map<std::string, Mend>& mends() {
  static const std::map<std::string, Mend> kMends = {
      {"compat-architecture-missing", add_x86},
      {"dangerous-allow", take_named},
      {"engine-dialect", expand_it},
      {"errno-hides-fallback", answer_enosys},
      {"names-missing-on-an-architecture", take_missing_names},
      {"program-cannot-start", allow_named},
      {"runtime-cannot-start", allow_named},
      {"shadowed-rule", take_shadowed},
      {"x32-listed", take_x32},
  };
  return kMends;
}

TEST_CASE("each finding of a golden goes with its cause") {
  std::set<std::string> seen;
  for (const auto& [name, document] : golden_inputs()) {
    for (const Finding& finding : linted(document)) {
      CAPTURE(name, finding.check, finding.message);
      REQUIRE(mends().contains(finding.check));
      SeccompProfile mended = document;
      mends().at(finding.check)(mended, finding);
      CHECK_FALSE(tells(mended, finding));
      seen.insert(finding.check);
    }
  }
  CHECK(seen.size() == mends().size());
}

// ---- one of each kind -------------------------------------------------------------------------

std::string rule(const std::string& members, const std::string& more = {}) {
  return R"({"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"],)" + more +
         R"("syscalls": [{)" + members + "}]}";
}

std::string allows(const std::string& names) {
  return R"("names": [)" + names + R"(], "action": "SCMP_ACT_ALLOW")";
}

std::string action(const std::string& name, const std::string& answer) {
  return R"("names": [")" + name + R"("], "action": ")" + answer + '"';
}

std::string when(const std::string& conditions) {
  return allows(R"("clone")") + R"(, "args": [)" + conditions + "]";
}

struct Fault {
  std::string check, faulty, mended;
};

const std::vector<Fault>& faults() {
  static const std::string kListened = R"("listenerPath": "/run/listener",)";
  static const std::string kOne = R"({"index": 0, "value": 1, "op": "SCMP_CMP_EQ"})";
  static const std::vector<Fault> kFaults = {
      {"action-among-names", rule(allows(R"("read", "SCMP_ACT_LOG")")), rule(allows(R"("read")"))},
      {"action-unavailable", rule(action("mount", "SCMP_ACT_TRACE")),
       rule(action("mount", "SCMP_ACT_TRAP"))},
      {"default-action-allows", R"({"defaultAction": "SCMP_ACT_ALLOW"})",
       R"({"defaultAction": "SCMP_ACT_ERRNO"})"},
      {"default-action-logs", R"({"defaultAction": "SCMP_ACT_LOG"})",
       R"({"defaultAction": "SCMP_ACT_ERRNO"})"},
      {"denial-older-runtimes-skip",
       R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{)" + action("mseal", "SCMP_ACT_ERRNO") +
           "}]}",
       R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{)" + action("mount", "SCMP_ACT_ERRNO") +
           "}]}"},
      {"errno-zero", rule(action("mount", "SCMP_ACT_ERRNO") + R"(, "errnoRet": 0)"),
       rule(action("mount", "SCMP_ACT_ERRNO") + R"(, "errnoRet": 1)")},
      {"errno-zero-for-privileges", rule(action("setuid", "SCMP_ACT_ERRNO") + R"(, "errnoRet": 0)"),
       rule(action("setuid", "SCMP_ACT_ERRNO") + R"(, "errnoRet": 1)")},
      {"flag-unavailable", rule(allows(R"("read")"), R"("flags": ["SECCOMP_FILTER_FLAG_TSYNC"],)"),
       rule(allows(R"("read")"), R"("flags": ["SECCOMP_FILTER_FLAG_LOG"],)")},
      {"native-architecture-missing", R"({"defaultAction": "SCMP_ACT_ERRNO",
        "architectures": ["SCMP_ARCH_X86"]})",
       R"({"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86",
        "SCMP_ARCH_X86_64"]})"},
      {"notification-deadlock", rule(action("write", "SCMP_ACT_NOTIFY"), kListened),
       rule(action("mount", "SCMP_ACT_NOTIFY"), kListened)},
      {"notify-without-listener", rule(action("mount", "SCMP_ACT_NOTIFY")),
       rule(action("mount", "SCMP_ACT_NOTIFY"), kListened)},
      {"old-name-key", rule(R"("name": "read", "action": "SCMP_ACT_ALLOW")"),
       rule(allows(R"("read")"))},
      {"repeated-argument-index",
       rule(when(kOne + R"(, {"index": 0, "value": 2, "op": "SCMP_CMP_EQ"})")), rule(when(kOne))},
      {"rule-never-matches", rule(when(R"({"index": 0, "value": 0, "op": "SCMP_CMP_LT"})")),
       rule(when(R"({"index": 0, "value": 1, "op": "SCMP_CMP_LT"})"))},
      {"rule-without-names", rule(allows("")), rule(allows(R"("read")"))},
      {"unknown-members", rule(allows(R"("read")"), R"("flag": [],)"),
       rule(allows(R"("read")"), R"("flags": [],)")},
      {"unknown-syscall-names", rule(allows(R"("raed")")), rule(allows(R"("read")"))},
  };
  return kFaults;
}

bool has(const std::vector<Finding>& findings, const std::string& check) {
  return std::ranges::find(findings, check, &Finding::check) != findings.end();
}

TEST_CASE("a finding of each kind comes and goes with its cause") {
  for (const Fault& fault : faults()) {
    CAPTURE(fault.check);
    CHECK(has(linted(profile_of(fault.faulty)), fault.check));
    CHECK_FALSE(has(linted(profile_of(fault.mended)), fault.check));
  }
}

TEST_CASE("no check of lint is left out") {
  std::set<std::string> tried = {std::string(kDeniesRuntimeNeeds)};  // told as runtime-cannot-start
  for (const auto& [check, mend] : mends()) tried.insert(check);
  for (const Fault& fault : faults()) tried.insert(fault.check);
  for (const auto checks : {profile_checks(), lint_checks(), document_checks()}) {
    for (const ProfileCheck& check : checks) {
      CAPTURE(std::string(check.id));
      CHECK(tried.contains(std::string(check.id)));
    }
  }
}

}  // namespace
}  // namespace bulkhead::policy
