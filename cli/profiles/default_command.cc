#include "cli/profiles/default_command.h"

#include <algorithm>

#include "base/text.h"
#include "kernel/probes/probe.h"
#include "policy/fallback/runtime_default.h"

namespace bulkhead::cli {

namespace {

using base::ErrorCode;
using base::ExitCode;
using base::Result;
using oci_config::CapabilityMask;
using oci_config::SeccompArch;

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char letter) {
    return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
  });
  return out;
}

std::vector<std::string> known_capabilities() {
  return oci_config::capability_names(~CapabilityMask{0});
}

base::Error unknown_capability(std::string_view name, std::string_view canonical) {
  const std::vector<std::string> known = known_capabilities();
  const auto near = base::nearest(canonical, {known.begin(), known.end()});
  return {ErrorCode::usage, base::cat("unknown capability ", base::quoted(name)),
          near ? base::cat("did you mean ", *near, '?') : "capabilities(7) lists them"};
}

base::Error unknown_architecture(std::string_view name) {
  std::vector<std::string> known;
  for (unsigned number = 0; number < oci_config::kSeccompArchCount; ++number) {
    known.push_back(short_name(static_cast<SeccompArch>(number)));
  }
  const auto near = base::nearest(name, {known.begin(), known.end()});
  return {ErrorCode::usage,
          base::cat("unknown architecture ", base::quoted(name), ": no runtime filters for it"),
          near ? base::cat("did you mean ", *near, '?')
               : base::cat("known are ", base::join(known, ", "))};
}

Result<std::vector<SeccompArch>> architectures_named(const std::vector<std::string>& names) {
  std::vector<SeccompArch> arches;
  for (const std::string& name : names) {
    const auto arch = architecture_named(name);
    if (!arch) return std::unexpected(arch.error());
    arches.push_back(*arch);
  }
  if (arches.empty()) arches.push_back(oci_config::native_arch());
  return arches;
}

// A filter holds what the machine can execute: the first architecture and those that run beside it.
Result<void> restrict_to(const std::vector<SeccompArch>& wanted,
                         oci_config::SeccompProfile& profile) {
  if (profile.architectures.empty()) profile.architectures = {wanted.front()};  // none beside it
  for (const SeccompArch arch : wanted) {
    if (std::ranges::find(profile.architectures, arch) != profile.architectures.end()) continue;
    return base::fail(ErrorCode::usage,
                      base::cat(name_of(arch), " does not run beside ", name_of(wanted.front())),
                      "name the machine's own architecture first, then its compatible ones");
  }
  if (wanted.size() > 1) profile.architectures = wanted;
  return {};
}

}  // namespace

Result<CapabilityMask> capabilities_named(const std::vector<std::string>& names) {
  CapabilityMask mask = 0;
  for (const std::string& name : names) {
    std::string canonical = upper(name);
    if (canonical == "ALL") {
      for (const std::string& known : known_capabilities()) {
        mask |= CapabilityMask{1} << *oci_config::capability_number(known);
      }
      continue;
    }
    if (!canonical.starts_with("CAP_")) canonical.insert(0, "CAP_");
    const auto number = oci_config::capability_number(canonical);
    if (!number) return std::unexpected(unknown_capability(name, canonical));
    mask |= CapabilityMask{1} << *number;
  }
  return mask;
}

Result<SeccompArch> architecture_named(std::string_view name) {
  if (const auto arch = oci_config::seccomp_arch_named(name)) return *arch;
  if (const auto arch = oci_config::seccomp_arch_from_go(name)) return *arch;
  if (const auto arch = oci_config::seccomp_arch_named("SCMP_ARCH_" + upper(name))) return *arch;
  return std::unexpected(unknown_architecture(name));
}

CommandHelp DefaultCommand::help() const {
  return {
      .name = "default",
      .summary = "print the fallback profile",
      .description =
          "Prints RuntimeDefault, the profile that a container gets when it asks for none. Format "
          "oci is the profile as a runtime takes it, expanded for the given capabilities (none "
          "unless named) and architecture (this machine's) on this kernel. Format docker is the "
          "document with its conditions, as Docker, Podman and CRI-O read it.",
      .exit_codes = "",
      .examples = {"bulkhead default --format docker > profile.json",
                   "bulkhead default --cap NET_ADMIN --cap SYS_PTRACE",
                   "bulkhead default --arch arm64"},
  };
}

std::vector<Option> DefaultCommand::options() {
  return {
      {"--cap", "CAP", "a capability of the container; ALL for all", &capabilities_},
      {"--arch", "ARCH", "architecture, the machine's own first", &arches_},
      {"--format", "FORMAT", "form of the profile", &format_, false, {"oci", "docker"}},
  };
}

Result<ExitCode> DefaultCommand::run(Environment& environment) {
  if (format_ == "docker") {
    if (!capabilities_.empty() || !arches_.empty()) {
      return base::fail(ErrorCode::usage, "--format docker keeps the conditions of the profile",
                        "leave --cap and --arch out, or use --format oci");
    }
    environment.output.write(policy::runtime_default_json());
    return ExitCode::ok;
  }
  const auto mask = capabilities_named(capabilities_);
  if (!mask) return std::unexpected(mask.error());
  const auto arches = architectures_named(arches_);
  if (!arches) return std::unexpected(arches.error());
  const auto kernel = kernel::probe_kernel({.sys = environment.root + "/sys"});
  if (!kernel) return std::unexpected(kernel.error());
  auto profile = policy::runtime_default_for(
      {.capabilities = *mask, .native = arches->front(), .kernel = kernel->kernel});
  const auto restricted = restrict_to(*arches, profile);
  if (!restricted) return std::unexpected(restricted.error());
  environment.output.write(oci_config::to_pretty_json(profile));
  return ExitCode::ok;
}

}  // namespace bulkhead::cli
