// `bulkhead default`: the fallback profile, as data or expanded for a container.
#pragma once

#include <string>
#include <vector>

#include "cli/frame/command.h"
#include "oci-config/runtime_spec.h"
#include "oci-config/seccomp_profile.h"

namespace bulkhead::cli {

class DefaultCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;
  [[nodiscard]] bool prints_json() const override { return true; }

 private:
  std::vector<std::string> capabilities_;
  std::vector<std::string> arches_;
  std::string format_ = "oci";
};

// "CAP_NET_ADMIN", "NET_ADMIN", "net_admin", "ALL". Error: usage, with the nearest known name.
[[nodiscard]] base::Result<oci_config::CapabilityMask> capabilities_named(
    const std::vector<std::string>& names);

// "amd64", "x86_64" or "SCMP_ARCH_X86_64". Error: usage.
[[nodiscard]] base::Result<oci_config::SeccompArch> architecture_named(std::string_view name);

}  // namespace bulkhead::cli
