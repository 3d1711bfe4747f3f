#include "conformance/running/observed_filters.h"

#include <algorithm>

#include "base/text.h"
#include "kernel/observe/observe.h"
#include "policy/analysis/filter_decision.h"
#include "policy/syscalls/call_names.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::conformance {

namespace {

using base::Result;
using oci_config::JsonValue;
using oci_config::SeccompProfile;
using policy::ObservedState;

// The profile of config.json; nothing where there is none, or one that says nothing.
Result<std::optional<SeccompProfile>> asked_profile(const Bundle& bundle) {
  const auto value = bundle.document->find("/linux/seccomp");
  if (!value || !value->is(oci_config::JsonType::object) || value->size() == 0) return std::nullopt;
  auto profile = oci_config::read_seccomp_profile(*value);
  if (!profile) return std::unexpected(std::move(profile.error()));
  return std::move(*profile);
}

bool names_later_one(const SeccompProfile& asked, const policy::SyscallEvent& event) {
  const auto arch = policy::arch_of(event.arch, event.nr);
  if (!arch) return true;
  for (const oci_config::SyscallRule& rule : asked.syscalls) {
    for (const std::string& name : rule.names) {
      if (policy::syscall_number(*arch, name).value_or(0) > event.nr) return true;
    }
  }
  return false;
}

// Programs of the C library probe for new calls and understand ENOSYS only; runc answers it.
bool is_newer(const SeccompProfile& asked, const policy::Witness& witness) {
  return policy::text_of(witness.a) == "ERRNO(ENOSYS)" && !names_later_one(asked, witness.event);
}

std::string_view meaning_of(const std::vector<policy::Witness>& found,
                            const SeccompProfile& asked) {
  if (found.empty()) return "equal";
  const auto newer = [&](const policy::Witness& one) { return is_newer(asked, one); };
  return std::ranges::all_of(found, newer) ? "newer" : "different";
}

Result<void> write_meaning(const ObservedState& state, const SeccompProfile& asked,
                           base::JsonWriter& json) {
  const auto found = policy::disagreements(state.filters.front(), asked, oci_config::native_arch());
  if (!found) return std::unexpected(found.error());
  json.member("meaning", meaning_of(*found, asked));
  if (!found->empty()) json.member("witness", policy::describe(found->front()));
  return {};
}

}  // namespace

Result<void> write_filters(const Observed& of, const JsonValue&, base::JsonWriter& json) {
  const auto state = kernel::observe_running(of.process, {});
  if (!state) return std::unexpected(state.error());
  const auto asked = asked_profile(of.bundle);
  if (!asked) return std::unexpected(asked.error());
  json.begin_object("filters");
  json.member("count", state->filters.size());
  if (state->newest_logs) json.member("logs", *state->newest_logs);
  Result<void> written;
  if (state->filters.empty()) {
    json.member("meaning", "none");
  } else if (!*asked) {
    json.member("meaning", "unasked");
  } else {
    written = write_meaning(*state, **asked, json);
  }
  json.end_object();
  return written;
}

}  // namespace bulkhead::conformance
