#include "admission/examine.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "admission/ignored_files.h"
#include "tests/unit/admission/admission_node.h"

namespace bulkhead::admission::testing {
namespace {

using Catch::Contains;

Request request_on(const Node& node) {
  return {.invocation = {.container_id = "c1", .runtime_root = {}, .bundle = {}},
          .runtime_path = {},
          .paths = node.paths};
}

}  // namespace

TEST_CASE("a node without a policy file has the built-in policy") {
  const Node node;
  const auto policy = load_policy(node.paths);
  REQUIRE(policy);
  CHECK(policy->files.empty());
  CHECK(policy->mode.value == policy::Mode::enforce);
}

TEST_CASE("drop-ins are read by name behind the policy's file, hidden ones and others are not") {
  const Node node;
  node.write("policy.json", R"({"version":1})");
  node.write("policy.d/20-b.json", R"({"version":1})");
  node.write("policy.d/10-a.json", R"({"version":1,"mode":"observe"})");
  node.write("policy.d/.30.json", "no JSON");
  node.write("policy.d/README", "no JSON");
  const auto policy = load_policy(node.paths);
  REQUIRE(policy);
  REQUIRE(policy->files.size() == 3);
  CHECK_THAT(policy->files[1], Catch::EndsWith("10-a.json"));
  CHECK_THAT(policy->files[2], Catch::EndsWith("20-b.json"));
  CHECK(policy->mode.value == policy::Mode::observe);
  REQUIRE(policy->ignored.size() == 2);
  CHECK_THAT(policy->ignored[0], Catch::EndsWith("policy.d/.30.json"));
  CHECK_THAT(policy->ignored[1], Catch::EndsWith("policy.d/README"));
}

TEST_CASE("what is to be recorded lies in record.d, and a mistake there refuses nobody") {
  const Node node;
  node.write("policy.json", R"({"version":1})");
  node.write("record.d/web.json",
             R"({"version":1,"rules":[{"name":"r","match":{},"record":"web"}]})");
  node.write("record.d/bad.json",
             R"({"version":1,"rules":[{"name":"r","match":{},"record":"../x"}]})");
  node.write("record.d/worse.json", "no JSON");
  const auto policy = load_policy(node.paths);
  REQUIRE(policy);
  REQUIRE(policy->recordings.size() == 1);
  CHECK(policy->recordings[0].settings.record->value.name == "web");
  CHECK(policy->rules.empty());
  REQUIRE(policy->ignored.size() == 2);
  CHECK_THAT(policy->ignored[0], Catch::EndsWith("record.d/bad.json"));
  CHECK_THAT(why_ignored(policy->ignored[0]), Catch::Contains("nothing is recorded by it: ") &&
                                                  Catch::Contains("'../x'") &&
                                                  !Catch::Contains("container"));
}

TEST_CASE("a policy that others may write, itself or by its directory, is an error") {
  for (const char* name : {"policy.json", "policy.d/a.json", "policy.d", "."}) {
    INFO(name);
    const Node node;
    node.write("policy.json", R"({"version":1})");
    node.write("policy.d/a.json", R"({"version":1})");
    REQUIRE(load_policy(node.paths));
    namespace fs = std::filesystem;
    fs::permissions(node.paths.settings + "/" + name, fs::perms::others_write,
                    fs::perm_options::add);
    const auto policy = load_policy(node.paths);
    REQUIRE_FALSE(policy);
    CHECK(policy.error().code == base::ErrorCode::policy);
    CHECK_THAT(policy.error().sentence(), Contains("can be written by others than root"));
  }
}

TEST_CASE("a policy that is not valid is an error that names the file") {
  const Node node;
  node.write("policy.json", "{");
  const auto policy = load_policy(node.paths);
  REQUIRE_FALSE(policy);
  CHECK(policy.error().code == base::ErrorCode::policy);
  CHECK_THAT(policy.error().sentence(), Contains("policy.json"));
}

TEST_CASE("a container that was identified before keeps its identity") {
  const Node node;
  const auto policy = load_policy(node.paths);
  REQUIRE(policy);
  Request request = request_on(node);
  const auto told = survey({}, request, *policy);
  REQUIRE(told);
  CHECK(told->identity.id == "c1");
  request.recorded = policy::Identity{.id = "c2", .namespace_ = "shop"};
  const auto recorded = survey({}, request, *policy);
  REQUIRE(recorded);
  CHECK(recorded->identity.namespace_ == "shop");
}

TEST_CASE("the profiles that the policy names for a container are read, each or its error") {
  const Node node;
  node.write("app.json", R"({"defaultAction":"SCMP_ACT_ERRNO"})");
  node.write("policy.json",
             R"({"version":1,"profile_roots":{"seccomp":[")" + node.paths.settings +
                 R"("]},"seccomp":{"floor":"localhost/app.json"},"rules":[{"name":"r",)"
                 R"("match":{},"seccomp":{"profile":"localhost/gone.json"}}]})");
  const auto policy = load_policy(node.paths);
  REQUIRE(policy);
  const auto found = survey({}, request_on(node), *policy);
  REQUIRE(found);
  REQUIRE(found->facts.seccomp_profiles.size() == 2);
  CHECK(found->facts.seccomp_profiles.at("app.json"));
  CHECK_FALSE(found->facts.seccomp_profiles.at("gone.json"));
}

}  // namespace bulkhead::admission::testing
