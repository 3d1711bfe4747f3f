#include "policy/syscalls/syscalls.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "oci-config/native_arch.h"

namespace bulkhead::policy {

namespace {

using oci_config::SeccompArch;

struct KnownCall {
  std::string_view name;
  std::string_view first_kernel;
};

#include "syscall_tables.inc"

struct Table {
  SeccompArch arch;
  std::span<const SyscallEntry> by_number;
  std::span<const std::uint16_t> by_name;  // indexes into by_number
};

constexpr Table kTables[] = {
    {SeccompArch::x86_64, kSyscalls_x86_64, kByName_x86_64},
    {SeccompArch::x86, kSyscalls_x86, kByName_x86},
    {SeccompArch::x32, kSyscalls_x32, kByName_x32},
    {SeccompArch::aarch64, kSyscalls_aarch64, kByName_aarch64},
    {SeccompArch::arm, kSyscalls_arm, kByName_arm},
};
static_assert(std::ranges::count(kTables, oci_config::kNativeArch, &Table::arch) == 1,
              "docs/porting.md: a table of calls for this machine");

constexpr SeccompArch kArches[] = {SeccompArch::x86_64, SeccompArch::x86, SeccompArch::x32,
                                   SeccompArch::aarch64, SeccompArch::arm};

const Table* table_of(SeccompArch arch) {
  const auto* const found = std::ranges::find(kTables, arch, &Table::arch);
  return found == std::end(kTables) ? nullptr : found;
}

const SyscallEntry* find_name(const Table& table, std::string_view name) {
  const auto entry_name = [&](std::uint16_t i) { return table.by_number[i].name; };
  const auto found = std::ranges::lower_bound(table.by_name, name, {}, entry_name);
  if (found == table.by_name.end() || entry_name(*found) != name) return nullptr;
  return &table.by_number[*found];
}

const KnownCall* find_known(std::string_view name) {
  const auto* const found = std::ranges::lower_bound(kKnownCalls, name, {}, &KnownCall::name);
  return found == std::end(kKnownCalls) || found->name != name ? nullptr : found;
}

}  // namespace

std::span<const SeccompArch> syscall_arches() { return kArches; }

std::span<const SyscallEntry> syscalls_of(SeccompArch arch) {
  const Table* const table = table_of(arch);
  return table == nullptr ? std::span<const SyscallEntry>() : table->by_number;
}

std::optional<std::uint32_t> syscall_number(SeccompArch arch, std::string_view name) {
  const Table* const table = table_of(arch);
  const SyscallEntry* const entry = table == nullptr ? nullptr : find_name(*table, name);
  if (entry == nullptr) return std::nullopt;
  return entry->nr;
}

std::string_view syscall_name(SeccompArch arch, std::uint32_t nr) {
  const std::span<const SyscallEntry> table = syscalls_of(arch);
  const auto found = std::ranges::lower_bound(table, nr, {}, &SyscallEntry::nr);
  return found == table.end() || found->nr != nr ? std::string_view() : found->name;
}

std::string_view newest_kernel() { return kNewestKernel; }

std::string_view first_kernel_of(std::string_view name) {
  const KnownCall* const known = find_known(name);
  return known == nullptr ? std::string_view() : known->first_kernel;
}

std::string first_kernel_text(std::string_view first) {
  const std::size_t dash = first.find('-');
  if (first.empty()) return {};
  if (dash == std::string_view::npos) return base::cat("since Linux ", first);
  return base::cat("since a Linux after ", first.substr(0, dash), ", ", first.substr(dash + 1),
                   " at the latest");
}

bool is_recent_call(std::string_view name) {
  constexpr std::pair<unsigned, unsigned> kLastOfLibseccomp25{5, 17};
  const std::string_view first = first_kernel_of(name);
  const std::size_t dot = first.find('.');
  if (dot == std::string_view::npos) return false;
  const auto major = base::parse_decimal(first.substr(0, dot));
  const std::size_t end = first.find_first_not_of("0123456789", dot + 1);
  const auto minor = base::parse_decimal(first.substr(dot + 1, end - dot - 1));
  return major && minor && std::pair<unsigned, unsigned>(*major, *minor) > kLastOfLibseccomp25;
}

bool is_syscall_name(std::string_view name) { return find_known(name) != nullptr; }

std::optional<std::string_view> nearest_syscall_name(std::string_view name) {
  std::vector<std::string_view> names;
  for (const KnownCall& known : kKnownCalls) names.push_back(known.name);
  return base::nearest(name, names);
}

}  // namespace bulkhead::policy
