// bulkhead-shim: an OCI runtime to its caller. It reads what it must, decides, rewrites, and always
// ends in execve of the real runtime: same pid, same descriptors, no process left behind.
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "admission/examine.h"
#include "admission/observed_start.h"
#include "admission/start.h"
#include "admission/start_warning.h"
#include "admission/voice.h"
#include "base/paths.h"
#include "base/text.h"
#include "kernel/probes/probe.h"
#include "kernel/tasks/inherited_state.h"
#include "policy/settings/policy.h"
#include "shim/admit_container.h"
#include "shim/admit_exec.h"
#include "shim/command_line.h"
#include "shim/forget_container.h"
#include "shim/log_option.h"
#include "shim/open_gate.h"
#include "shim/runtime_choice.h"
#include "shim/unproved_start.h"

namespace {

using namespace bulkhead;

constexpr unsigned kMaxListenFds = 1024;

// Of this process: the runtime that it becomes gets it back.
kernel::InheritedState inherited;

// A command line as execv(2) takes it, made before the gate opens: from then on nothing here may
// allocate.
class RuntimeCall {
 public:
  RuntimeCall(std::string runtime, std::vector<std::string> words)
      : runtime_(std::move(runtime)), words_(std::move(words)) {
    words_[0] = runtime_;
    arguments_.reserve(words_.size() + 1);
    for (std::string& word : words_) arguments_.push_back(word.data());
    arguments_.push_back(nullptr);
  }
  RuntimeCall(const RuntimeCall&) = delete;
  RuntimeCall& operator=(const RuntimeCall&) = delete;

  // Comes back only where it fails.
  [[nodiscard]] base::Error execute() const {
    inherited.put_on();
    ::execv(runtime_.c_str(), arguments_.data());
    auto failed = base::fail_errno(base::ErrorCode::runtime, "execute the OCI runtime", runtime_);
    inherited.take_off();
    return std::move(failed.error());
  }

 private:
  std::string runtime_;
  std::vector<std::string> words_;
  std::vector<char*> arguments_;
};

admission::Start start_of(const shim::CommandLine& line) {
  const bool joins = line.subcommand == shim::Subcommand::exec;
  return {.stage = base::cat("shim ", shim::name_of(line.subcommand)),
          .begins = joins ? admission::Begins::process : admission::Begins::container,
          .identity = {.id = line.container_id, .runtime_root = line.root}};
}

admission::Voice voice_of(const shim::CommandLine& line, const base::Paths& paths) {
  return {.program = "bulkhead", .paths = paths, .engine_log = shim::engine_log_of(line)};
}

int refuse(const shim::CommandLine& line, const base::Error& error, const base::Paths& paths) {
  return admission::refuse(voice_of(line, paths), start_of(line), error);
}

// Where the caller is; empty where that directory is gone.
std::string current_directory() {
  char path[PATH_MAX];
  return ::getcwd(path, sizeof path) == nullptr || path[0] != '/' ? "" : path;
}

// One that cannot be asked is of an unknown family; the stages behind it say why.
base::Result<shim::Runtime> chosen_runtime(const std::vector<std::string>& candidates,
                                           const base::Paths& paths) {
  auto path = shim::choose_runtime(candidates);
  if (!path) return std::unexpected(std::move(path.error()));
  auto features = kernel::probe_runtime(*path, paths.cache);
  if (!features) return shim::Runtime{*std::move(path), std::nullopt};
  return shim::Runtime{*std::move(path), *std::move(features)};
}

// The line as it is, for what starts nothing.
base::Error become(const shim::Runtime& runtime, const shim::CommandLine& line) {
  return RuntimeCall(runtime.path, line.words).execute();
}

shim::CommandLine reread(const shim::CommandLine& line, const shim::Runtime& runtime) {
  const auto& features = runtime.features;
  const auto family = features ? shim::family_of(features->family) : shim::Family::other;
  return shim::parse_command_line(line.words, family, current_directory());
}

bool starts_nothing(const shim::CommandLine& line) {
  return !line.doubt && (line.asks_for_help || line.subcommand == shim::Subcommand::other);
}

// A subcommand that Bulkhead has no business with. `kill`, `delete` and `state` work also while the
// policy is not valid: then the runtime is looked for as the built-in policy says.
int pass_through(const shim::CommandLine& line, std::vector<std::string> runtimes,
                 const base::Paths& paths) {
  if (runtimes.empty()) {
    const auto policy = admission::load_policy(paths);
    runtimes = policy ? policy->runtimes.value : policy::built_in_policy().runtimes.value;
  }
  auto runtime = shim::choose_runtime(runtimes);
  if (!runtime) return refuse(line, runtime.error(), paths);
  shim::forget_deleted(line.words, current_directory(), paths);
  return refuse(line, RuntimeCall(*runtime, line.words).execute(), paths);
}

base::Result<shim::Admitted> admit(admission::Start& start, shim::CommandLine& line,
                                   const shim::Runtime& runtime, const policy::Policy& policy,
                                   const base::Paths& paths) {
  if (line.doubt) return std::unexpected(*line.doubt);
  if (line.subcommand != shim::Subcommand::exec) {
    return shim::admit_container(start, line, runtime, policy, paths);
  }
  return shim::admit_exec(start, line, runtime, policy, paths);
}

// An exec that gets less than it asked for hears of it.
void say_what_is_taken(const admission::Voice& voice, const policy::Plan& plan) {
  if (plan.mode == policy::Mode::observe) return;
  for (const policy::Finding& finding : plan.findings) {
    if (finding.check == policy::kExecCapabilities) {
      admission::say(voice, base::cat("exec: ", finding.message));
    }
  }
}

// In observe mode nothing is changed, the command line included.
std::vector<std::string> words_for_runtime(const shim::CommandLine& line, policy::Mode mode) {
  return mode == policy::Mode::enforce ? shim::handed_over(line) : line.words;
}

kernel::Door door_for(shim::Subcommand subcommand) {
  switch (subcommand) {
    case shim::Subcommand::exec: return kernel::Door::exec;
    case shim::Subcommand::restore: return kernel::Door::restore;
    case shim::Subcommand::create:
    case shim::Subcommand::run:
    case shim::Subcommand::other: break;
  }
  return kernel::Door::start;
}

// sd_listen_fds(3): runtimes pass these on, and so does Bulkhead.
unsigned listen_fds() {
  const char* count = std::getenv("LISTEN_FDS");
  const auto number = count == nullptr ? std::nullopt : base::parse_decimal(count);
  return number && *number <= kMaxListenFds ? static_cast<unsigned>(*number) : 0;
}

shim::Holding holding_for(const shim::CommandLine& line, const admission::Start& start,
                          const std::string& runtime, shim::Admitted admitted) {
  return {.container = {.identity = start.identity,
                        .plan = std::move(admitted.plan),
                        .programs = {},
                        .joins = std::move(admitted.joins),
                        .bundle = line.bundle,
                        .runtime = runtime,
                        .stage = start.stage},
          .door = door_for(line.subcommand),
          .preserved_descriptors = line.preserve_fds + listen_fds(),
          .stand_in = std::move(admitted.stand_in)};
}

// Of a container that mode observe starts though nothing could be decided of it.
bool has_record(const shim::CommandLine& line) {
  return !line.doubt && line.subcommand != shim::Subcommand::exec;
}

int start(const shim::CommandLine& read_first, std::vector<std::string> runtimes,
          const base::Paths& paths) {
  const auto policy = admission::load_policy(paths);
  if (!policy) return refuse(read_first, policy.error(), paths);
  if (runtimes.empty()) runtimes = policy->runtimes.value;
  const auto runtime = chosen_runtime(runtimes, paths);
  if (!runtime) return refuse(read_first, runtime.error(), paths);
  shim::CommandLine line = reread(read_first, *runtime);
  if (starts_nothing(line)) return refuse(line, become(*runtime, line), paths);
  const admission::Voice voice = voice_of(line, paths);
  admission::Start start = start_of(line);
  start.mode = policy->mode.value;
  auto admitted = admit(start, line, *runtime, *policy, paths);
  if (admitted) {
    say_what_is_taken(voice, admitted->plan);
    admission::warn_of_start(voice, admitted->plan);
    admission::log_event(voice, audit::event_of(admitted->plan, start.identity, start.stage));
  } else if (const auto code = admission::refuse_unless_observing(voice, start, admitted.error())) {
    return *code;
  } else if (has_record(line)) {
    admitted = shim::Admitted{.plan = admission::undecided(admitted.error())};
  }
  const RuntimeCall call(runtime->path, words_for_runtime(line, start.mode));
  if (admitted && shim::starts_unproved(line, admitted->plan)) {
    shim::record_unproved(holding_for(line, start, runtime->path, *std::move(admitted)).container,
                          line, voice);
  } else if (admitted && admitted->plan.prove != policy::Prove::never) {
    const auto opened =
        shim::open_gate(holding_for(line, start, runtime->path, *std::move(admitted)), voice);
    if (!opened) {
      const auto code = admission::refuse_unless_observing(voice, start, opened.error());
      if (code) return *code;
      shim::record_unproved(
          holding_for(line, start, runtime->path, {.plan = admission::undecided(opened.error())})
              .container,
          line, voice);
    }
  }
  return admission::refuse(voice, start, call.execute());
}

}  // namespace

int main(int argc, char** argv) {
  inherited.take_off();
  const base::Paths paths;
  std::vector<std::string> words(argv, argv + argc);
  if (words.empty()) words.emplace_back("bulkhead-shim");  // execve(2) permits an empty argv
  std::vector<std::string> runtimes;
  if (auto named = shim::runtime_named_by(words[0]); !named.empty()) {
    runtimes.push_back(std::move(named));
  }
  if (!shim::may_start_something(words)) {
    return pass_through({.words = std::move(words)}, std::move(runtimes), paths);
  }
  const auto line =
      shim::parse_command_line(std::move(words), shim::Family::other, current_directory());
  return starts_nothing(line) ? pass_through(line, std::move(runtimes), paths)
                              : start(line, std::move(runtimes), paths);
}
