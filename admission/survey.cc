#include <unistd.h>

#include <cstdlib>
#include <map>
#include <utility>

#include "admission/examine.h"
#include "base/programs.h"
#include "base/text.h"
#include "kernel/observe/observe_namespaces.h"
#include "kernel/probes/probe.h"

namespace bulkhead::admission {

namespace {

using base::Result;

Result<policy::SeccompSource> load_profile(const std::vector<std::string>& roots,
                                           const std::string& name) {
  auto loaded = oci_config::load_profile_below(roots, name);
  if (!loaded) return std::unexpected(std::move(loaded.error()));
  return policy::SeccompSource{std::move(loaded->profile), std::move(loaded->path),
                               std::move(loaded->sha256)};
}

using ProfilesRead = std::map<std::string, Result<policy::SeccompSource>>;

ProfilesRead load_profiles(const std::vector<std::string>& roots,
                           const policy::EffectiveSettings& settings) {
  ProfilesRead profiles;
  for (const policy::ProfileRef& needed : policy::profiles_needed(settings)) {
    profiles.emplace(needed.name(), load_profile(roots, needed.name()));
  }
  return profiles;
}

Result<policy::NodeFacts> probe_node(const Request& request) {
  policy::NodeFacts facts;
  auto kernel = kernel::probe_kernel();
  if (!kernel) return std::unexpected(std::move(kernel.error()));
  facts.kernel = kernel->kernel;
  facts.native = oci_config::native_arch();
  facts.actions_available = std::move(kernel->actions_available);
  facts.filter_flags = std::move(kernel->filter_flags);
  facts.apparmor = std::move(kernel->apparmor);
  facts.caller_opens_gate = request.opener == GateOpener::caller;
  if (!facts.caller_opens_gate) facts.hook_path = installed_hook();
  facts.environment_weakens = std::getenv("RUN_OCI_SECCOMP_RECEIVER") != nullptr;
  if (request.runtime != nullptr) facts.runtime = *request.runtime;
  if (request.runtime_path.empty() || request.runtime != nullptr) return facts;
  auto features = kernel::probe_runtime(request.runtime_path, request.paths.cache);
  if (!features) return std::unexpected(std::move(features.error()));
  facts.runtime = std::move(*features);
  return facts;
}

std::map<std::string, policy::NamespaceId> namespaces_to_join(const oci_config::RuntimeSpec& spec) {
  std::map<std::string, policy::NamespaceId> found;
  for (const oci_config::NamespaceEntry& entry : spec.namespaces) {
    if (entry.path.empty()) continue;
    if (const auto id = kernel::namespace_at(entry.path)) found.emplace(entry.path, *id);
  }
  return found;
}

}  // namespace

std::string installed_hook() {
  const std::string directory = base::own_directory();
  std::string path = directory + "bulkhead-hook";
  if (directory.empty()) return {};
  return ::access(path.c_str(), X_OK) == 0 ? path : std::string();
}

Result<Survey> survey(const oci_config::RuntimeSpec& spec, const Request& request,
                      const policy::Policy& policy) {
  auto facts = probe_node(request);
  if (!facts) return std::unexpected(std::move(facts.error()));
  policy::Identity identity =
      request.recorded ? *request.recorded : policy::identify(spec, request.invocation);
  policy::ContainerPolicy held = policy::policy_for(identity, policy, request.runtime_path);
  facts->namespaces = namespaces_to_join(spec);
  facts->seccomp_profiles = load_profiles(policy.seccomp_roots.value, held.settings);
  return Survey{std::move(identity), std::move(held), std::move(*facts)};
}

}  // namespace bulkhead::admission
