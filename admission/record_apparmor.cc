#include "admission/record_apparmor.h"

#include <algorithm>
#include <string>
#include <utility>

#include "audit/records/record.h"
#include "base/text.h"
#include "kernel/apparmor/apparmor_loaded.h"
#include "kernel/apparmor/recording_profile.h"
#include "kernel/observe/observe.h"
#include "policy/decide/recorder_stack.h"
#include "policy/values/apparmor_mode.h"
#include "policy/values/apparmor_recorder.h"
#include "policy/values/profile_ref.h"
#include "record/keeping/recorders.h"
#include "record/keeping/store.h"
#include "record/profiles/recorder_rules.h"

namespace bulkhead::admission {

using base::Result;

namespace {

// As a record of calls is, see add_record().
bool is_wanted(const policy::Plan& plan) {
  return plan.record && plan.mode == policy::Mode::enforce && plan.prove != policy::Prove::never &&
         !kernel::is_in_user_namespace();
}

// A profile that only complains allows what a record of it would then allow for good.
bool all_enforce(std::string_view label, const kernel::AppArmorPlaces& places) {
  return std::ranges::all_of(policy::apparmor_stack_members(label), [&](std::string_view member) {
    const auto listed = kernel::find_listed(member, places);
    return listed && policy::confines(listed->mode);
  });
}

void load_and_stack(policy::Plan& plan, const kernel::AppArmorPlaces& places,
                    const base::Paths& paths) {
  const std::string& name = plan.record->name;
  const auto record = record::read_record(paths, name);
  if (!record) return policy::leave_unrecorded(plan, record.error().sentence());
  if (*record && !(*record)->trial.program.empty()) return;  // of a seccomp profile
  const std::string known =
      *record ? record::recorder_rules(record::all_accesses(**record)) : std::string();
  const auto recorder = record::load_new_recorder(paths, places, name, known);
  if (!recorder) return policy::leave_unrecorded(plan, recorder.error().sentence());
  policy::stack_recorder(plan, "/process", policy::recorder_member(*recorder));
}

// That under which the container's first process runs.
std::string recorder_of(const policy::Identity& identity, const base::Paths& paths) {
  for (const audit::ContainerRecord& record : audit::records_named(paths, identity.id)) {
    const bool is_of_root = record.identity.runtime_root == identity.runtime_root;
    if (is_of_root && !audit::is_stale(record)) return record.apparmor_recorder;
  }
  return {};
}

}  // namespace

void record_apparmor(policy::Plan& plan, const kernel::AppArmorPlaces& places,
                     const base::Paths& paths) {
  if (!is_wanted(plan)) return;
  std::string why = policy::why_no_recorder(plan);
  if (why.empty() && !all_enforce(plan.apparmor.label, places)) {
    why = base::cat("the profile ", base::quoted(plan.apparmor.label), " is not enforced");
  }
  if (!why.empty()) return policy::leave_unrecorded(plan, std::move(why));
  load_and_stack(plan, places, paths);
}

void leave_apparmor_unrecorded(policy::Plan& plan) {
  if (!is_wanted(plan)) return;
  std::string why = policy::why_no_recorder(plan);
  if (why.empty()) why = "the runtime has read config.json before a hook is called";
  policy::leave_unrecorded(plan, std::move(why));
}

void join_recorder(policy::Plan& plan, const policy::Identity& identity,
                   const kernel::AppArmorPlaces& places, const base::Paths& paths) {
  if (!is_wanted(plan) || !plan.record->execs || !policy::why_no_recorder(plan).empty()) return;
  const std::string recorder = recorder_of(identity, paths);
  if (recorder.empty() || !kernel::find_listed(recorder, places)) return;
  policy::stack_recorder(plan, "", recorder);
}

}  // namespace bulkhead::admission
