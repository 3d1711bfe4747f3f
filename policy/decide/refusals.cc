#include "policy/decide/refusals.h"

#include <cstddef>

namespace bulkhead::policy {

namespace {

constexpr RefusalRow kRows[] = {
    {RefusalId::annotation_hides_bundle, "annotation-hides-bundle",
     "an annotation named \"bundle\" stands where runc keeps the container's bundle",
     "give the annotation another name"},
    {RefusalId::annotation_voids_filter, "annotation-voids-filter",
     "an annotation makes the runtime replace or skip the seccomp filter",
     "remove the annotation, or let a rule with \"because\" keep it (annotations.keep)"},
    {RefusalId::apparmor_not_enforcing, "apparmor-not-enforcing",
     "the AppArmor profile is loaded, but in complain or unconfined mode",
     "enforce it (aa-enforce), or set apparmor.complain to \"keep\" in a rule with \"because\""},
    {RefusalId::apparmor_not_loaded, "apparmor-not-loaded",
     "the AppArmor profile is not loaded and apparmor.not_loaded is \"refuse\"",
     "load it (apparmor_parser -r), or set apparmor.not_loaded to \"load\""},
    {RefusalId::apparmor_profile_invalid, "apparmor-profile-invalid",
     "the name in process.apparmorProfile cannot be one of a profile",
     "correct the profile's name where the container is described"},
    {RefusalId::apparmor_unavailable, "apparmor-unavailable",
     "an AppArmor profile must hold, but this kernel has no AppArmor enabled",
     "boot with AppArmor enabled, or set apparmor.unavailable to \"keep\""},
    {RefusalId::apparmor_unset, "apparmor-unset",
     "no AppArmor profile is asked for and apparmor.unset is \"refuse\"",
     "give the container a profile, or a rule that names one"},
    {RefusalId::capability_unknown, "capability-unknown",
     "a capability is asked for that is not known to Bulkhead",
     "correct the name, or leave it out"},
    {RefusalId::environment_voids_filter, "environment-voids-filter",
     "RUN_OCI_SECCOMP_RECEIVER is set in the environment of the runtime",
     "unset it for the engine, or let a rule with \"because\" keep run.oci.seccomp.receiver"},
    {RefusalId::identity_ambiguous, "identity-ambiguous",
     "the container's annotations are those of several engines, and a rule matches by name",
     "remove the annotations that belong to another engine than the one that runs it"},
    {RefusalId::no_new_privileges_required, "no-new-privileges-required",
     "process.noNewPrivileges is false and process.no_new_privileges is \"require\"",
     "set allowPrivilegeEscalation: false (Kubernetes) or no-new-privileges (Docker, Podman)"},
    {RefusalId::non_root_required, "non-root-required",
     "the process runs as uid 0 and process.run_as_non_root is \"require\"",
     "run it as another user (runAsUser, USER in the image)"},
    {RefusalId::process_missing, "process-missing", "config.json has no process",
     "create the bundle with a process: no runtime starts a container without one"},
    {RefusalId::read_only_rootfs_required, "read-only-rootfs-required",
     "root.readonly is false and process.read_only_rootfs is \"require\"",
     "set readOnlyRootFilesystem: true (Kubernetes) or --read-only (Docker, Podman)"},
    {RefusalId::seccomp_above_floor, "seccomp-above-floor",
     "the seccomp profile allows what the policy's floor does not",
     "tighten the profile, or set another seccomp.floor in a rule with \"because\""},
    {RefusalId::seccomp_deny_not_held, "seccomp-deny-not-held",
     "seccomp.deny denies a call that the profile allows, and nothing can take it away",
     "let the gate be opened, or tighten the profile"},
    {RefusalId::seccomp_floor_unusable, "seccomp-floor-unusable",
     "the floor cannot be read, or the profile cannot be compared with it",
     "repair the floor's profile below a directory of profile_roots.seccomp"},
    {RefusalId::seccomp_profile_unusable, "seccomp-profile-unusable",
     "the seccomp profile that a rule names cannot be read",
     "put the profile below a directory of profile_roots.seccomp"},
    {RefusalId::seccomp_taken_out, "seccomp-taken-out",
     "config.json stands in for the one whose filter the gate was to install, and that is not "
     "there",
     "have the engine write config.json anew; where the annotation is the container's own, remove "
     "it"},
    {RefusalId::seccomp_unset, "seccomp-unset",
     "no seccomp profile is asked for and seccomp.unset is \"refuse\"",
     "give the container a profile (RuntimeDefault), or a rule that names one"},
    {RefusalId::user_namespace_required, "user-namespace-required",
     "linux.namespaces has no user namespace and process.user_namespace is \"require\"",
     "set hostUsers: false (Kubernetes), --userns (Podman) or userns-remap (Docker)"},
};

constexpr bool rows_follow_the_enum() {
  for (std::size_t i = 0; i < std::size(kRows); ++i) {
    if (static_cast<std::size_t>(kRows[i].id) != i) return false;
  }
  return true;
}
static_assert(rows_follow_the_enum());

}  // namespace

std::span<const RefusalRow> refusal_table() { return kRows; }

const RefusalRow& row_of(RefusalId id) { return kRows[static_cast<std::size_t>(id)]; }

}  // namespace bulkhead::policy
