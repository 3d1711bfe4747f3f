#include <unistd.h>

#include <cstdlib>

#include "admission/examine.h"
#include "base/text.h"
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

}  // namespace

std::string installed_hook() {
  char self[4096];
  const ssize_t length = ::readlink("/proc/self/exe", self, sizeof self);
  if (length <= 0 || static_cast<std::size_t>(length) == sizeof self) return {};
  std::string path(self, static_cast<std::size_t>(length));
  path.replace(path.rfind('/') + 1, std::string::npos, "bulkhead-hook");
  return ::access(path.c_str(), X_OK) == 0 ? path : std::string();
}

Result<policy::NodeFacts> gather_facts(const oci_config::RuntimeSpec& spec,
                                       const policy::Identity& identity,
                                       const policy::Policy& policy, const Request& request) {
  policy::NodeFacts facts;
  auto kernel = kernel::probe_kernel();
  if (!kernel) return std::unexpected(std::move(kernel.error()));
  facts.kernel = kernel->kernel;
  facts.native = oci_config::native_arch();
  facts.actions_available = std::move(kernel->actions_available);
  facts.filter_flags = std::move(kernel->filter_flags);
  facts.apparmor = std::move(kernel->apparmor);
  facts.hook_path = installed_hook();
  facts.environment_weakens = std::getenv("RUN_OCI_SECCOMP_RECEIVER") != nullptr;
  if (!request.runtime_path.empty()) {
    auto features = kernel::probe_runtime(request.runtime_path, request.paths.cache);
    if (!features) return std::unexpected(std::move(features.error()));
    facts.runtime = std::move(*features);
  }
  for (const policy::ProfileRef& needed : policy::profiles_needed(spec, identity, policy)) {
    facts.seccomp_profiles.emplace(needed.name(),
                                   load_profile(policy.seccomp_roots.value, needed.name()));
  }
  return facts;
}

}  // namespace bulkhead::admission
