// `bulkhead record`: what is being recorded, and beginning and ending it.
#pragma once

#include <string>
#include <vector>

#include "cli/frame/command.h"
#include "policy/settings/policy.h"

namespace bulkhead::cli {

// Of which containers: globs, as the policy's rules have them; empty means any, and so does "*",
// which in a rule leaves out whoever has no such name.
struct RecordMatch {
  std::string image, namespace_, pod, container;
  [[nodiscard]] bool is_empty() const;
  [[nodiscard]] policy::RuleMatch rule_match() const;
  // --image, --namespace, --pod, --container.
  void add_to(std::vector<Option>& options);
};

// Error: usage, where no glob is given.
[[nodiscard]] base::Result<void> need_a_match(const RecordMatch& match);

class RecordListCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  bool json_ = false;
};

class RecordStartCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  std::string name_;
  RecordMatch match_;
  bool without_exec_ = false;
};

class RecordStopCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  std::string name_;
};

class RecordRmCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  std::string name_;
};

}  // namespace bulkhead::cli
