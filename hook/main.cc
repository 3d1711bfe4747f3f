// bulkhead-hook: an OCI hook. The stage is its only word; the container's state, or for precreate
// its config.json, is on stdin.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/exit_codes.h"
#include "base/files.h"
#include "base/paths.h"
#include "base/text.h"
#include "hook/forget_container.h"
#include "hook/hold_container.h"
#include "hook/report.h"
#include "hook/rewrite_config.h"

namespace {

using namespace bulkhead;

struct Stage {
  std::string_view word;
  std::string_view help;
  int (*run)(std::string_view word, const base::Paths& paths);
};

int print_help(std::string_view word, const base::Paths& paths);
int print_version(std::string_view word, const base::Paths& paths);

constexpr std::array<Stage, 6> kStages = {{
    {"createRuntime", "decide, refuse or hold the container until the kernel proves the plan",
     hook::hold_container},
    {"prestart", "the same, for engines that know only this stage", hook::hold_container},
    {"precreate", "config.json on stdin, the confined one on stdout (Podman)",
     [](std::string_view, const base::Paths& paths) { return hook::rewrite_config(paths); }},
    {"poststop", "remove the container's record",
     [](std::string_view, const base::Paths& paths) { return hook::forget_container(paths); }},
    {"--help", "show this text", print_help},
    {"--version", "show the version", print_version},
}};

std::string help() {
  std::string text =
      "usage: bulkhead-hook STAGE\n\n"
      "An OCI hook: it is called by container runtimes and engines, not by people.\n\n";
  for (const Stage& stage : kStages) {
    text += base::cat("  ", stage.word, std::string(16 - stage.word.size(), ' '), stage.help, "\n");
  }
  return text;
}

int print(std::string_view text) {
  return base::write_all(STDOUT_FILENO, text, "stdout") ? 0
                                                        : static_cast<int>(base::ExitCode::system);
}
int print_help(std::string_view, const base::Paths&) { return print(help()); }
int print_version(std::string_view, const base::Paths&) {
  return print("bulkhead-hook " BULKHEAD_VERSION "\n");
}

}  // namespace

int main(int argc, char** argv) {
  // Runtimes give hooks an environment of any kind; nothing here may depend on it.
  ::clearenv();
  ::setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
  const std::string_view word = argc == 2 ? argv[1] : "";
  const auto stage = std::ranges::find(kStages, word, &Stage::word);
  if (stage == kStages.end()) {
    hook::say(base::cat("one stage is expected, not ",
                        argc == 2 ? base::quoted(word) : base::cat(argc - 1, " words"),
                        "; see bulkhead-hook --help"));
    return static_cast<int>(base::ExitCode::usage);
  }
  return stage->run(word, base::Paths{});
}
