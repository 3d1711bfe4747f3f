#include "policy/fallback/runtime_default.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "base/text.h"
#include "policy/analysis/filter_decision.h"
#include "policy/syscalls/syscalls.h"
#include "tests/unit/policy/every_container.h"

namespace bulkhead::policy {
namespace {

using base::cat;
using oci_config::CapabilityMask;
using oci_config::KernelVersion;
using oci_config::SeccompArch;
using oci_config::SeccompProfile;
using oci_config::SyscallRule;
using Names = std::set<std::string>;

using test::allowed_beyond;
using test::described;
using test::every_container;
using test::file_text;
using test::has;
using test::kCapabilities;
using test::listed;

constexpr const char* kDocument = "docs/runtime-default.md";

const SeccompProfile& containers_common() {
  static const SeccompProfile profile = test::reference("containers-common-bookworm");
  return profile;
}

// ---- the differences, each of which docs/runtime-default.md justifies ---------------------------

enum class AllowedOnly {
  never,
  with_sys_admin,
  with_sys_ptrace,
  with_sys_boot,
  with_syslog_or_sys_admin,
  since_4_8_or_with_sys_ptrace,
  never_even_with_sys_module,
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
    {"query_module", AllowedOnly::never_even_with_sys_module},
    {"readdir", AllowedOnly::never},
    {"reboot", AllowedOnly::with_sys_boot},
    {"setns", AllowedOnly::with_sys_admin},
    {"sigaction", AllowedOnly::never},
    {"signal", AllowedOnly::never},
    {"sigpending", AllowedOnly::never},
    {"sigsuspend", AllowedOnly::never},
    {"socket", AllowedOnly::for_some_arguments},
    {"syslog", AllowedOnly::with_syslog_or_sys_admin},
    {"umount", AllowedOnly::with_sys_admin},
    {"umount2", AllowedOnly::with_sys_admin},
    {"unshare", AllowedOnly::with_sys_admin},
};

// Allowed there and not here, but of an architecture without a table, so that no number tells.
constexpr const char* kDifferencesWithoutNumber[] = {"syscall"};

// Whether the fallback allows less there, for this container.
bool differs(AllowedOnly allowed, const ExpandFor& container) {
  switch (allowed) {
    case AllowedOnly::never: return true;
    case AllowedOnly::with_sys_admin: return !has(container, "CAP_SYS_ADMIN");
    case AllowedOnly::with_sys_ptrace: return !has(container, "CAP_SYS_PTRACE");
    case AllowedOnly::with_sys_boot: return !has(container, "CAP_SYS_BOOT");
    case AllowedOnly::with_syslog_or_sys_admin:
      return !has(container, "CAP_SYSLOG") && !has(container, "CAP_SYS_ADMIN");
    case AllowedOnly::since_4_8_or_with_sys_ptrace:
      return container.kernel < KernelVersion{4, 8} && !has(container, "CAP_SYS_PTRACE");
    case AllowedOnly::never_even_with_sys_module: return has(container, "CAP_SYS_MODULE");
    case AllowedOnly::for_some_arguments: return true;
  }
  return false;
}

bool is_never(AllowedOnly allowed) {
  return allowed == AllowedOnly::never || allowed == AllowedOnly::never_even_with_sys_module;
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
  text_of({.native_alone = true}, {});
}

TEST_CASE("the fallback allows nothing that containers-common does not") {
  for (const ExpandFor& container : every_container()) {
    INFO(described(container));
    CHECK(listed(allowed_beyond(runtime_default_for(container),
                                expand(containers_common(), container), container.native)) == "");
  }
}

TEST_CASE(
    "what containers-common allows and the fallback does not is listed, and nothing else is") {
  for (const ExpandFor& container : every_container()) {
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
  for (const Difference& difference : kDifferences) {
    if (is_never(difference.allowed)) CHECK(theirs.erase(difference.name) == 1);
  }
  CHECK(ours == theirs);
}

// The calls in the first cell of each row of the table that begins with "| call | allowed only |".
Names documented_differences() {
  std::istringstream page(file_text(kDocument));
  Names names;
  std::string line;
  while (std::getline(page, line) && !line.starts_with("| call | allowed only |")) continue;
  while (std::getline(page, line) && line.starts_with('|')) {
    std::istringstream cell(line.substr(1, line.find('|', 1)));
    std::string word;
    while (std::getline(cell, word, '`') && std::getline(cell, word, '`')) names.insert(word);
  }
  return names;
}

TEST_CASE("docs/runtime-default.md has a row for every difference and for nothing else") {
  Names expected(std::begin(kDifferencesWithoutNumber), std::end(kDifferencesWithoutNumber));
  for (const Difference& difference : kDifferences) expected.insert(difference.name);
  CHECK(documented_differences() == expected);
}

TEST_CASE("the constant tables give what the document gives when it is expanded") {
  for (ExpandFor container : every_container()) {
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
  for (const ExpandFor& container : every_container()) {
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
