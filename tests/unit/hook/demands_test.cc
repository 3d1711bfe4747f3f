#include "hook/demands.h"

#include <catch2/catch.hpp>

namespace bulkhead::hook {
namespace {

using oci_config::JsonDocument;
using oci_config::RemoveMember;
using oci_config::SetMember;

constexpr std::string_view kFilter =
    R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["bpf"],"action":"SCMP_ACT_ERRNO"}]})";

policy::Plan planning(std::vector<oci_config::EditOperation> operations) {
  policy::Plan plan;
  plan.seccomp.profile = *oci_config::parse_seccomp_profile(std::string(kFilter), "planned");
  plan.edit.operations = std::move(operations);
  return plan;
}

base::Result<Demands> demanded(const policy::Plan& plan, std::string config) {
  const auto document = JsonDocument::parse(std::move(config), {});
  REQUIRE(document);
  const auto spec = oci_config::read_runtime_spec(*document);
  REQUIRE(spec);
  return demands_of(plan, *document, *spec);
}

const std::string kBare = R"({"ociVersion":"1.0.2","process":{"args":["a"],"cwd":"/"},"linux":{}})";
std::string with_seccomp(std::string_view seccomp) {
  return R"({"ociVersion":"1.0.2","process":{"args":["a"],"cwd":"/"},"linux":{"seccomp":)" +
         std::string(seccomp) + "}}";
}

SetMember set_filter() { return {"/linux/seccomp", std::string(kFilter)}; }

}  // namespace

TEST_CASE("a config that carries the plan demands nothing of the gate") {
  const auto demands = demanded(planning({}), kBare);
  REQUIRE(demands);
  CHECK_FALSE(demands->install_filter);
  CHECK(demands->out_of_reach.empty());
}

TEST_CASE("a filter that is missing in config.json is for the gate to install") {
  CHECK(demanded(planning({set_filter()}), kBare)->install_filter);
  CHECK(demanded(planning({set_filter()}), with_seccomp("{}"))->install_filter);
}

TEST_CASE("a filter that the shim wrote, with flags, is not installed again") {
  std::string with_flags(kFilter);
  with_flags.insert(1, R"("flags":["SECCOMP_FILTER_FLAG_LOG"],)");
  CHECK_FALSE(demanded(planning({set_filter()}), with_seccomp(with_flags))->install_filter);
}

TEST_CASE("an annotation that would void the filter has the gate install it") {
  const RemoveMember removal{"/annotations/run.oci.seccomp_bpf_data"};
  std::string config = kBare;
  CHECK_FALSE(demanded(planning({removal}), config)->install_filter);
  config.insert(1, R"("annotations":{"run.oci.seccomp_bpf_data":"AAA="},)");
  CHECK(demanded(planning({removal}), config)->install_filter);
}

TEST_CASE("hooks, flags and a filter too many need nothing") {
  const auto demands =
      demanded(planning({SetMember{"/hooks/createRuntime/-", R"({"path":"/x"})"},
                         SetMember{"/linux/seccomp/flags", R"(["SECCOMP_FILTER_FLAG_LOG"])"},
                         RemoveMember{"/linux/seccomp"}}),
               with_seccomp(kFilter));
  REQUIRE(demands);
  CHECK_FALSE(demands->install_filter);
  CHECK(demands->out_of_reach.empty());
}

TEST_CASE("what a hook alone cannot bring about is refused by name, with the shim as remedy") {
  const auto demands = demanded(
      planning({SetMember{"/process/noNewPrivileges", "true"},
                SetMember{"/process/capabilities/bounding", "[]"},
                SetMember{"/root/readonly", "true"}, RemoveMember{"/process/apparmorProfile"},
                SetMember{"/linux/sysctl", "{}"}}),
      R"({"ociVersion":"1.0.2","process":{"args":["a"],"cwd":"/","apparmorProfile":"x"},"linux":{}})");
  REQUIRE(demands);
  CHECK(demands->out_of_reach.size() == 5);
  const base::Error refusal = out_of_reach(*demands);
  CHECK(refusal.code == base::ErrorCode::refused);
  CHECK_THAT(refusal.message,
             Catch::Contains("no_new_privileges (/process/noNewPrivileges), capabilities "
                             "(/process/capabilities/bounding), a read-only root file system") &&
                 Catch::Contains("a change of config.json (/linux/sysctl)"));
  CHECK_THAT(refusal.remedy, Catch::Contains("bulkhead-shim"));
}

TEST_CASE("what config.json carries already is not out of reach") {
  const std::string config =
      R"({"ociVersion":"1.0.2","process":{"args":["a"],"cwd":"/","noNewPrivileges":true}})";
  CHECK(demanded(planning({SetMember{"/process/noNewPrivileges", "true"}}), config)
            ->out_of_reach.empty());
}

TEST_CASE("an AppArmor profile that config.json does not name is for the gate to set") {
  const SetMember profile{"/process/apparmorProfile", R"("bulkhead-default")"};
  const auto demands = demanded(planning({profile}), kBare);
  REQUIRE(demands);
  CHECK(demands->set_label);
  CHECK(demands->out_of_reach.empty());
  const auto removed = demanded(
      planning({RemoveMember{"/process/apparmorProfile"}}),
      R"({"ociVersion":"1.0.2","process":{"args":["a"],"cwd":"/","apparmorProfile":"x"},"linux":{}})");
  REQUIRE(removed);
  CHECK_FALSE(removed->set_label);
  CHECK(removed->out_of_reach.size() == 1);
}

}  // namespace bulkhead::hook
