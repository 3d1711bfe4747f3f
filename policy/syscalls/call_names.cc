#include "policy/syscalls/call_names.h"

#include <algorithm>

#include "base/text.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::policy {

using oci_config::SeccompArch;

std::optional<SeccompArch> arch_of(std::uint32_t value, std::uint32_t nr) {
  for (unsigned i = 0; i < oci_config::kSeccompArchCount; ++i) {
    const auto arch = static_cast<SeccompArch>(i);
    if (audit_arch(arch) != value) continue;
    const bool x32 = arch == SeccompArch::x86_64 && (nr & kX32Bit) != 0;
    return x32 ? SeccompArch::x32 : arch;
  }
  return std::nullopt;
}

std::string arch_name(std::uint32_t audit_arch, std::uint32_t nr) {
  const auto arch = arch_of(audit_arch, nr);
  return arch ? short_name(*arch) : base::cat("arch ", base::hex(audit_arch));
}

std::string_view call_name(std::uint32_t audit_arch, std::uint32_t nr) {
  const auto arch = arch_of(audit_arch, nr);
  return arch ? syscall_name(*arch, nr) : std::string_view{};
}

std::uint32_t telling_arch(std::uint32_t first, std::uint32_t last) {
  for (const SeccompArch arch : syscall_arches()) {
    const std::uint32_t value = audit_arch(arch);
    if (value >= first && value <= last) return value;
  }
  return first;
}

namespace {

void add_named(std::vector<NumberSpan>& spans, SeccompArch arch, std::uint32_t first,
               std::uint32_t last) {
  for (const SyscallEntry& entry : syscalls_of(arch)) {
    if (entry.nr < first || entry.nr > last) continue;
    spans.push_back({entry.nr, entry.nr});
  }
}

// The first run of numbers from `first` to `last` that no span names.
std::optional<NumberSpan> unnamed_run(const std::vector<NumberSpan>& named, std::uint32_t first,
                                      std::uint32_t last) {
  std::uint64_t start = first;
  for (const NumberSpan& span : named) {
    if (span.first > start) return NumberSpan{static_cast<std::uint32_t>(start), span.first - 1};
    start = std::uint64_t{span.last} + 1;
  }
  if (start > last) return std::nullopt;
  return NumberSpan{static_cast<std::uint32_t>(start), last};
}

}  // namespace

std::vector<NumberSpan> name_numbers(std::uint32_t audit_arch, std::uint32_t first,
                                     std::uint32_t last) {
  std::vector<NumberSpan> spans;
  for (const SeccompArch arch : syscall_arches()) {
    if (oci_config::audit_arch(arch) == audit_arch) add_named(spans, arch, first, last);
  }
  std::ranges::sort(spans, {}, &NumberSpan::first);
  const auto repeated = std::ranges::unique(spans, {}, &NumberSpan::first);
  spans.erase(repeated.begin(), repeated.end());
  if (const auto run = unnamed_run(spans, first, last)) spans.push_back(*run);
  return spans;
}

std::string first_call(std::uint32_t audit_arch, NumberSpan numbers) {
  const std::uint32_t nr = name_numbers(audit_arch, numbers.first, numbers.last).front().first;
  const std::string_view name = call_name(audit_arch, nr);
  return base::cat(name.empty() ? base::cat("system call ", nr) : base::quoted(name), " on ",
                   arch_name(audit_arch, nr));
}

std::unexpected<base::Error> not_analysable(std::uint32_t instruction) {
  return base::fail(base::ErrorCode::unsupported,
                    base::cat("not analysable: instruction ", instruction,
                              ": what it computes or compares is not one word of the system call "
                              "with constants"),
                    "only filters that compare single words can be decided exactly");
}

}  // namespace bulkhead::policy
