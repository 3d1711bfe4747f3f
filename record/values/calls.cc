#include "record/values/calls.h"

#include <algorithm>

#include "base/text.h"
#include "base/times.h"
#include "policy/syscalls/call_names.h"

namespace bulkhead::record {

using oci_config::SeccompArch;

namespace {

// What is left of a use; nothing to tell where both its numbers are 0.
CallUse without_joins(CallUse use) {
  use.count -= std::min(use.by_exec, use.count);
  use.by_exec = 0;
  return use;
}

void add_uses(CallSums& sums, const Calls& calls, Joins joins, std::size_t containers) {
  for (const auto& [key, use] : calls) {
    const CallUse counted = joins == Joins::counted ? use : without_joins(use);
    if (counted.count == 0 && counted.denied == 0) continue;
    CallSum& sum = sums[key];
    add_use(sum.use, counted);
    sum.containers += containers;
  }
}

std::uint64_t count_of(const Calls& calls, CallKey call) {
  const auto use = calls.find(call);
  return use == calls.end() ? 0 : use->second.count;
}

// Whether the values are those of all of the container's calls.
bool add_values(const RecordedContainer& container, const ArgumentKey& argument,
                std::set<std::uint64_t>& values) {
  std::uint64_t seen_count = 0;
  const auto seen = container.arguments.find(argument);
  if (seen == container.arguments.end()) return count_of(container.calls, argument.call) == 0;
  for (const auto& [value, count] : seen->second.counts) {
    values.insert(value);
    seen_count += count;
  }
  return !seen->second.more && seen_count == count_of(container.calls, argument.call);
}

bool has_call_of(const CallSums& sums, SeccompArch arch) {
  return std::ranges::any_of(sums, [&](const auto& entry) {
    return policy::arch_of(entry.first.arch, entry.first.number) == arch;
  });
}

}  // namespace

CallSums sum_of(const Record& record, Joins joins) {
  CallSums sums;
  for (const auto& [key, container] : record.containers) add_uses(sums, container.calls, joins, 1);
  add_uses(sums, record.earlier.calls, joins, 0);
  return sums;
}

std::string text_of(CallKey call) {
  const std::string_view name = policy::call_name(call.arch, call.number);
  return name.empty() ? base::cat("call ", call.number) : std::string(name);
}

ArgumentSum values_of(const Record& record, const ArgumentKey& argument) {
  ArgumentSum sum{.values = {}, .complete = count_of(record.earlier.calls, argument.call) == 0};
  for (const auto& [key, container] : record.containers) {
    if (!add_values(container, argument, sum.values)) sum.complete = false;
  }
  return sum;
}

SeccompArch native_of(const Record& record) {
  const CallSums sums = sum_of(record, Joins::counted);
  for (const SeccompArch arch :
       {oci_config::native_arch(), SeccompArch::x86_64, SeccompArch::aarch64}) {
    if (has_call_of(sums, arch)) return arch;
  }
  return oci_config::native_arch();
}

Time last_of(const Record& record) {
  Time last = std::max(record.since, record.earlier.ended);
  for (const auto& [key, container] : record.containers) {
    last = std::max({last, key.started, container.ended});
    for (const auto& [call, use] : container.calls) last = std::max(last, use.last);
  }
  return last;
}

std::string utc_text(Time time) {
  constexpr Time kSecond = 1000;
  return base::utc_time(time / kSecond, static_cast<std::uint32_t>(time % kSecond));
}

}  // namespace bulkhead::record
