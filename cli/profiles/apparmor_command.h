// `bulkhead apparmor …`: profiles in the kernel, and what is wrong with those in files.
#pragma once

#include <string>
#include <vector>

#include "cli/frame/command.h"

namespace bulkhead::cli {

class AppArmorListCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  bool check_ = false;
  bool json_ = false;
};

class AppArmorLoadCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  std::vector<std::string> files_;
};

class AppArmorModeCommand final : public Command {
 public:
  explicit AppArmorModeCommand(bool complain) : complain_(complain) {}
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  bool complain_;
  std::string name_;
};

class AppArmorQueryCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  std::string name_;
  std::string path_;
  std::vector<std::string> permissions_;
  bool json_ = false;
};

class AppArmorLintCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  std::vector<std::string> files_;
  std::string name_;
  std::string format_ = "text";
  bool json_ = false;
};

class AppArmorDefaultCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;
};

}  // namespace bulkhead::cli
