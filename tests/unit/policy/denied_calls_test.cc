#include "policy/analysis/denied_calls.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "policy/analysis/filter_decision.h"
#include "policy/fallback/runtime_default.h"
#include "tests/unit/policy/every_container.h"

namespace bulkhead::policy {
namespace {

using oci_config::SeccompArch;
using oci_config::SeccompProfile;

std::vector<CallPattern> calls(std::initializer_list<const char*> texts) {
  std::vector<CallPattern> parsed;
  for (const char* text : texts) parsed.push_back(parse_call_pattern(text).value());
  return parsed;
}

SeccompProfile profile(const std::string& rules) {
  return oci_config::parse_seccomp_profile(
             R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[)" + rules + "]}", "test")
      .value();
}

bool concerns(const std::vector<Witness>& witnesses, const std::string& name) {
  return std::ranges::find(witnesses, name, &Witness::syscall_name) != witnesses.end();
}

// Whether the profile denies the call with every value that the pattern leaves open.
bool denies(const SeccompProfile& profile, const char* call) {
  const auto denied = calls({call});
  return !concerns(test::allowed_beyond(profile, all_but(denied, {}), SeccompArch::x86_64),
                   denied[0].name);
}

// Whether it allows the call with every value that the pattern leaves open.
bool allows(const SeccompProfile& profile, const char* call) {
  SeccompProfile alone = all_but(calls({call}), {});
  std::swap(alone.default_action, alone.syscalls[0].action);
  return !concerns(test::allowed_beyond(alone, profile, SeccompArch::x86_64),
                   alone.syscalls[0].names[0]);
}

// On x86_64; fails the test where one profile cannot say it.
SeccompProfile less(const SeccompProfile& profile, std::initializer_list<const char*> denied) {
  auto rest = without_calls(profile, calls(denied), SeccompArch::x86_64);
  REQUIRE(rest.has_value());
  REQUIRE(rest->has_value());
  return **std::move(rest);
}

TEST_CASE("a socket family is taken out of the fallback, for every container, and no other") {
  const auto denied = calls({"socket(AF_PACKET)"});  // 17, among those that one rule allows
  for (const ExpandFor& container : test::every_container()) {
    INFO(test::described(container));
    const SeccompProfile fallback = runtime_default_for(container);
    const auto rest = without_calls(fallback, denied, container.native);
    REQUIRE(rest.has_value());
    REQUIRE(rest->has_value());
    const auto lost = test::allowed_beyond(fallback, **rest, container.native);
    CHECK_FALSE(lost.empty());
    for (const Witness& witness : lost) {
      CHECK(witness.syscall_name == "socket");
      CHECK((witness.event.args[0] & 0xffffffff) == 17);
    }
  }
}

TEST_CASE("the kernel takes an int, so high bits of an argument do not lead around the denial") {
  const auto rest =
      less(profile(R"({"names":["socket"],"action":"SCMP_ACT_ALLOW"})"), {"socket(AF_VSOCK)"});
  CHECK(denies(rest, "socket(AF_VSOCK)"));
  CHECK(denies(rest, "socket(0x100000028)"));
  CHECK(allows(rest, "socket(41)"));
  CHECK(allows(rest, "socket(AF_INET)"));
}

TEST_CASE("a call is denied with all of its arguments, and others of its rule are not") {
  const auto rest =
      less(profile(R"({"names":["ptrace","socket"],"action":"SCMP_ACT_ALLOW"})"), {"ptrace"});
  CHECK(denies(rest, "ptrace"));
  CHECK(allows(rest, "socket"));
}

TEST_CASE("several arguments are denied together only") {
  const auto rest =
      less(profile(R"({"names":["ioctl"],"action":"SCMP_ACT_ALLOW"})"), {"ioctl(*, TIOCSTI)"});
  CHECK(denies(rest, "ioctl(3, TIOCSTI)"));
  CHECK(allows(rest, "ioctl(*, 0x5413)"));
  const auto both = less(rest, {"ioctl(1, 0x5413)"});
  CHECK(denies(both, "ioctl(*, TIOCSTI)"));
  CHECK(denies(both, "ioctl(1, 0x5413)"));
  CHECK(allows(both, "ioctl(2, 0x5413)"));
}

TEST_CASE("a profile that allows none of the calls comes back as it was") {
  const SeccompProfile fallback = runtime_default_for({});
  CHECK(to_oci_json(less(fallback, {"kexec_load", "socket(AF_ALG)"})) == to_oci_json(fallback));
}

TEST_CASE("a default that kills is not made milder") {
  const auto kills = oci_config::parse_seccomp_profile(
                         R"({"defaultAction":"SCMP_ACT_KILL_PROCESS","syscalls":[
                             {"names":["socket","read"],"action":"SCMP_ACT_ALLOW"}]})",
                         "test")
                         .value();
  const auto rest = less(kills, {"socket"});
  REQUIRE(rest.syscalls.size() == 1);  // no rule answers socket: the default does
  CHECK(rest.syscalls[0].names == std::vector<std::string>{"read"});
  CHECK(denies(rest, "socket"));
}

TEST_CASE("what one profile cannot say is not guessed") {
  const auto two = profile(
      R"({"names":["personality"],"action":"SCMP_ACT_ALLOW","args":[
           {"index":0,"value":8,"op":"SCMP_CMP_EQ"},{"index":0,"value":0,"op":"SCMP_CMP_EQ"}]})");
  CHECK_FALSE(without_calls(two, calls({"personality(8)"}), SeccompArch::x86_64).value());
}

TEST_CASE("calls are read as people write them, and what cannot be read is said") {
  CHECK(parse_call_pattern("ioctl(*, TIOCSTI)").value() ==
        CallPattern{"ioctl", true, {std::nullopt, 0x5412}});
  CHECK(parse_call_pattern("mseal").value() == CallPattern{"mseal", false, {}});
  CHECK(parse_call_pattern("scoket(1)").error().remedy == "did you mean socket?");
  CHECK_THAT(parse_call_pattern("socket(AF_NONE)").error().message,
             Catch::Contains("cannot read the argument 'AF_NONE'"));
  CHECK_THAT(parse_call_pattern("socket(1").error().message, Catch::Contains("no closing bracket"));
}

}  // namespace
}  // namespace bulkhead::policy
