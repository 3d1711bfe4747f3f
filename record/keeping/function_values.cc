#include "record/keeping/function_values.h"

#include <sched.h>

#include <algorithm>
#include <csignal>
#include <string_view>
#include <vector>

#include "kernel/tracing/call_counter.h"
#include "policy/syscalls/call_names.h"
#include "policy/syscalls/syscalls.h"
#include "record/keeping/container_calls.h"

namespace bulkhead::record {

namespace {

// A call that always reaches the function with the same value.
struct Constant {
  std::string_view call;
  std::uint64_t value;
};

struct Function {
  std::string_view native;  // the call whose event shows the argument, which is its first
  std::uint64_t mask;       // what of that value the function gets
  std::vector<std::string_view> calls;
  std::vector<Constant> constants;
};

const std::vector<Function>& functions() {
  constexpr std::uint64_t kWithoutSignal = 0xffffffff & ~std::uint64_t{CSIGNAL};
  static const std::vector<Function> kFunctions = {
      {"clone",
       kWithoutSignal,
       {"clone", "clone3"},
       {{"fork", 0}, {"vfork", CLONE_VFORK | CLONE_VM}}},
      {"socket", 0xffffffff, {"socket"}, {}},
  };
  return kFunctions;
}

void take_off(NumberCounts& counts, std::uint64_t value, std::uint64_t count) {
  const auto found = counts.find(value);
  if (found == counts.end()) return;
  found->second -= std::min(found->second, count);
  if (found->second == 0) counts.erase(found);
}

const NumberCounts& counts_of(const ArgumentCounts& counted, std::uint32_t number) {
  static const NumberCounts kNone;
  const auto found = counted.find({number, 0});
  return found == counted.end() ? kNone : found->second;
}

// What reached the function, without what native calls and constants account for.
NumberCounts rest_of(const Function& function, std::uint32_t native, const ArgumentCounts& counted,
                     const Calls& calls) {
  NumberCounts rest = counts_of(counted, kernel::kOfFunction + native);
  for (const auto& [value, count] : counts_of(counted, native)) {
    take_off(rest, value & function.mask, count);
  }
  for (const auto& [call, use] : calls) {
    const std::string_view name = policy::call_name(call.arch, call.number);
    const auto constant = std::ranges::find(function.constants, name, &Constant::call);
    if (constant != function.constants.end()) take_off(rest, constant->value, use.count);
  }
  return rest;
}

std::vector<CallKey> others_of(const Function& function, const Calls& calls, CallKey native) {
  std::vector<CallKey> others;
  for (const auto& [call, use] : calls) {
    const std::string_view name = policy::call_name(call.arch, call.number);
    const bool ends_there = std::ranges::find(function.calls, name) != function.calls.end();
    if (ends_there && call != native && use.count > 0) others.push_back(call);
  }
  return others;
}

std::uint64_t total_of(const NumberCounts& counts) {
  std::uint64_t total = 0;
  for (const auto& [value, count] : counts) total += count;
  return total;
}

}  // namespace

void set_function_values(RecordedContainer& container, const ArgumentCounts& counted,
                         std::uint32_t native) {
  const auto arch = policy::arch_of(native, 0);
  for (const Function& function : functions()) {
    const auto number = arch ? policy::syscall_number(*arch, function.native) : std::nullopt;
    if (!number) continue;
    const auto others = others_of(function, container.calls, {native, *number});
    if (others.size() != 1) continue;
    const NumberCounts rest = rest_of(function, *number, counted, container.calls);
    if (rest.size() > kMostValues || total_of(rest) != container.calls[others[0]].count) continue;
    set_values(container, {others[0], 0}, rest);
  }
}

}  // namespace bulkhead::record
