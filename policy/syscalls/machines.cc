#include "policy/syscalls/machines.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

#include "oci-config/native_arch.h"

namespace bulkhead::policy {

namespace {

using oci_config::SeccompArch;
using Arches = std::span<const SeccompArch>;

constexpr std::array kOfX86_64 = {SeccompArch::x86, SeccompArch::x32};
constexpr std::array kOfAArch64 = {SeccompArch::arm};
constexpr std::array kOfS390x = {SeccompArch::s390};

// No row without each of these: none of them begins by itself.
struct Machine {
  constexpr Machine(SeccompArch arch, Arches others) : native(arch), also(others) {}
  SeccompArch native;
  Arches also;
};

constexpr std::array kMachines = {
    Machine(SeccompArch::x86_64, kOfX86_64),
    Machine(SeccompArch::aarch64, kOfAArch64),
    // Not built for; `lint` knows its other half.
    Machine(SeccompArch::s390x, kOfS390x),
};

static_assert(std::ranges::count(kMachines, oci_config::kNativeArch, &Machine::native) == 1,
              "docs/porting.md: a row for this machine");

const Machine* machine(SeccompArch native) {
  const auto* const row = std::ranges::find(kMachines, native, &Machine::native);
  return row == kMachines.end() ? nullptr : row;
}

}  // namespace

Arches also_runs(SeccompArch native) {
  const Machine* const row = machine(native);
  return row == nullptr ? Arches() : row->also;
}

bool has_narrow_registers(std::uint32_t arch) {
  return arch == audit_arch(SeccompArch::x86) || arch == audit_arch(SeccompArch::arm);
}

}  // namespace bulkhead::policy
