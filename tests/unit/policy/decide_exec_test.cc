#include <catch2/catch.hpp>

#include "policy/decide/decide.h"
#include "policy/settings/policy_reader.h"
#include "tests/unit/policy/decide_case.h"

namespace bulkhead::policy::testing {
namespace {

using oci_config::CapabilityMask;
using oci_config::ProcessSpec;
using oci_config::RuntimeSpec;

constexpr CapabilityMask kChown = 1ULL << 0;
constexpr CapabilityMask kNetRaw = 1ULL << 13;
constexpr CapabilityMask kSysAdmin = 1ULL << 21;

Policy policy(const std::string& members) {
  return read_policy({{"policy.json", "{\"version\":1" + members + "}"}}).value();
}

ProcessSpec process_with(CapabilityMask mask) {
  ProcessSpec process;
  process.args = {"sh"};
  process.uid = 1000;
  process.capabilities = {.bounding = mask, .effective = mask, .permitted = mask};
  return process;
}

struct Scene {
  RuntimeSpec container;
  ProcessSpec joining = process_with(kChown);
  NodeFacts facts;
  bool recorded = true;

  Scene() {
    container.process = process_with(kChown | kNetRaw);
    container.seccomp_presence = oci_config::SeccompPresence::profile;
    container.seccomp = oci_config::SeccompProfile{};
    facts.apparmor.enabled = true;
    facts.apparmor.loaded = {{"bulkhead-default", AppArmorMode::enforce},
                             {"app", AppArmorMode::enforce},
                             {"other", AppArmorMode::enforce}};
  }
  [[nodiscard]] Decision decided(const std::string& members = {}) const {
    const Identity identity{.id = "c1"};
    return decide_exec(joining, {container, recorded}, identity,
                       policy_for(identity, policy(members)), facts);
  }
};

TEST_CASE("a process that joins takes the container's own AppArmor profile") {
  Scene scene;
  scene.container.process->apparmor_profile = "app";
  for (const char* asked : {"", "unconfined", "other", "localhost/app"}) {
    INFO(asked);
    scene.joining.apparmor_profile = asked;
    const auto decision = scene.decided();
    CHECK(label_of(decision) == "app");
    CHECK(edit_of(decision) == "/apparmorProfile");
  }
  scene.joining.apparmor_profile = "app";
  CHECK(edit_of(scene.decided()).empty());
}

TEST_CASE(
    "a process that joins a container without a profile gets the fallback as the container did") {
  const Scene scene;
  CHECK(label_of(scene.decided()) == "bulkhead-default");
  CHECK(edit_of(scene.decided()) == "/apparmorProfile");
}

TEST_CASE("a process that joins an unconfined container may be confined, and need not be") {
  Scene scene;
  const std::string keep = R"(,"apparmor":{"unset":"keep"})";
  CHECK(edit_of(scene.decided(keep)).empty());
  scene.joining.apparmor_profile = "other";
  CHECK(label_of(scene.decided(keep)) == "other");
  CHECK(edit_of(scene.decided(keep)).empty());
}

TEST_CASE("a process that joins cannot gain privileges where the container cannot") {
  Scene scene;
  scene.joining.apparmor_profile = "bulkhead-default";
  scene.container.process->no_new_privileges = true;
  const auto decision = scene.decided();
  CHECK(edit_of(decision) == "/noNewPrivileges");
  CHECK(std::get<Plan>(decision).process.no_new_privileges);
}

TEST_CASE("no_new_privileges that the policy sets holds for who joins") {
  Scene scene;
  scene.joining.apparmor_profile = "bulkhead-default";
  CHECK(edit_of(scene.decided(R"(,"process":{"no_new_privileges":"set"})")) == "/noNewPrivileges");
  const auto decision = scene.decided(R"(,"process":{"no_new_privileges":"require"})");
  CHECK(outcome_of(decision) == "refused");
  CHECK_THAT(sentences_of(decision), Catch::Contains("error no-new-privileges-required"));
}

TEST_CASE("a process that joins has no capability that the container does not have") {
  Scene scene;
  scene.joining = process_with(kChown | kSysAdmin);
  scene.joining.apparmor_profile = "bulkhead-default";
  const auto decision = scene.decided();
  CHECK(edit_of(decision) ==
        "/capabilities/bounding,/capabilities/effective,/capabilities/permitted");
  CHECK(std::get<Plan>(decision).process.capabilities.bounding == kChown);
  CHECK_THAT(sentences_of(decision),
             Catch::Contains("CAP_SYS_ADMIN dropped (the container does not have them; "
                             "exec.capabilities = container, built-in)"));
  CHECK_THAT(sentences_of(scene.decided()), Catch::Contains("warning exec-capabilities"));
}

TEST_CASE("who joins may have what is asked for where the policy says so") {
  Scene scene;
  scene.joining = process_with(kChown | kSysAdmin);
  const std::string rule =
      R"(,"rules":[{"name":"r","match":{},"because":"debugging","exec":{"capabilities":"as-asked"}}])";
  const auto decision = scene.decided(rule);
  CHECK(std::get<Plan>(decision).process.capabilities.bounding == (kChown | kSysAdmin));
  CHECK_THAT(sentences_of(decision),
             Catch::Contains("beyond the container's: CAP_SYS_ADMIN (exec.capabilities = as-asked, "
                             "rule 'r'") &&
                 Catch::Contains("debugging"));
  scene.joining = process_with(kChown);
  CHECK_THAT(sentences_of(scene.decided(rule)), !Catch::Contains("beyond the container's"));
}

TEST_CASE("who joins and gets less than was asked for hears of it") {
  Scene scene;
  scene.joining = process_with(kChown | kSysAdmin);
  CHECK_THAT(sentences_of(scene.decided()),
             Catch::Contains("warning exec-capabilities /capabilities CAP_SYS_ADMIN dropped (the "
                             "container does not have them; exec.capabilities = container"));
  CHECK_THAT(sentences_of(scene.decided(R"(,"exec":{"capabilities":"as-asked"})")),
             !Catch::Contains("exec-capabilities"));
}

TEST_CASE("what the policy drops for all is not said to each who joins") {
  Scene scene;
  scene.joining = process_with(kChown | kNetRaw);
  CHECK_THAT(sentences_of(scene.decided(R"(,"process":{"drop_capabilities":["CAP_NET_RAW"]})")),
             !Catch::Contains("exec-capabilities"));
}

TEST_CASE("the container bounds who joins unless the policy says otherwise") {
  const Scene scene;
  const auto bounded = [&](const std::string& members) {
    return std::get<Plan>(scene.decided(members)).process.bounded_by_container;
  };
  CHECK(bounded(""));
  CHECK_FALSE(bounded(R"(,"exec":{"capabilities":"as-asked"})"));
}

TEST_CASE("what the policy drops nobody gets who joins, whatever is asked for") {
  Scene scene;
  scene.joining = process_with(kChown | kNetRaw | kSysAdmin);
  const auto decision = scene.decided(
      R"(,"exec":{"capabilities":"as-asked"},"process":{"drop_capabilities":["CAP_NET_RAW"]})");
  CHECK(std::get<Plan>(decision).process.capabilities.effective == (kChown | kSysAdmin));
  CHECK_THAT(sentences_of(decision), Catch::Contains("process.drop_capabilities = CAP_NET_RAW"));
}

TEST_CASE("a capability that the policy drops is dropped from who joins") {
  Scene scene;
  scene.joining = process_with(kChown | kNetRaw);
  scene.joining.apparmor_profile = "bulkhead-default";
  const auto decision = scene.decided(R"(,"process":{"drop_capabilities":["CAP_NET_RAW"]})");
  CHECK(std::get<Plan>(decision).process.capabilities.effective == kChown);
  CHECK_THAT(sentences_of(decision), Catch::Contains("process.drop_capabilities = CAP_NET_RAW"));
}

TEST_CASE("root is refused for who joins, too") {
  Scene scene;
  scene.joining.uid = 0;
  const auto decision = scene.decided(R"(,"process":{"run_as_non_root":"require"})");
  CHECK(outcome_of(decision) == "refused");
  CHECK_THAT(sentences_of(decision), Catch::Contains("error non-root-required /user/uid"));
}

TEST_CASE("what joins a container without a filter is told to have none") {
  Scene scene;
  scene.container.seccomp.reset();
  scene.container.seccomp_presence = oci_config::SeccompPresence::absent;
  CHECK_THAT(sentences_of(scene.decided()), Catch::Contains("warning exec-unconfined"));
  CHECK_THAT(sentences_of(scene.decided(R"(,"seccomp":{"unset":"keep"})")),
             !Catch::Contains("exec-unconfined"));
}

// Without a filter in its stored configuration.
Scene of_another_origin() {
  Scene scene;
  scene.recorded = false;
  scene.container.seccomp.reset();
  scene.container.seccomp_presence = oci_config::SeccompPresence::absent;
  return scene;
}

TEST_CASE("who joins a container that Bulkhead did not start gets the policy's answer") {
  const Scene scene = of_another_origin();
  const auto fallback = scene.decided();
  CHECK(seccomp_of(fallback) == "runtime/default");
  CHECK(std::get<Plan>(fallback).missing.filter);
  CHECK_THAT(sentences_of(scene.decided(R"(,"seccomp":{"unset":"refuse"})")),
             Catch::Contains("error seccomp-unset"));
  const auto kept = scene.decided(R"(,"seccomp":{"unset":"keep"})");
  CHECK(seccomp_of(kept) == "unconfined");
  CHECK_FALSE(std::get<Plan>(kept).missing.filter);
}

TEST_CASE("the filter that such a container has stands, and the floor holds for who joins") {
  Scene scene;
  scene.recorded = false;
  CHECK_FALSE(std::get<Plan>(scene.decided()).missing.filter);
  scene.container.seccomp->default_action = {oci_config::SeccompAction::allow, {}};
  CHECK_THAT(sentences_of(scene.decided(R"(,"seccomp":{"floor":"runtime-default"})")),
             Catch::Contains("error seccomp-above-floor"));
}

TEST_CASE("without a gate nothing is installed in who joins, and that is told") {
  const auto decision = of_another_origin().decided(R"(,"prove":"never")");
  CHECK_FALSE(std::get<Plan>(decision).missing.filter);
  CHECK_THAT(sentences_of(decision), Catch::Contains("warning exec-unconfined"));
}

TEST_CASE("what joins a container whose filter the gate installed is told of that one") {
  Scene scene;
  scene.container.seccomp.reset();
  scene.container.seccomp_presence = oci_config::SeccompPresence::absent;
  scene.facts.installed_by_gate = "runtime/default";
  const auto sentences = sentences_of(scene.decided());
  CHECK_THAT(sentences, Catch::Contains("what the gate installed in the running container "
                                        "(runtime/default)"));
  CHECK_THAT(sentences, !Catch::Contains("exec-unconfined"));
}

TEST_CASE("who joins starts with the filter of the running container") {
  const Scene scene;
  const auto decision = scene.decided();
  CHECK(seccomp_of(decision) == "config");
  CHECK(std::get<Plan>(decision).seccomp.profile.has_value());
}

TEST_CASE("the receiver in the environment is refused for exec, too") {
  Scene scene;
  scene.facts.environment_weakens = true;
  CHECK_THAT(sentences_of(scene.decided()), Catch::Contains("error environment-voids-filter"));
}

TEST_CASE("a running container without a process is refused") {
  Scene scene;
  scene.container.process.reset();
  CHECK_THAT(sentences_of(scene.decided()), Catch::Contains("error process-missing"));
}

TEST_CASE("a rule that lets something into an exec is recorded with its reason") {
  const Scene scene;
  const auto decision = scene.decided(
      R"(,"rules":[{"name":"r","match":{},"because":"so it is","apparmor":{"complain":"keep"}}])");
  CHECK_THAT(sentences_of(decision), Catch::Contains("rule: rule 'r' applies because so it is"));
}

TEST_CASE("a process that joins is refused where the floor is a filter of its own") {
  Scene scene;
  scene.facts.native = oci_config::SeccompArch::x86_64;
  scene.container.seccomp->default_action = {oci_config::SeccompAction::allow, {}};
  const auto decision =
      scene.decided(R"(,"seccomp":{"floor":"runtime-default","floor_action":"clamp"})");
  REQUIRE(std::holds_alternative<Refusal>(decision));
  CHECK_THAT(std::get<Refusal>(decision).sentence(),
             Catch::Contains("would have the container's profile alone, which allows what the "
                             "floor does not (seccomp.floor = runtime/default") &&
                 Catch::Contains("create the container anew"));
  scene.container.seccomp->default_action = {oci_config::SeccompAction::return_errno, {}};
  CHECK(std::holds_alternative<Plan>(
      scene.decided(R"(,"seccomp":{"floor":"runtime-default","floor_action":"clamp"})")));
}

TEST_CASE("mode observe changes no process") {
  const Scene scene;
  const auto decision = scene.decided(R"(,"mode":"observe")");
  CHECK(std::get<Plan>(decision).edit.empty());
  CHECK(edit_of(decision) == "/apparmorProfile");
}

TEST_CASE("several reasons for a refusal are one sentence, each with its remedy") {
  const Refusal refusal{{{.message = "a is b", .remedy = "make it c"}, {.message = "d is e"}}};
  CHECK(refusal.sentence() == "a is b; make it c; also: d is e");
}

TEST_CASE("the profiles that must be read are named once each") {
  const Policy both = policy(
      R"(,"seccomp":{"floor":"localhost/f"},"rules":[
         {"name":"a","match":{"namespace":"shop"},"seccomp":{"profile":"localhost/p"}},
         {"name":"b","match":{"namespace":"same"},"seccomp":{"profile":"localhost/f"}}])");
  const auto named = [&](const char* where) {
    std::string names;
    for (const auto& profile : profiles_needed(effective_settings(both, {.namespace_ = where}))) {
      names += profile.name();
    }
    return names;
  };
  CHECK(named("shop") == "pf");
  CHECK(named("same") == "f");
  CHECK(named("other") == "f");
}

}  // namespace
}  // namespace bulkhead::policy::testing
