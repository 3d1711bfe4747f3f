// The names of config-linux.md ("Seccomp") and what they stand for.
#include <linux/audit.h>

#include <algorithm>
#include <iterator>
#include <span>

#include "oci-config/name_table.h"
#include "oci-config/native_arch.h"
#include "oci-config/seccomp_profile.h"

namespace bulkhead::oci_config {

namespace {

constexpr Named<SeccompAction> kActions[] = {
    {"SCMP_ACT_KILL_PROCESS", SeccompAction::kill_process},
    {"SCMP_ACT_KILL_THREAD", SeccompAction::kill_thread},
    {"SCMP_ACT_KILL", SeccompAction::kill_thread},
    {"SCMP_ACT_TRAP", SeccompAction::trap},
    {"SCMP_ACT_ERRNO", SeccompAction::return_errno},
    {"SCMP_ACT_NOTIFY", SeccompAction::user_notif},
    {"SCMP_ACT_TRACE", SeccompAction::trace},
    {"SCMP_ACT_LOG", SeccompAction::log},
    {"SCMP_ACT_ALLOW", SeccompAction::allow},
};

struct ArchRow {
  SeccompArch arch;
  std::string_view name;
  std::uint32_t audit;
  std::string_view go;     // GOARCH, or the name that engines' profiles use beside it
  std::string_view uname;  // uname(2) machine, where that is another one
};

constexpr ArchRow kArches[] = {
    {SeccompArch::x86_64, "SCMP_ARCH_X86_64", AUDIT_ARCH_X86_64, "amd64", "x86_64"},
    {SeccompArch::x86, "SCMP_ARCH_X86", AUDIT_ARCH_I386, "386", "x86"},
    {SeccompArch::x32, "SCMP_ARCH_X32", AUDIT_ARCH_X86_64, "x32", "amd64p32"},
    {SeccompArch::arm, "SCMP_ARCH_ARM", AUDIT_ARCH_ARM, "arm", "armv7l"},
    {SeccompArch::aarch64, "SCMP_ARCH_AARCH64", AUDIT_ARCH_AARCH64, "arm64", "aarch64"},
    {SeccompArch::mips, "SCMP_ARCH_MIPS", AUDIT_ARCH_MIPS, "mips", ""},
    {SeccompArch::mips64, "SCMP_ARCH_MIPS64", AUDIT_ARCH_MIPS64, "mips64", ""},
    {SeccompArch::mips64n32, "SCMP_ARCH_MIPS64N32", AUDIT_ARCH_MIPS64N32, "mips64p32", "mips64n32"},
    {SeccompArch::mipsel, "SCMP_ARCH_MIPSEL", AUDIT_ARCH_MIPSEL, "mipsle", "mipsel"},
    {SeccompArch::mipsel64, "SCMP_ARCH_MIPSEL64", AUDIT_ARCH_MIPSEL64, "mips64le", "mipsel64"},
    {SeccompArch::mipsel64n32, "SCMP_ARCH_MIPSEL64N32", AUDIT_ARCH_MIPSEL64N32, "mips64p32le",
     "mipsel64n32"},
    {SeccompArch::ppc, "SCMP_ARCH_PPC", AUDIT_ARCH_PPC, "ppc", ""},
    {SeccompArch::ppc64, "SCMP_ARCH_PPC64", AUDIT_ARCH_PPC64, "ppc64", ""},
    {SeccompArch::ppc64le, "SCMP_ARCH_PPC64LE", AUDIT_ARCH_PPC64LE, "ppc64le", ""},
    {SeccompArch::s390, "SCMP_ARCH_S390", AUDIT_ARCH_S390, "s390", ""},
    {SeccompArch::s390x, "SCMP_ARCH_S390X", AUDIT_ARCH_S390X, "s390x", ""},
    {SeccompArch::parisc, "SCMP_ARCH_PARISC", AUDIT_ARCH_PARISC, "parisc", ""},
    {SeccompArch::parisc64, "SCMP_ARCH_PARISC64", AUDIT_ARCH_PARISC64, "parisc64", ""},
    {SeccompArch::riscv64, "SCMP_ARCH_RISCV64", AUDIT_ARCH_RISCV64, "riscv64", ""},
};
static_assert(std::size(kArches) == kSeccompArchCount);
static_assert([] {
  for (std::size_t i = 0; i < std::size(kArches); ++i) {
    if (static_cast<std::size_t>(kArches[i].arch) != i) return false;
  }
  return true;
}());

constexpr std::string_view kForeignArches[] = {"SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K",
                                               "SCMP_ARCH_SH", "SCMP_ARCH_SHEB"};

const ArchRow& row_of(SeccompArch arch) { return kArches[static_cast<std::size_t>(arch)]; }

constexpr Named<SeccompOperator> kOperators[] = {
    {"SCMP_CMP_NE", SeccompOperator::ne},
    {"SCMP_CMP_LT", SeccompOperator::lt},
    {"SCMP_CMP_LE", SeccompOperator::le},
    {"SCMP_CMP_EQ", SeccompOperator::eq},
    {"SCMP_CMP_GE", SeccompOperator::ge},
    {"SCMP_CMP_GT", SeccompOperator::gt},
    {"SCMP_CMP_MASKED_EQ", SeccompOperator::masked_eq},
};

}  // namespace

std::string_view name_of(SeccompAction action) { return name_in(kActions, action); }

std::optional<SeccompAction> seccomp_action_named(std::string_view name) {
  return value_in(kActions, name);
}

std::string_view name_of(SeccompArch arch) { return row_of(arch).name; }

bool is_foreign_arch_name(std::string_view name) {
  return std::ranges::find(kForeignArches, name) != std::end(kForeignArches);
}

std::optional<SeccompArch> seccomp_arch_named(std::string_view name) {
  for (const ArchRow& row : kArches) {
    if (row.name == name) return row.arch;
  }
  return std::nullopt;
}

std::uint32_t audit_arch(SeccompArch arch) { return row_of(arch).audit; }

std::optional<SeccompArch> seccomp_arch_from_go(std::string_view goarch) {
  if (goarch.empty()) return std::nullopt;
  for (const ArchRow& row : kArches) {
    if (row.go == goarch || row.uname == goarch) return row.arch;
  }
  return std::nullopt;
}

SeccompArch native_arch() { return kNativeArch; }

std::string_view name_of(SeccompOperator op) { return name_in(kOperators, op); }

std::optional<SeccompOperator> seccomp_operator_named(std::string_view name) {
  return value_in(kOperators, name);
}

std::string_view name_of(ProfileDialect dialect) {
  switch (dialect) {
    case ProfileDialect::oci: return "OCI";
    case ProfileDialect::container_engine: return "container engine";
  }
  return "";
}

std::string short_name(SeccompArch arch) {
  constexpr std::string_view kPrefix = "SCMP_ARCH_";
  std::string name(name_of(arch).substr(kPrefix.size()));
  std::ranges::transform(name, name.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  });
  return name;
}

}  // namespace bulkhead::oci_config
