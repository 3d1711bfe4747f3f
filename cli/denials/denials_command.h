// `bulkhead denials`: asks the log of denials.
#pragma once

#include <map>
#include <string>

#include "cli/denials/denial_query.h"
#include "cli/denials/denial_suggestion.h"
#include "cli/frame/command.h"

namespace bulkhead::cli {

class DenialsCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  [[nodiscard]] audit::EngineNames read_names(const Environment& environment);
  [[nodiscard]] base::Result<void> summarize(Environment& environment) const;
  [[nodiscard]] base::Result<void> print_lines(Environment& environment) const;
  [[nodiscard]] base::Result<void> suggest(Environment& environment) const;
  [[nodiscard]] base::Result<void> write_suggested(const std::map<std::string, Suggestion>& all,
                                                   Environment& environment) const;
  // Of what matched nothing.
  [[nodiscard]] base::Result<void> check_is_meant(const Environment& environment) const;
  void tell_unlogged(const Environment& environment, Output& output) const;
  [[nodiscard]] base::Result<base::ExitCode> make_profile(Environment& environment) const;
  [[nodiscard]] base::Result<void> tell_story(Environment& environment) const;
  [[nodiscard]] base::Result<void> follow(Environment& environment) const;
  [[nodiscard]] base::Result<base::ExitCode> explain_pasted(Environment& environment);

  DenialQuery query_;
  audit::EngineNames names_;
  std::string lines_;
  std::string container_;
  std::string since_;
  std::string top_;
  std::string story_;
  std::string write_;
  std::string profile_;
  bool follow_ = false;
  bool json_ = false;
  bool suggest_ = false;
  bool dangerous_ = false;
  bool as_profile_ = false;
  bool as_apparmor_ = false;
};

}  // namespace bulkhead::cli
