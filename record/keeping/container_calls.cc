#include "record/keeping/container_calls.h"

#include <sys/utsname.h>

#include <algorithm>

#include "base/text.h"
#include "kernel/tracing/call_counter.h"
#include "record/keeping/function_values.h"

namespace bulkhead::record {

namespace {

std::string kernel_release() {
  utsname name{};
  return ::uname(&name) == 0 ? std::string(name.release) : std::string();
}

// Of the other architectures, for each number.
std::map<std::uint32_t, std::uint64_t> foreign_counts(const Calls& calls, std::uint32_t native) {
  std::map<std::uint32_t, std::uint64_t> foreign;
  for (const auto& [call, use] : calls) {
    if (call.arch != native) foreign[call.number] += use.count;
  }
  return foreign;
}

std::uint64_t count_in(const NumberCounts& counts, std::uint64_t number) {
  const auto found = counts.find(number);
  return found == counts.end() ? 0 : found->second;
}

std::uint64_t count_of(const RecordedContainer& container, CallKey call) {
  const auto known = container.calls.find(call);
  return known == container.calls.end() ? 0 : known->second.count;
}

void set_call(RecordedContainer& container, CallKey call, std::uint64_t count,
              std::uint64_t by_exec, Time now) {
  const auto known = container.calls.find(call);
  if (known == container.calls.end()) {
    if (count > 0) {
      add_call(container, call, {.count = count, .first = now, .last = now, .by_exec = by_exec});
    }
    return;
  }
  CallUse& use = known->second;
  if (use.first == 0 && count > 0) use.first = now;
  if (count > use.count) use.last = now;
  use.count = count;
  use.by_exec = std::min(by_exec, count);
  if (count == 0 && use.denied == 0) container.calls.erase(known);
}

}  // namespace

void ContainerCounts::add(const NumberCounts& calls, bool are_by_exec) {
  for (const auto& [number, count] : calls) {
    all[number] += count;
    if (are_by_exec) by_exec[number] += count;
  }
}

void ContainerCounts::add(const ArgumentCounts& values) { record::add(values, arguments); }

void set_values(RecordedContainer& container, const ArgumentKey& key, const NumberCounts& values) {
  for (const auto& [value, count] : values) {
    const auto known = container.arguments.find(key);
    const std::uint64_t before =
        known == container.arguments.end() ? 0 : count_in(known->second.counts, value);
    if (known != container.arguments.end() && known->second.more && before == 0) continue;
    if (count > before) add_value(container, key, value, count - before);
  }
}

void set_counted(RecordedContainer& container, const ContainerCounts& counts, std::uint32_t native,
                 Time now) {
  container.execs = std::max(container.execs, counts.execs);
  for (const auto& [argument, values] : counts.arguments) {
    if (argument.first >= kernel::kOfFunction) continue;
    set_values(container, {{native, argument.first}, argument.second}, values);
  }
  const auto foreign = foreign_counts(container.calls, native);
  bool shrank = false;
  for (const auto& [number, total] : counts.all) {
    const CallKey call{native, static_cast<std::uint32_t>(number)};
    const auto of_others = foreign.find(call.number);
    const std::uint64_t others = of_others == foreign.end() ? 0 : of_others->second;
    const std::uint64_t own = total > others ? total - others : 0;
    const bool is_less = others == 0 && own < count_of(container, call);
    shrank = shrank || is_less;
    if (!is_less) set_call(container, call, own, count_in(counts.by_exec, number), now);
  }
  set_function_values(container, counts.arguments, native);
  if (!shrank) return;
  add_reason(container.losses, "the kernel's table of calls was emptied by somebody else");
}

void describe_container(const ProcessNote& note, RecordedContainer& container) {
  container.name = note.identity.container;
  container.namespace_ = note.identity.namespace_;
  container.pod = note.identity.pod;
  container.image = note.identity.image;
  container.runtime = note.runtime;
  container.door = note.door;
  container.kernel = kernel_release();
  container.how = note.how;
  container.capabilities = note.capabilities;
  container.apparmor = note.governs;
  container.apparmor_loss = note.apparmor_why;
  if (!note.recorder.empty() && !note.watched) {
    container.apparmor_loss = "`bulkhead watch` did not run when it began, which reads its records";
  }
}

void end_unnoted(Record& record, const std::set<ContainerKey>& noted, Time now) {
  for (auto& [key, container] : record.containers) {
    if (container.ended != 0 || noted.contains(key)) continue;
    container.ended = now;
    ++container.losses.unread;
  }
}

std::vector<std::string> reasons_of(const ProcessNote& note) {
  std::vector<std::string> reasons;
  if (!note.why.empty()) reasons.push_back(note.why);
  if (note.watched) return reasons;
  if (note.how == How::log) {
    reasons.emplace_back("`bulkhead watch` did not run when it began, which reads what is logged");
  }
  if (note.how == How::histogram) {
    reasons.emplace_back(
        "`bulkhead watch` did not run when it began, so that calls of another ABI, if there were "
        "any, are counted as native ones");
  }
  return reasons;
}

}  // namespace bulkhead::record
