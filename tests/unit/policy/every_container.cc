#include "tests/unit/policy/every_container.h"

#include <fcntl.h>

#include <catch2/catch.hpp>

#include "base/files.h"
#include "base/text.h"

namespace bulkhead::policy::test {

using base::cat;
using oci_config::CapabilityMask;
using oci_config::SeccompArch;
using oci_config::SeccompProfile;

CapabilityMask mask(std::initializer_list<const char*> names) {
  CapabilityMask out = 0;
  for (const char* name : names) {
    out |= CapabilityMask{1} << oci_config::capability_number(name).value();
  }
  return out;
}

bool has(const ExpandFor& container, const char* capability) {
  return (container.capabilities & mask({capability})) != 0;
}

namespace {

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

std::vector<ExpandFor> all_containers() {
  std::vector<ExpandFor> out;
  for (const CapabilityMask capabilities : capability_sets()) {
    for (const SeccompArch native : {SeccompArch::x86_64, SeccompArch::aarch64}) {
      out.push_back({.capabilities = capabilities, .native = native, .kernel = {6, 1}});
    }
    out.push_back({.capabilities = capabilities, .kernel = {4, 4}});
  }
  return out;
}

}  // namespace

const std::vector<ExpandFor>& every_container() {
  static const std::vector<ExpandFor> containers = all_containers();
  return containers;
}

std::string described(const ExpandFor& container) {
  return cat(base::join(oci_config::capability_names(container.capabilities), " "), " on ",
             name_of(container.native), ", Linux ", container.kernel.major, ".",
             container.kernel.minor);
}

std::string file_text(const std::string& path) {
  auto file = base::read_file_at(AT_FDCWD, path, {.max_bytes = oci_config::kMaxProfileBytes});
  INFO(path << " is needed by this test");
  REQUIRE(file.has_value());
  return std::move(file->bytes);
}

SeccompProfile reference(const std::string& name) {
  const std::string path = cat("tests/data/references/", name, ".json");
  return oci_config::parse_seccomp_profile(file_text(path), path).value();
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

}  // namespace bulkhead::policy::test
