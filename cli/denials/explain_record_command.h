// `bulkhead explain-record`: what lines of dmesg, the journal or audit.log mean.
#pragma once

#include <string>

#include "cli/frame/command.h"

namespace bulkhead::cli {

// Lines that somebody pasted, in a file or, as "-", on standard input.
struct PastedLines {
  std::string file;
  std::string profile;  // the seccomp profile that the program was under; empty: not known
  bool json = false;
};

// Tells what they mean, as `explain-record` and `denials -` do. ExitCode::different: one of the
// records cannot be read. Errors: io; invalid_input: no line holds a record, or the profile is
// none.
[[nodiscard]] base::Result<base::ExitCode> explain_lines(const PastedLines& lines,
                                                         Environment& environment);

class ExplainRecordCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  std::string file_;
  std::string profile_;
  bool json_ = false;
};

}  // namespace bulkhead::cli
