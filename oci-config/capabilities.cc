// Capability names and numbers (linux/capability.h).
#include <cstdlib>
#include <iterator>

#include "oci-config/runtime_spec.h"

namespace bulkhead::oci_config {

namespace {

// The index is the kernel's number.
constexpr std::string_view kCapabilities[] = {
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool is_of_a_name(char c) { return c == '_' || (upper(c) >= 'A' && upper(c) <= 'Z'); }

}  // namespace

std::optional<unsigned> capability_as_libcap_reads(std::string_view text) {
  if (!text.empty() && is_digit(text[0])) {
    const unsigned long number = std::strtoul(std::string(text).c_str(), nullptr, 0);
    if (number >= std::size(kCapabilities)) return std::nullopt;
    return static_cast<unsigned>(number);
  }
  std::string name;
  for (const char c : text) {
    if (!is_of_a_name(c)) break;
    name += upper(c);
  }
  return capability_number(name);
}

std::optional<unsigned> capability_number(std::string_view name) {
  for (unsigned number = 0; number < std::size(kCapabilities); ++number) {
    if (kCapabilities[number] == name) return number;
  }
  return std::nullopt;
}

std::string_view capability_name(unsigned number) {
  return number < std::size(kCapabilities) ? kCapabilities[number] : std::string_view();
}

std::vector<std::string> capability_names(CapabilityMask mask) {
  std::vector<std::string> names;
  for (unsigned number = 0; number < std::size(kCapabilities); ++number) {
    if ((mask >> number & 1) != 0) names.emplace_back(kCapabilities[number]);
  }
  return names;
}

}  // namespace bulkhead::oci_config
