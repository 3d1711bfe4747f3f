#include "policy/syscalls/syscalls.h"

#include <algorithm>

#include "base/text.h"

namespace bulkhead::policy {

namespace {

using oci_config::SeccompArch;

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

std::vector<std::string_view> all_names() {
  std::vector<std::string_view> names;
  for (const Table& table : kTables) {
    for (const SyscallEntry& entry : table.by_number) names.push_back(entry.name);
  }
  std::ranges::sort(names);
  const auto repeated = std::ranges::unique(names);
  names.erase(repeated.begin(), repeated.end());
  return names;
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

bool is_syscall_name(std::string_view name) {
  return std::ranges::any_of(kTables,
                             [&](const Table& table) { return find_name(table, name) != nullptr; });
}

std::optional<std::string_view> nearest_syscall_name(std::string_view name) {
  static const std::vector<std::string_view> kNames = all_names();
  return base::nearest(name, kNames);
}

}  // namespace bulkhead::policy
