// `bulkhead record profile`.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/frame/command.h"
#include "record/profiles/profile.h"
#include "record/values/record.h"

namespace bulkhead::cli {

class RecordProfileCommand final : public Command {
 public:
  RecordProfileCommand() = default;
  // As if it had been called with these.
  RecordProfileCommand(std::string name, std::string file, std::string format, bool incomplete)
      : name_(std::move(name)),
        file_(std::move(file)),
        format_(std::move(format)),
        incomplete_(incomplete) {}

  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;
  [[nodiscard]] bool prints_json() const override { return !apparmor_ && format_ != "spo"; }

 private:
  [[nodiscard]] base::Result<record::ProfileRequest> request(const record::Record& record,
                                                             const std::string& root) const;

  [[nodiscard]] base::Result<std::string> seccomp_document(const record::Record& record,
                                                           Environment& environment) const;
  [[nodiscard]] base::Result<std::string> apparmor_document(const record::Record& record,
                                                            Environment& environment) const;

  // What is missing for the profile that is asked for; empty where nothing is.
  [[nodiscard]] std::string losses_of(const record::Record& record) const;

  std::string name_;
  std::string file_;
  bool apparmor_ = false;
  std::string format_ = "oci";
  std::string base_ = "runtime-default";
  std::vector<std::string> capabilities_;
  bool arguments_ = false;
  bool without_exec_ = false;
  bool incomplete_ = false;
};

}  // namespace bulkhead::cli
