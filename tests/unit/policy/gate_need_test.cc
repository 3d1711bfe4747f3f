#include "policy/decide/gate_need.h"

#include <catch2/catch.hpp>

#include "base/text.h"
#include "oci-config/json.h"
#include "policy/decide/loaded_profile.h"
#include "policy/settings/policy_reader.h"

namespace bulkhead::policy {
namespace {

// A container without anything, or with more members; and the policy's members.
struct Case {
  std::string process = R"("args":["a"],"cwd":"/")";
  std::string linux_members;
  std::string policy;
  std::string mode = "enforce";
};

NodeFacts node() {
  NodeFacts facts;
  facts.hook_path = "/usr/bin/bulkhead-hook";
  facts.apparmor.enabled = true;
  facts.apparmor.loaded = {{"bulkhead-default", AppArmorMode::enforce},
                           {"quiet", AppArmorMode::complain}};
  return facts;
}

std::string config_of(const Case& item) {
  return R"({"ociVersion":"1.0.2","root":{"path":"r"},"process":{)" + item.process +
         R"(},"linux":{)" + item.linux_members + "}}";
}

oci_config::RuntimeSpec spec_of(const std::string& config) {
  const auto document = oci_config::JsonDocument::parse(config, {});
  REQUIRE(document);
  const auto spec = oci_config::read_runtime_spec(*document);
  REQUIRE(spec);
  return *spec;
}

Decision decided(const oci_config::RuntimeSpec& spec, const Case& item) {
  const auto policy = read_policy(
      {{"policy.json", R"({"version":1,"mode":")" + item.mode + "\"" + item.policy + "}"}});
  REQUIRE(policy);
  const Identity identity{.id = "c"};
  return decide(spec, identity, policy_for(identity, *policy), node());
}

Plan planned(const Case& item) { return std::get<Plan>(decided(spec_of(config_of(item)), item)); }

// The plan of the hook for what the shim's edit made of config.json.
Plan planned_after_edit(const Case& item) {
  const auto document = oci_config::JsonDocument::parse(config_of(item), {});
  const auto text = oci_config::apply(*document, planned(item).edit);
  REQUIRE(text);
  return std::get<Plan>(decided(spec_of(*text), item));
}

}  // namespace

TEST_CASE("a container that asks for nothing has the gate install the fallback and set its label") {
  const Plan plan = planned({});
  CHECK(plan.missing.filter);
  CHECK(plan.missing.label);
  CHECK(gate_installs(plan));
  CHECK(*needs_gate(plan));
}

TEST_CASE("what the shim wrote into config.json is not missing for the hook") {
  const Case item{.policy = R"(,"process":{"no_new_privileges":"set","read_only_rootfs":"set"},)"
                            R"("seccomp":{"log_denials":"always"})"};
  CHECK(planned(item).missing.out_of_reach.size() == 2);
  const Plan plan = planned_after_edit(item);
  CHECK_FALSE(plan.missing.filter);
  CHECK_FALSE(plan.missing.label);
  CHECK(plan.missing.out_of_reach.empty());
  CHECK(plan.seccomp.told_source() == "runtime/default");
}

TEST_CASE("a rule's filter that the shim wrote, with flags, is not installed again") {
  const Case item{.policy = R"(,"rules":[{"name":"r","match":{},)"
                            R"("seccomp":{"profile":"runtime/default"}}])"};
  const oci_config::RuntimeSpec bare = spec_of(config_of(item));
  oci_config::RuntimeSpec written = bare;
  written.seccomp_presence = oci_config::SeccompPresence::profile;
  written.seccomp = planned(item).seccomp.profile;
  written.seccomp->flags = {std::string(oci_config::kFlagLog)};
  CHECK(std::get<Plan>(decided(bare, item)).missing.filter);
  CHECK_FALSE(std::get<Plan>(decided(written, item)).missing.filter);
  written.seccomp->syscalls.pop_back();
  CHECK(std::get<Plan>(decided(written, item)).missing.filter);
}

TEST_CASE("what a hook alone cannot bring about is refused by name, with the shim as remedy") {
  const Plan plan =
      planned({.process = R"("args":["a"],"cwd":"/","capabilities":{"bounding":["CAP_NET_RAW"]})",
               .policy = R"(,"process":{"no_new_privileges":"set","read_only_rootfs":"set",)"
                         R"("drop_capabilities":["CAP_NET_RAW"]})"});
  const auto needed = needs_gate(plan);
  REQUIRE_FALSE(needed);
  CHECK(needed.error().code == base::ErrorCode::refused);
  CHECK_THAT(needed.error().message,
             Catch::Contains("no_new_privileges (/process/noNewPrivileges), capabilities "
                             "(/process/capabilities/bounding), a read-only root file system"));
  CHECK_THAT(needed.error().remedy, Catch::Contains("bulkhead-shim"));
}

TEST_CASE("an AppArmor profile that a rule takes away is out of a hook's reach") {
  const Plan plan =
      planned({.process = R"("args":["a"],"cwd":"/","apparmorProfile":"bulkhead-default")",
               .policy = R"(,"rules":[{"name":"r","match":{},"because":"b",)"
                         R"("apparmor":{"profile":"unconfined"}}])"});
  CHECK_FALSE(plan.missing.label);
  CHECK(plan.missing.out_of_reach ==
        std::vector<std::string>{"the AppArmor profile (/process/apparmorProfile)"});
}

TEST_CASE("a filter that a rule takes away needs no gate: the container is only stricter") {
  const Plan plan = planned({.linux_members = R"("seccomp":{"defaultAction":"SCMP_ACT_ERRNO"})",
                             .policy = R"(,"rules":[{"name":"r","match":{},"because":"b",)"
                                       R"("seccomp":{"profile":"unconfined"}}])"});
  CHECK_FALSE(plan.missing.filter);
  CHECK(plan.missing.out_of_reach.empty());
}

TEST_CASE("whether a gate is needed follows from what is missing and from prove") {
  const std::string never = R"(,"prove":"never")";
  const std::string installing = R"(,"prove":"when-installing")";
  CHECK(*needs_gate(planned_after_edit({})));
  CHECK(*needs_gate(planned({.policy = installing})));
  CHECK_FALSE(*needs_gate(planned_after_edit({.policy = installing})));
  CHECK_FALSE(*needs_gate(planned_after_edit({.policy = never})));
  const auto refused = needs_gate(planned({.policy = never}));
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().sentence(), Catch::Contains("\"prove\": \"never\" keeps the gate"));
}

TEST_CASE("in observe mode nothing is missing, since nothing is changed") {
  const Plan plan =
      planned({.policy = R"(,"process":{"no_new_privileges":"set"})", .mode = "observe"});
  CHECK_FALSE(plan.missing.filter);
  CHECK_FALSE(plan.missing.label);
  CHECK(plan.missing.out_of_reach.empty());
}

TEST_CASE("in observe mode a hook tells that enforce would refuse what it cannot reach") {
  Plan plan = planned({.policy = R"(,"process":{"no_new_privileges":"set"})", .mode = "observe"});
  leave_edit_out(plan);
  REQUIRE(plan.would_refuse);
  CHECK_THAT(plan.would_refuse->sentence(),
             Catch::Contains("what a hook alone cannot bring about: no_new_privileges"));
  Plan reached = planned({.mode = "observe"});
  leave_edit_out(reached);
  CHECK_FALSE(reached.would_refuse);
  CHECK(reached.withheld_missing.filter);
}

TEST_CASE(
    "only log_denials \"always\" wants a second filter, and only beside one without the flag") {
  const auto wants = [](std::string_view value) {
    return wants_logging_filter(
        planned({.policy = R"(,"seccomp":{"log_denials":)" + std::string(value) + "}"}).seccomp);
  };
  CHECK(wants(R"("always")"));
  CHECK_FALSE(wants("true"));
  CHECK_FALSE(wants("false"));
  Plan plan = planned({.policy = R"(,"seccomp":{"log_denials":"always"})"});
  plan.seccomp.profile->flags.emplace_back(oci_config::kFlagLog);
  CHECK_FALSE(wants_logging_filter(plan.seccomp));
}

TEST_CASE("a gate that only installs is wanted for denials that the runtime may leave out") {
  const auto wants = [](std::string_view prove, std::string_view name) {
    const Plan plan =
        planned({.process = R"("args":["a"],"cwd":"/","apparmorProfile":"bulkhead-default")",
                 .linux_members = base::cat(
                     R"("seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":[")", name,
                     R"("],"action":"SCMP_ACT_ERRNO"}]})"),
                 .policy = base::cat(R"(,"prove":")", prove, '"')});
    return needs_gate(plan).value();
  };
  CHECK(wants("when-installing", "mseal"));
  CHECK_FALSE(wants("when-installing", "mount"));
  CHECK_FALSE(wants("never", "mseal"));
}

TEST_CASE("what the kernel records whatever the flags are is not denied silently") {
  using oci_config::SeccompAction;
  oci_config::SeccompProfile profile;
  for (const auto action : {SeccompAction::kill_process, SeccompAction::kill_thread,
                            SeccompAction::log, SeccompAction::allow}) {
    profile.default_action.action = action;
    CHECK_FALSE(denies_silently(profile));
  }
  profile.syscalls.push_back({.names = {"getppid"}, .action = {.action = SeccompAction::trap}});
  CHECK(denies_silently(profile));
  profile = {.default_action = {.action = SeccompAction::return_errno}};
  CHECK(denies_silently(profile));
}

TEST_CASE("the fallback is told as such wherever it stands, and another inline profile is not") {
  CHECK(planned({}).seccomp.told_source() == "runtime/default");
  CHECK(planned_after_edit({}).seccomp.source.text() == "config");
  CHECK(planned_after_edit({}).seccomp.told_source() == "runtime/default");
  CHECK(planned({.linux_members = R"("seccomp":{"defaultAction":"SCMP_ACT_ERRNO"})"})
            .seccomp.told_source() == "config");
  CHECK(planned({.policy = R"(,"seccomp":{"deny":["mknod"]})"}).seccomp.told_source() ==
        "runtime/default less seccomp.deny");
  CHECK(planned({.policy = R"(,"seccomp":{"deny":["kexec_load"]})"}).seccomp.told_source() ==
        "runtime/default");
  const std::string native = R"(,"seccomp":{"architectures":"native"})";
  CHECK(planned({.policy = native}).seccomp.told_source() ==
        "runtime/default less other architectures");
  CHECK(planned_after_edit({.policy = native}).seccomp.told_source() ==
        "runtime/default less other architectures");
  CHECK(planned({.policy = R"(,"seccomp":{"architectures":"native","deny":["mknod"]})"})
            .seccomp.told_source() == "runtime/default less seccomp.deny less other architectures");
  CHECK(planned({.policy = R"(,"seccomp":{"unset":"keep"})"}).seccomp.told_source() ==
        "unconfined");
}

TEST_CASE("a profile that turns out to complain once it is loaded is refused, or kept and told") {
  const JustLoaded complains{"quiet", "/etc/apparmor.d/quiet", AppArmorMode::complain};
  Plan strict = planned({});
  const auto refused = hold_just_loaded(strict, complains);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().sentence(), Catch::Contains("'quiet' of '/etc/apparmor.d/quiet' does "
                                                         "not enforce"));
  CHECK(hold_just_loaded(strict, {"quiet", "", AppArmorMode::enforce}));
  Plan keeping = planned({.policy = R"(,"apparmor":{"complain":"keep"})"});
  const std::size_t before = keeping.findings.size();
  CHECK(hold_just_loaded(keeping, complains));
  REQUIRE(keeping.findings.size() == before + 1);
  CHECK(keeping.findings.back().check == "apparmor-not-enforcing");
}

}  // namespace bulkhead::policy
