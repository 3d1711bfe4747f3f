#include "cli/profiles/profile_file.h"

#include <utility>

#include "cli/frame/input.h"
#include "kernel/probes/probe.h"

namespace bulkhead::cli {

base::Result<ProfileFile> read_profile_file(const std::string& path) {
  auto text = read_input(path, oci_config::kMaxProfileBytes);
  if (!text) return std::unexpected(std::move(text.error()));
  auto document = oci_config::JsonDocument::parse(
      std::move(*text),
      {.described = described_input(path), .max_bytes = oci_config::kMaxProfileBytes});
  if (!document) return std::unexpected(std::move(document.error()));
  auto profile = oci_config::read_seccomp_profile(document->root());
  if (!profile) return std::unexpected(std::move(profile.error()));
  return ProfileFile{described_input(path), std::move(*document), std::move(*profile)};
}

base::Result<policy::NodeFacts> node_facts(const std::string& root) {
  auto kernel = kernel::probe_kernel({.sys = root + "/sys"});
  if (!kernel) return std::unexpected(std::move(kernel.error()));
  policy::NodeFacts facts;
  facts.kernel = kernel->kernel;
  facts.native = oci_config::native_arch();
  facts.actions_available = std::move(kernel->actions_available);
  facts.filter_flags = std::move(kernel->filter_flags);
  facts.apparmor = std::move(kernel->apparmor);
  return facts;
}

}  // namespace bulkhead::cli
