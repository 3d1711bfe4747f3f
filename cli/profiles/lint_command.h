// `bulkhead lint PROFILE…`: what is wrong with a profile, why, and what to do.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/frame/command.h"
#include "cli/profiles/profile_file.h"
#include "policy/advice/lint_checks.h"
#include "policy/values/finding.h"

namespace bulkhead::cli {

class LintCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  std::vector<std::string> profiles_;
  std::vector<std::string> capabilities_;
  std::string format_ = "text";
  bool fix_ = false;
  bool needs_ = false;
  bool json_ = false;
};

// The findings of one file, with the line of each.
struct LintedFinding {
  policy::Finding finding;
  unsigned line = 0;  // 0: of the whole file
};
struct LintedFile {
  std::string path;
  std::vector<LintedFinding> findings;
  bool unreadable = false;
  std::optional<policy::Starters> starters;  // seccomp profiles that could be read
  std::string repair;                        // the diff of what --fix changed; empty when nothing
};

// Of a node of which these facts hold, and containers with these capabilities.
struct LintFor {
  const policy::NodeFacts& facts;
  oci_config::CapabilityMask capabilities;
};
[[nodiscard]] LintedFile findings_of(const ProfileFile& file, const LintFor& context);

}  // namespace bulkhead::cli
