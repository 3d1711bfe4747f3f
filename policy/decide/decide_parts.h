// The parts of which decide() and decide_exec() are made. Internal to policy/.
//
// Each part looks at a Question and writes into a Draft: what must hold, the edit that gets there,
// the reasons, and what speaks against starting. No part stops the others, so that all reasons for
// a refusal are told at once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/checks/expand.h"
#include "policy/decide/decide.h"
#include "policy/decide/refusals.h"

namespace bulkhead::policy {

struct Question {
  const oci_config::RuntimeSpec& spec;
  const Identity& identity;
  const EffectiveSettings& settings;
  bool has_rules_by_name;
  const NodeFacts& facts;
};

// A process and where it stands: "/process" in config.json, "" in process.json.
struct ProcessPlace {
  const oci_config::ProcessSpec& process;
  std::string_view pointer;
};

// What a change of config.json is for, and so whether anything else than the change brings it
// about.
enum class Change : std::uint8_t {
  hooks,           // only our own entries
  filter,          // linux.seccomp: the gate can install it
  filter_members,  // members of linux.seccomp that shape no filter: flags, listener
  no_filter,       // leaving it in place only makes the container stricter
  label,           // the AppArmor profile: the gate can set it
  no_label,
  no_new_privileges,
  capabilities,
  no_capabilities,  // says what most runtimes do anyway
  read_only_rootfs,
};

class Draft {
 public:
  explicit Draft(const ContainerPolicy& policy);

  Plan plan;

  // Takes the remedy of the table where none is given.
  void refuse(RefusalId id, std::string pointer, std::string message, std::string remedy = {});
  // An error refuses; what is less is told with the plan.
  void find(Finding finding);
  void explain(std::string_view subject, std::string sentence, std::string because = {});
  void set_member(Change change, std::string pointer, std::string json);
  void remove_member(Change change, std::string pointer);

  [[nodiscard]] Decision finish() &&;

 private:
  void note_missing(Change change, std::string_view pointer);
  void explain_trusted_runtime(const Setting<TrustedRuntime>& trusted);
  void plan_record(const Setting<RecordRequest>& record);

  std::vector<Finding> refusals_;
};

// "seccomp.unset = keep, rule 'cni' in /etc/bulkhead/policy.d/cni.json line 12".
[[nodiscard]] std::string source_of(std::string_view key, std::string_view value,
                                    const Origin& origin);
// The node owner's words for what a rule set; empty for a global setting.
[[nodiscard]] std::string because_of(const EffectiveSettings& settings, const Origin& origin);

// Every rule that set something and has a because is recorded with it, also where the part that it
// set had nothing to say.
void record_rules_with_reasons(const Question& question, Draft& draft);

// decide_identity.cc: whether the rules could be chosen, and who may void a filter.
void decide_identity(const Question& question, Draft& draft);
void decide_bundle_annotation(const Question& question, Draft& draft);
void decide_weakening_annotations(const Question& question, Draft& draft);
void decide_weakening_environment(const Question& question, Draft& draft);

// decide_seccomp.cc
void decide_seccomp(const Question& question, Draft& draft);
// What must hold, without an edit that brings it about; false when it was refused.
[[nodiscard]] bool plan_seccomp(const Question& question, Draft& draft);
// What profiles are expanded for.
[[nodiscard]] ExpandFor container_of(const Question& question);
// A localhost profile as the caller read it; null when it did not.
[[nodiscard]] const base::Result<SeccompSource>* read_profile(const Question& question,
                                                              const ProfileRef& source);
void refuse_unreadable(RefusalId id, const ProfileRef& source,
                       const base::Result<SeccompSource>* read, Draft& draft);
// Fills the planned profile; false when it was refused.
[[nodiscard]] bool take_seccomp_profile(const Question& question, const ProfileRef& source,
                                        Draft& draft);

// Completes PlannedSeccomp by the denials that the runtime may leave out, and tells who adds them.
void plan_what_may_be_skipped(Draft& draft);

// decide_logging.cc: the profile's flags, with the one that logs where the policy wants that and
// the runtime takes it; and, once the plan is whole, why denials stay unlogged.
[[nodiscard]] std::vector<std::string> flags_that_log(const Question& question,
                                                      std::vector<std::string> flags);
void note_unlogged(const Question& question, Draft& draft);

// Completes PlannedSeccomp by what follows from its profile: its text, and whether it is the
// fallback.
void describe_planned_profile(const Question& question, Draft& draft);

// decide_seccomp_loader.cc: what is left of an interrupted start, and who installs the filter.
void decide_stand_in(const Question& question, Draft& draft);
void decide_seccomp_loader(const Question& question, Draft& draft);

// decide_start.cc: what keeps the container from reaching its program, once the plan is whole.
void decide_whether_it_starts(const Question& question, Draft& draft);

// decide_floor.cc: the planned profile against the floor; and what happens without a profile.
void hold_floor(const Question& question, Draft& draft);
void hold_floor_without_filter(const Question& question, Draft& draft);
// Whether a second filter can be had, which the gate installs.
[[nodiscard]] bool can_stack(const Question& question, const Draft& draft);
// What to do where it cannot.
[[nodiscard]] std::string remedy_without_gate(const Question& question);
// Of a process that joins a container, whose profile is planned: a stacked filter would miss it.
void hold_floor_of_joining(const Question& question, Draft& draft);

// decide_denied_calls.cc: the planned profile less what the policy denies (seccomp.deny).
void deny_calls(const Question& question, Draft& draft);
// "seccomp.deny = socket(AF_ALG), /etc/bulkhead/policy.d/90-fix.json line 1"; empty where nothing
// is.
[[nodiscard]] std::string source_of_denied_calls(const Question& question);

// decide_architectures.cc: the planned profile less all but the machine's own architecture, where
// the policy wants that.
[[nodiscard]] bool keeps_native_alone(const Question& question);
void take_out_other_architectures(const Question& question, Draft& draft);

// decide_apparmor.cc: the profile of the container, and of a process that joins it.
void decide_apparmor(const Question& question, const ProcessPlace& place, Draft& draft);
void decide_exec_apparmor(const Question& question, const ProcessPlace& joining, Draft& draft);

// decide_process.cc
[[nodiscard]] oci_config::CapabilityMask dropped_capabilities(const EffectiveSettings& settings);
// The bounding set that the container has after the policy's drops.
[[nodiscard]] oci_config::CapabilityMask planned_bounding_set(const Question& question);
void decide_no_new_privileges(const Question& question, const ProcessPlace& place, Draft& draft);
// For a container: what config.json does not say is none, and the runtime is told so. runc from 1.3
// on gives all that it has to a program without process.capabilities.
void write_absent_capabilities(const ProcessPlace& place, Draft& draft);
void decide_capabilities(const Question& question, const ProcessPlace& place,
                         oci_config::CapabilityMask allowed, Draft& draft);
void decide_user(const Question& question, const ProcessPlace& place, Draft& draft);
[[nodiscard]] PlannedUser planned_user(const Question& question,
                                       const oci_config::ProcessSpec& process);
[[nodiscard]] PlannedPaths planned_paths(const oci_config::RuntimeSpec& spec);
[[nodiscard]] std::vector<PlannedNamespace> planned_namespaces(const Question& question);
void decide_root_filesystem(const Question& question, Draft& draft);
void decide_user_namespace(const Question& question, Draft& draft);

// decide_hooks.cc: the entries through which bulkhead-hook proves and cleans up.
void decide_hooks(const Question& question, Draft& draft);

}  // namespace bulkhead::policy
