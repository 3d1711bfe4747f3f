#include "policy/fallback/runtime_default.h"

#include <fcntl.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include "base/files.h"
#include "base/text.h"
#include "policy/analysis/filter_decision.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::policy {
namespace {

using base::cat;
using oci_config::CapabilityMask;
using oci_config::KernelVersion;
using oci_config::SeccompArch;
using oci_config::SeccompProfile;
using oci_config::SyscallRule;
using Names = std::set<std::string>;

// The default of containers-common as Debian 12 has it; a test that cannot read it fails.
constexpr const char* kContainersCommon = "/usr/share/containers/seccomp.json";
constexpr unsigned kCapabilities = 41;  // up to CAP_CHECKPOINT_RESTORE
constexpr const char* kDocument = "docs/runtime-default.md";

CapabilityMask mask(std::initializer_list<const char*> names) {
  CapabilityMask out = 0;
  for (const char* name : names) {
    out |= CapabilityMask{1} << oci_config::capability_number(name).value();
  }
  return out;
}

CapabilityMask usual() {  // of Docker and containerd
  return mask({"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD",
               "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP",
               "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE"});
}

// None, all, the usual ones, and so that every condition on a capability is seen from both sides:
// each alone, all but each, the usual ones and each.
std::vector<CapabilityMask> capability_sets() {
  const CapabilityMask all = (CapabilityMask{1} << kCapabilities) - 1;
  std::vector<CapabilityMask> sets = {0, all, usual(), usual() & ~mask({"CAP_AUDIT_WRITE"})};
  for (unsigned number = 0; number < kCapabilities; ++number) {
    const CapabilityMask one = CapabilityMask{1} << number;
    sets.insert(sets.end(), {one, all & ~one, usual() | one});
  }
  return sets;
}

std::vector<ExpandFor> containers() {
  std::vector<ExpandFor> out;
  for (const CapabilityMask capabilities : capability_sets()) {
    for (const SeccompArch native : {SeccompArch::x86_64, SeccompArch::aarch64}) {
      out.push_back({.capabilities = capabilities, .native = native, .kernel = {6, 1}});
    }
    out.push_back({.capabilities = capabilities, .kernel = {4, 4}});
  }
  return out;
}

std::string described(const ExpandFor& container) {
  return cat(base::join(oci_config::capability_names(container.capabilities), " "), " on ",
             name_of(container.native), ", Linux ", container.kernel.major, ".",
             container.kernel.minor);
}

std::string file_text(const char* path) {
  auto file = base::read_file_at(AT_FDCWD, path, {.max_bytes = oci_config::kMaxProfileBytes});
  INFO(path << " is needed by this test");
  REQUIRE(file.has_value());
  return std::move(file->bytes);
}

const SeccompProfile& containers_common() {
  static const SeccompProfile profile =
      oci_config::parse_seccomp_profile(file_text(kContainersCommon), "containers-common").value();
  return profile;
}

std::vector<Witness> allowed_beyond(const SeccompProfile& a, const SeccompProfile& b,
                                    SeccompArch native) {
  auto witnesses = excess(a, b, native);
  if (!witnesses) FAIL(witnesses.error().sentence());
  return *std::move(witnesses);
}

std::string listed(const std::vector<Witness>& witnesses) {
  std::string text;
  for (const Witness& witness : witnesses) text += describe(witness) + "\n";
  return text;
}

// ---- the differences, each of which docs/runtime-default.md justifies ---------------------------

enum class AllowedOnly {
  with_sys_admin,
  with_sys_ptrace,
  with_sys_boot,
  with_syslog_or_sys_admin,
  since_4_8_or_with_sys_ptrace,
  for_some_arguments,
};

struct Difference {
  const char* name;
  AllowedOnly allowed;
};

constexpr Difference kDifferences[] = {
    {"clone", AllowedOnly::with_sys_admin},
    {"clone3", AllowedOnly::with_sys_admin},
    {"fsconfig", AllowedOnly::with_sys_admin},
    {"fsmount", AllowedOnly::with_sys_admin},
    {"fsopen", AllowedOnly::with_sys_admin},
    {"fspick", AllowedOnly::with_sys_admin},
    {"keyctl", AllowedOnly::with_sys_admin},
    {"mount", AllowedOnly::with_sys_admin},
    {"mount_setattr", AllowedOnly::with_sys_admin},
    {"move_mount", AllowedOnly::with_sys_admin},
    {"open_tree", AllowedOnly::with_sys_admin},
    {"pidfd_getfd", AllowedOnly::with_sys_ptrace},
    {"pivot_root", AllowedOnly::with_sys_admin},
    {"process_vm_readv", AllowedOnly::since_4_8_or_with_sys_ptrace},
    {"process_vm_writev", AllowedOnly::since_4_8_or_with_sys_ptrace},
    {"ptrace", AllowedOnly::since_4_8_or_with_sys_ptrace},
    {"reboot", AllowedOnly::with_sys_boot},
    {"setns", AllowedOnly::with_sys_admin},
    {"socket", AllowedOnly::for_some_arguments},
    {"syslog", AllowedOnly::with_syslog_or_sys_admin},
    {"umount", AllowedOnly::with_sys_admin},
    {"umount2", AllowedOnly::with_sys_admin},
    {"unshare", AllowedOnly::with_sys_admin},
};

// Allowed there and not here, but of an architecture without a table, so that no number tells.
constexpr const char* kDifferencesWithoutNumber[] = {"syscall"};

bool has(const ExpandFor& container, const char* capability) {
  return (container.capabilities & mask({capability})) != 0;
}

// Whether the fallback allows less there, for this container.
bool differs(AllowedOnly allowed, const ExpandFor& container) {
  switch (allowed) {
    case AllowedOnly::with_sys_admin: return !has(container, "CAP_SYS_ADMIN");
    case AllowedOnly::with_sys_ptrace: return !has(container, "CAP_SYS_PTRACE");
    case AllowedOnly::with_sys_boot: return !has(container, "CAP_SYS_BOOT");
    case AllowedOnly::with_syslog_or_sys_admin:
      return !has(container, "CAP_SYSLOG") && !has(container, "CAP_SYS_ADMIN");
    case AllowedOnly::since_4_8_or_with_sys_ptrace:
      return container.kernel < KernelVersion{4, 8} && !has(container, "CAP_SYS_PTRACE");
    case AllowedOnly::for_some_arguments: return true;
  }
  return false;
}

bool exists_beside(SeccompArch native, std::string_view name) {
  const auto arches = runtime_default_for({.native = native}).architectures;
  return std::ranges::any_of(
      arches, [&](SeccompArch arch) { return syscall_number(arch, name).has_value(); });
}

Names expected_differences(const ExpandFor& container) {
  Names names;
  for (const Difference& difference : kDifferences) {
    if (differs(difference.allowed, container) &&
        exists_beside(container.native, difference.name)) {
      names.insert(difference.name);
    }
  }
  return names;
}

// ---- tests --------------------------------------------------------------------------------------

TEST_CASE("the fallback's ready text is what writing its rules gives, for every capability") {
  const auto text_of = [](const ExpandFor& container, std::vector<std::string> flags) {
    SeccompProfile profile = runtime_default_for(container);
    profile.flags = flags;
    CHECK(runtime_default_oci_json(container, flags) == to_oci_json(profile));
  };
  for (unsigned capability = 0; capability < kCapabilities; ++capability) {
    text_of({.capabilities = CapabilityMask{1} << capability, .kernel = {6, 1}}, {});
    text_of({.capabilities = ~(CapabilityMask{1} << capability), .kernel = {3, 10}},
            {"SECCOMP_FILTER_FLAG_LOG"});
  }
  text_of({.native = SeccompArch::aarch64, .kernel = {5, 10}}, {});
  text_of({.native = SeccompArch::s390x}, {"A", "B"});
}

TEST_CASE("the fallback allows nothing that containers-common does not") {
  for (const ExpandFor& container : containers()) {
    INFO(described(container));
    CHECK(listed(allowed_beyond(runtime_default_for(container),
                                expand(containers_common(), container), container.native)) == "");
  }
}

TEST_CASE(
    "what containers-common allows and the fallback does not is listed, and nothing else is") {
  for (const ExpandFor& container : containers()) {
    INFO(described(container));
    Names found;
    for (const Witness& witness :
         allowed_beyond(expand(containers_common(), container), runtime_default_for(container),
                        container.native)) {
      found.insert(witness.syscall_name);
    }
    CHECK(found == expected_differences(container));
  }
}

Names allowed_names(const SeccompProfile& profile) {
  Names names;
  for (const SyscallRule& rule : profile.syscalls) {
    if (rule.action.action == oci_config::SeccompAction::allow) {
      names.insert(rule.names.begin(), rule.names.end());
    }
  }
  return names;
}

TEST_CASE("by name, too, the fallback allows what containers-common allows but for the listed") {
  const Names ours = allowed_names(runtime_default());
  Names theirs = allowed_names(containers_common());
  for (const char* name : kDifferencesWithoutNumber) CHECK(theirs.erase(name) == 1);
  CHECK(ours == theirs);
}

// The first cell of each row of the table that begins with "| call |".
Names documented_differences() {
  const std::string text = file_text(kDocument);
  Names names;
  std::size_t at = text.find("| call |");
  while ((at = text.find("\n| `", at)) != std::string::npos) {
    at += 4;
    names.insert(text.substr(at, text.find('`', at) - at));
  }
  return names;
}

TEST_CASE("docs/runtime-default.md has a row for every difference and for nothing else") {
  Names expected(std::begin(kDifferencesWithoutNumber), std::end(kDifferencesWithoutNumber));
  for (const Difference& difference : kDifferences) expected.insert(difference.name);
  CHECK(documented_differences() == expected);
}

TEST_CASE("the constant tables give what the document gives when it is expanded") {
  for (ExpandFor container : containers()) {
    for (const SeccompArch native : {container.native, SeccompArch::s390x, SeccompArch::riscv64}) {
      container.native = native;
      INFO(described(container));
      CHECK(to_pretty_json(runtime_default_for(container)) ==
            to_pretty_json(expand(runtime_default(), container)));
    }
  }
}

TEST_CASE("every name in the fallback is a system call, or of an architecture without a table") {
  const Names without_table = {"pciconfig_iobase",   "pciconfig_read",      "pciconfig_write",
                               "s390_pci_mmio_read", "s390_pci_mmio_write", "s390_runtime_instr",
                               "swapcontext",        "sync_file_range2",    "timerfd"};
  for (const SyscallRule& rule : runtime_default().syscalls) {
    for (const std::string& name : rule.names) {
      INFO(name << " in " << rule.pointer);
      CHECK((is_syscall_name(name) || without_table.contains(name)));
    }
  }
}

TEST_CASE("names stand in alphabetical order and once, so that a reader finds them") {
  for (const SyscallRule& rule : runtime_default().syscalls) {
    INFO(rule.pointer);
    CHECK(std::ranges::is_sorted(rule.names));
    CHECK(std::ranges::adjacent_find(rule.names) == rule.names.end());
  }
}

TEST_CASE("no call is both allowed and refused without a condition for one container") {
  for (const ExpandFor& container : containers()) {
    std::map<std::string, std::string> unconditional;
    for (const SyscallRule& rule : runtime_default_for(container).syscalls) {
      if (!rule.args.empty()) continue;
      for (const std::string& name : rule.names) {
        INFO(described(container) << ": " << name << " in " << rule.pointer);
        CHECK(unconditional.emplace(name, rule.pointer).second);
      }
    }
  }
}

TEST_CASE("a call that nobody knows yet gives ENOSYS") {
  const SeccompProfile profile = runtime_default_for({});
  CHECK(profile.default_action.action == oci_config::SeccompAction::return_errno);
  CHECK(profile.default_action.errno_ret == 38);
}

}  // namespace
}  // namespace bulkhead::policy
