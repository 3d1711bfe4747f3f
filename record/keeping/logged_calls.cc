#include "record/keeping/logged_calls.h"

#include <algorithm>
#include <optional>

#include "base/times.h"
#include "oci-config/seccomp_profile.h"
#include "policy/syscalls/syscalls.h"
#include "record/keeping/kernel_access.h"

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

RecordedContainer& container_of(Record& record, const Denial& denial) {
  RecordedContainer& container = record.containers[{0, denial.identity.id}];
  container.name = denial.identity.container;
  container.namespace_ = denial.identity.namespace_;
  container.pod = denial.identity.pod;
  container.image = denial.identity.image;
  container.how = How::log;
  const Time first = time_of(denial.time);
  const Time last = std::max(first, time_of(denial.last));
  container.ended = std::max(container.ended, last);
  record.since = record.since == 0 ? first : std::min(record.since, first);
  return container;
}

void add_call_of(Record& record, const Denial& denial) {
  const auto arch = arch_named(denial.arch);
  if (!arch) {
    record.losses.audit_lost += denial.count;
    return;
  }
  const Time first = time_of(denial.time);
  add_call(container_of(record, denial), {audit_arch(*arch), denial.nr},
           {.count = denial.would ? denial.count : 0,
            .first = first,
            .last = std::max(first, time_of(denial.last)),
            .denied = denial.would ? 0 : denial.count});
}

// The log is text: bytes of a path that are none stand as U+FFFD, and no rule could name them.
bool is_whole(const Denial& denial) {
  constexpr std::string_view kReplaced = "\xef\xbf\xbd";
  return !denial.path.contains(kReplaced) && !denial.object.contains(kReplaced);
}

// Whose a file is the log does not say.
void add_accesses_of(Record& record, const Denial& denial) {
  if (!denial.would) return;
  RecordedContainer& container = container_of(record, denial);
  if (!is_whole(denial)) return add_reason(container.losses, "a path that is no text was accessed");
  const Time first = time_of(denial.time);
  const AccessUse use{.count = denial.count,
                      .first = first,
                      .last = std::max(first, time_of(denial.last)),
                      .by_others = denial.count};
  for (const Access& access : accesses_of(denial)) add_access(container, access, use);
}

}  // namespace

void add_logged(Record& record, const Denial& denial) {
  switch (denial.kind) {
    case DenialKind::seccomp: return add_call_of(record, denial);
    case DenialKind::apparmor: return add_accesses_of(record, denial);
    case DenialKind::overflow: record.losses.audit_lost += denial.count; return;
    case DenialKind::loss: add_reason(record.losses, denial.message); return;
  }
}

}  // namespace bulkhead::record
