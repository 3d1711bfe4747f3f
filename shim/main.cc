// bulkhead-shim: an OCI runtime to its caller. It reads what it must, decides, rewrites, and always
// ends in execve of the real runtime: same pid, same descriptors, no process left behind.
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <vector>

#include "admission/examine.h"
#include "base/paths.h"
#include "base/text.h"
#include "policy/settings/policy.h"
#include "shim/admit_container.h"
#include "shim/admit_exec.h"
#include "shim/command_line.h"
#include "shim/report.h"
#include "shim/runtime_choice.h"

namespace {

using namespace bulkhead;

base::Error execute(const std::string& runtime, std::vector<std::string>& words) {
  words[0] = runtime;
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(runtime.c_str(), arguments.data());
  return base::fail_errno(base::ErrorCode::runtime, "execute the OCI runtime", runtime).error();
}

std::string stage_of(const shim::CommandLine& line) {
  return base::cat("shim ", shim::name_of(line.subcommand));
}

int refuse(const shim::CommandLine& line, const base::Error& error, const base::Paths& paths) {
  const policy::Identity identity{.id = line.container_id};
  const auto event = audit::event_of(error, identity, stage_of(line));
  return shim::report_refusal(line, error, event, paths);
}

base::Error unclear(const shim::CommandLine& line) {
  return {base::ErrorCode::usage,
          base::cat("the option ", base::quoted(line.unclear_option), " of ",
                    shim::name_of(line.subcommand),
                    " is not known to Bulkhead, and whether it takes a value decides which "
                    "container is meant"),
          "write its value behind '=', or the option in front of another one"};
}

// A subcommand that Bulkhead has no business with. `kill`, `delete` and `state` work also while the
// policy is not valid: then the runtime is looked for as the built-in policy says.
int pass_through(shim::CommandLine& line, std::vector<std::string> runtimes,
                 const base::Paths& paths) {
  if (runtimes.empty()) {
    const auto policy = admission::load_policy(paths);
    runtimes = policy ? policy->runtimes.value : policy::built_in_policy().runtimes.value;
  }
  auto runtime = shim::choose_runtime(runtimes);
  if (!runtime) return refuse(line, runtime.error(), paths);
  return refuse(line, execute(*runtime, line.words), paths);
}

shim::Outcome admit(shim::CommandLine& line, const std::string& runtime,
                    const policy::Policy& policy, const base::Paths& paths) {
  if (!line.unclear_option.empty()) {
    return shim::outcome_of(unclear(line), {.id = line.container_id}, stage_of(line),
                            policy.mode.value);
  }
  return line.subcommand == shim::Subcommand::exec
             ? shim::admit_exec(line, runtime, policy, paths)
             : shim::admit_container(line, runtime, policy, paths);
}

int start(shim::CommandLine& line, std::vector<std::string> runtimes, const base::Paths& paths) {
  const auto policy = admission::load_policy(paths);
  if (!policy) return refuse(line, policy.error(), paths);
  if (runtimes.empty()) runtimes = policy->runtimes.value;
  auto runtime = shim::choose_runtime(runtimes);
  if (!runtime) return refuse(line, runtime.error(), paths);
  const auto outcome = admit(line, *runtime, *policy, paths);
  if (!outcome) {
    return shim::report_refusal(line, outcome.error().error, outcome.error().event, paths);
  }
  shim::report_admission(outcome->event, paths);
  if (outcome->drop_weakening_environment) ::unsetenv("RUN_OCI_SECCOMP_RECEIVER");
  return refuse(line, execute(*runtime, line.words), paths);
}

}  // namespace

int main(int argc, char** argv) {
  const base::Paths paths;
  std::vector<std::string> words(argv, argv + argc);
  if (words.empty()) words.emplace_back("bulkhead-shim");  // execve(2) permits an empty argv
  std::vector<std::string> runtimes;
  if (auto named = shim::runtime_named_by(words[0]); !named.empty()) {
    runtimes.push_back(std::move(named));
  }
  auto line = shim::parse_command_line(std::move(words));
  return line.subcommand == shim::Subcommand::other ? pass_through(line, std::move(runtimes), paths)
                                                    : start(line, std::move(runtimes), paths);
}
