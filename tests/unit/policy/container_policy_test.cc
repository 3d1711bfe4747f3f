#include "policy/decide/container_policy.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "policy/decide/decide.h"
#include "policy/settings/policy_reader.h"
#include "tests/unit/policy/decide_case.h"

namespace bulkhead::policy::testing {
namespace {

const Identity kIdentity{.id = "c1"};

Policy trusting_runsc() {
  return read_policy({{"policy.json", R"({"version":1,"runtimes_trusted_unproved":[
                        {"runtime":"runsc","because":"its kernel is its own"}]})"}})
      .value();
}

Decision decided(const ContainerPolicy& policy) {
  oci_config::RuntimeSpec container;
  container.process = oci_config::ProcessSpec{};
  return decide_exec({}, {container, true}, kIdentity, policy, {});
}

}  // namespace

TEST_CASE("a runtime that the policy trusts is not asked for a proof") {
  const Policy policy = trusting_runsc();
  CHECK(policy_for(kIdentity, policy, "/usr/bin/runsc").prove == Prove::never);
  CHECK(policy_for(kIdentity, policy, "/usr/bin/runc").prove == Prove::always);
}

TEST_CASE("a runtime that nobody knows is not trusted") {
  CHECK(policy_for(kIdentity, trusting_runsc()).prove == Prove::always);
}

TEST_CASE("what a trusted runtime starts is told as unproved, with the owner's reason") {
  const Policy policy = trusting_runsc();
  const auto reasons = [&](const char* runtime) {
    return std::get<Plan>(decided(policy_for(kIdentity, policy, runtime))).reasons;
  };
  const Reason wanted{"proof",
                      "unproved: the node's owner trusts the runtime (runtimes_trusted_unproved = "
                      "'runsc', policy.json line 1)",
                      "its kernel is its own"};
  CHECK(std::ranges::count(reasons("/usr/bin/runsc"), wanted) == 1);
  CHECK(std::ranges::count(reasons("/usr/bin/runc"), "proof", &Reason::subject) == 0);
}

}  // namespace bulkhead::policy::testing
