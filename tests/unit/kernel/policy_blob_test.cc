#include "kernel/apparmor/policy_blob.h"

#include <catch2/catch.hpp>

#include "tests/unit/kernel/compiled_profile.h"

namespace bulkhead::kernel {
namespace {

using namespace compiled;

TEST_CASE("the capabilities that a profile allows are read from what the kernel holds") {
  const std::string policy = policy_of(profile("web", {0x21, 0x1}) + profile("web//child", {4, 0}));
  CHECK(capabilities_in(policy, "web") == 0x100000021);
  CHECK(capabilities_in(policy, "web//child") == 4);
  CHECK_FALSE(capabilities_in(policy, "we"));
  CHECK_FALSE(capabilities_in("", "web"));
}

TEST_CASE("a profile for 32 capabilities, and without flags for its paths") {
  const std::string policy =
      policy_of(opened("profile") + text(5, "old") + opened("flags") + u32(0) + u32(0) + u32(0) +
                kEnd + four(7) + name("aadfa") + blob("x") + kEnd);
  CHECK(capabilities_in(policy, "old") == 7);
}

TEST_CASE("policy that ends early has no answer, wherever it does") {
  const std::string policy = policy_of(profile("web", {0x21, 0x1}));
  const std::size_t whole = policy.find("caps64") + sizeof "caps64" + 1 + 5;
  for (std::size_t size = 0; size < whole; ++size) {
    const auto allowed = capabilities_in(policy.substr(0, size), "web");
    INFO(size);
    CHECK((!allowed || *allowed == 0x21));
  }
  CHECK(capabilities_in(policy.substr(0, whole), "web") == 0x100000021);
  CHECK_FALSE(capabilities_in(name("version") + '\x0d', "web"));
}

}  // namespace
}  // namespace bulkhead::kernel
