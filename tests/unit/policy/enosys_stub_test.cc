#include "policy/filter/enosys_stub.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstddef>

#include "policy/syscalls/syscalls.h"

namespace bulkhead::policy {
namespace {

using oci_config::SeccompAction;
using oci_config::SeccompArch;
using oci_config::SeccompProfile;

const FilterProgram kDenies = {
    {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
    {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EPERM},
};

SeccompProfile profile_on(std::vector<SeccompArch> arches) {
  SeccompProfile profile;
  profile.default_action.action = SeccompAction::return_errno;
  profile.architectures = std::move(arches);
  oci_config::SyscallRule rule;
  rule.names = {"read", "clone3", "rt_sigaction", "of no kernel"};
  profile.syscalls.push_back(std::move(rule));
  return profile;
}

std::uint16_t answer(const FilterProgram& program, SeccompArch arch, std::uint32_t nr) {
  return evaluate(program, {.nr = nr, .arch = audit_arch(arch)}).data;
}

}  // namespace

TEST_CASE("behind the stub calls above the profile's last one answer ENOSYS") {
  const FilterProgram program = with_enosys_stub(
      profile_on({SeccompArch::x86_64, SeccompArch::x86, SeccompArch::aarch64}), kDenies);
  REQUIRE(check_program(program));
  CHECK(is_behind_enosys_stub(program, kDenies));
  for (const SeccompArch arch : {SeccompArch::x86_64, SeccompArch::x86, SeccompArch::aarch64}) {
    const std::uint32_t last = *syscall_number(arch, "clone3");
    CHECK(answer(program, arch, last) == EPERM);
    CHECK(answer(program, arch, last + 1) == ENOSYS);
    CHECK(answer(program, arch, kX32Bit - 1) == ENOSYS);
  }
}

TEST_CASE("the stub leaves architectures alone that the profile does not list") {
  const FilterProgram program = with_enosys_stub(profile_on({SeccompArch::x86_64}), kDenies);
  CHECK(answer(program, SeccompArch::x86_64, kX32Bit | 999) == EPERM);
  CHECK(answer(program, SeccompArch::x86, 999) == EPERM);
  CHECK(answer(program, SeccompArch::aarch64, 999) == EPERM);
}

TEST_CASE("x32 has a last call of its own") {
  const std::uint32_t last = *syscall_number(SeccompArch::x32, "rt_sigaction");
  const FilterProgram both =
      with_enosys_stub(profile_on({SeccompArch::x32, SeccompArch::x86_64}), kDenies);
  CHECK(answer(both, SeccompArch::x32, last) == EPERM);
  CHECK(answer(both, SeccompArch::x32, last + 1) == ENOSYS);
  CHECK(answer(both, SeccompArch::x86_64, 999) == ENOSYS);
  const FilterProgram alone = with_enosys_stub(profile_on({SeccompArch::x32}), kDenies);
  CHECK(answer(alone, SeccompArch::x32, last + 1) == ENOSYS);
  CHECK(answer(alone, SeccompArch::x86_64, 999) == EPERM);
}

TEST_CASE("no stub where the runtime puts none") {
  CHECK(with_enosys_stub(profile_on({}), kDenies) == kDenies);
  SeccompProfile profile = profile_on({SeccompArch::x86_64});
  for (const auto action : {SeccompAction::allow, SeccompAction::log, SeccompAction::trace}) {
    profile.default_action = {.action = action, .errno_ret = {}};
    CHECK(with_enosys_stub(profile, kDenies) == kDenies);
  }
  profile.default_action = {.action = SeccompAction::return_errno, .errno_ret = ENOSYS};
  CHECK(with_enosys_stub(profile, kDenies) == kDenies);
  profile.default_action = {.action = SeccompAction::kill_process, .errno_ret = {}};
  CHECK(with_enosys_stub(profile, kDenies) != kDenies);
}

TEST_CASE("a program that has no room for the stub stays as it is") {
  FilterProgram long_one(4090, kDenies.front());
  long_one.push_back(kDenies.back());
  CHECK(with_enosys_stub(profile_on({SeccompArch::x86_64}), long_one) == long_one);
}

}  // namespace bulkhead::policy
