// bulkhead-hook: an OCI hook. The stage is its only word; the container's state, or for precreate
// its config.json, is on stdin.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/exit_codes.h"
#include "base/files.h"
#include "base/paths.h"
#include "base/text.h"
#include "hook/forget_container.h"
#include "hook/hold_container.h"
#include "hook/refuse_container.h"
#include "hook/rewrite_config.h"
#include "hook/voice.h"
#include "kernel/tasks/inherited_state.h"
#include "kernel/tasks/roomy_stack.h"

namespace {

using namespace bulkhead;

// What the program was called with: a stage, and what only `refuse` has behind it.
struct Call {
  std::string_view stage;
  std::string_view operand;
};

struct Stage {
  std::string_view word;
  std::string_view help;
  int (*run)(const Call& call, const base::Paths& paths);
  int words = 1;
};

int print_help(const Call& call, const base::Paths& paths);
int print_version(const Call& call, const base::Paths& paths);
int hold(const Call& call, const base::Paths& paths) {
  return hook::hold_container(call.stage, paths);
}

constexpr std::array<Stage, 7> kStages = {{
    {"createRuntime", "decide, refuse or hold the container until the kernel proves the plan",
     hold},
    {"prestart", "the same, for engines that know only this stage", hold},
    {"precreate", "config.json on stdin, the confined one on stdout (Podman)",
     [](const Call&, const base::Paths& paths) { return hook::rewrite_config(paths); }},
    {"refuse", "say the sentence behind it and fail; precreate leaves this in config.json",
     [](const Call& call, const base::Paths& paths) {
       return hook::refuse_container(call.operand, paths);
     },
     2},
    {"poststop", "remove the container's record",
     [](const Call&, const base::Paths& paths) { return hook::forget_container(paths); }},
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
int print_help(const Call&, const base::Paths&) { return print(help()); }
int print_version(const Call&, const base::Paths&) {
  return print("bulkhead-hook " BULKHEAD_VERSION "\n");
}

// Nobody types this; who configures an engine by hand does, and mistypes it.
std::string no_such_call(const Call& call, int words) {
  const std::string what = words == 0   ? "no stage is named"
                           : words == 1 ? base::cat("there is no stage ", base::quoted(call.stage))
                                        : base::cat(words, " words are not one stage");
  std::vector<std::string_view> known;
  for (const Stage& stage : kStages) known.push_back(stage.word);
  const auto near = base::nearest(call.stage, known);
  return near ? base::cat(what, "; did you mean ", *near, "?")
              : base::cat(what, "; `bulkhead-hook --help` lists the stages");
}

}  // namespace

int main(int argc, char** argv) {
  bulkhead::kernel::shed_inherited_state();
  // Runtimes give hooks an environment of any kind; nothing here may depend on it.
  ::clearenv();
  ::setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
  const int words = argc - 1;
  const Call call{words > 0 ? argv[1] : "", words > 1 ? argv[2] : ""};
  const auto stage = std::ranges::find_if(kStages, [&](const Stage& known) {
    return known.word == call.stage && known.words == words;
  });
  if (stage == kStages.end()) {
    admission::say(hook::voice(), no_such_call(call, words));
    return static_cast<int>(base::ExitCode::usage);
  }
  return kernel::on_roomy_stack([&] { return stage->run(call, base::Paths{}); });
}
