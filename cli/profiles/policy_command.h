// `bulkhead policy check` and `bulkhead policy show`.
#pragma once

#include <string>

#include "base/json_writer.h"
#include "cli/frame/command.h"
#include "policy/settings/policy.h"

namespace bulkhead::cli {

class PolicyCheckCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  std::string file_;
  bool json_ = false;
};

class PolicyShowCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  bool json_ = false;
};

// One setting as text: where it stands in the document, its value, where the value comes from.
struct SettingRow {
  std::string key;  // "seccomp.unset"
  std::string value;
  policy::Origin origin;
};

[[nodiscard]] std::vector<SettingRow> rows_of(const policy::SettingsOverride& settings);
[[nodiscard]] std::vector<SettingRow> rows_of(const policy::GlobalSettings& settings);
[[nodiscard]] std::vector<SettingRow> rows_of(const policy::Policy& policy);
// "namespace 'kube-system', pod 'cilium-*'", or "every container".
[[nodiscard]] std::string match_text(const policy::RuleMatch& match);
// As a member "settings" of the object that is open.
void write_rows(const std::vector<SettingRow>& rows, base::JsonWriter& json);
// Every setting and rule, as members of the object that is open.
void write_members(const policy::Policy& policy, base::JsonWriter& json);
// "built-in" or "/etc/bulkhead/policy.json:12".
[[nodiscard]] std::string describe(const policy::Origin& origin);

}  // namespace bulkhead::cli
