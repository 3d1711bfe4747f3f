// `bulkhead record merge`, `record export` and `record import`: records of several nodes, or of
// somebody else.
#pragma once

#include <string>
#include <vector>

#include "cli/frame/command.h"

namespace bulkhead::cli {

class RecordMergeCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  std::vector<std::string> names_;
  std::string into_;
};

class RecordExportCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;
  [[nodiscard]] bool prints_json() const override { return true; }

 private:
  std::string name_;
  std::string file_;
};

class RecordImportCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  std::string file_;
  std::string name_;
};

}  // namespace bulkhead::cli
