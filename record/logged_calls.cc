#include "record/logged_calls.h"

#include <algorithm>
#include <optional>

#include "base/times.h"
#include "oci-config/seccomp_profile.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::record {

using audit::Denial;
using audit::DenialKind;
using oci_config::SeccompArch;

namespace {

// "x86_64" as the log has it.
std::optional<SeccompArch> arch_named(std::string_view name) {
  for (const SeccompArch arch : policy::syscall_arches()) {
    if (short_name(arch) == name) return arch;
  }
  return std::nullopt;
}

Time time_of(const std::string& text) {
  constexpr std::int64_t kSecond = 1000;
  return static_cast<Time>(base::seconds_of_utc(text).value_or(0) * kSecond);
}

void add_call_of(Record& record, const Denial& denial) {
  const auto arch = arch_named(denial.arch);
  if (!arch) {
    record.losses.audit_lost += denial.count;
    return;
  }
  RecordedContainer& container = record.containers[{0, denial.identity.id}];
  container.name = denial.identity.container;
  container.namespace_ = denial.identity.namespace_;
  container.pod = denial.identity.pod;
  container.image = denial.identity.image;
  container.how = How::log;
  const Time first = time_of(denial.time);
  const Time last = std::max(first, time_of(denial.last));
  container.ended = std::max(container.ended, last);
  add_call(container, {audit_arch(*arch), denial.nr},
           {.count = denial.would ? denial.count : 0,
            .first = first,
            .last = last,
            .denied = denial.would ? 0 : denial.count});
  record.since = record.since == 0 ? first : std::min(record.since, first);
}

}  // namespace

void add_logged(Record& record, const Denial& denial) {
  switch (denial.kind) {
    case DenialKind::seccomp: return add_call_of(record, denial);
    case DenialKind::apparmor: return;
    case DenialKind::overflow: record.losses.audit_lost += denial.count; return;
    case DenialKind::loss: add_reason(record.losses, denial.message); return;
  }
}

}  // namespace bulkhead::record
