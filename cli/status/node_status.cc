#include "cli/status/node_status.h"

#include <algorithm>
#include <ctime>
#include <iterator>

#include "admission/ignored_files.h"
#include "base/counted.h"
#include "base/text.h"

namespace bulkhead::cli {

namespace {

using oci_config::SeccompAction;

StatusLine program_line(std::string_view name, const std::string& path) {
  return path.empty() ? StatusLine{std::string(name), Light::bad, "not installed"}
                      : StatusLine{std::string(name), Light::good, path};
}

StatusLine policy_line(const NodeStatus& status) {
  if (!status.policy) {
    return {"policy", Light::bad,
            base::cat("not valid, every container is refused: ", status.policy_error)};
  }
  const policy::Policy& policy = *status.policy;
  const bool observe = policy.mode.value == policy::Mode::observe;
  const std::string files = policy.files.empty() ? "built-in" : base::join(policy.files, ", ");
  return {"policy", observe ? Light::note : Light::good,
          base::cat("mode ", name_of(policy.mode.value), ", ",
                    base::counted(policy.rules.size(), "rule"), " (", files, ')')};
}

StatusLine kernel_line(const NodeStatus& status) {
  const policy::NodeFacts& facts = status.facts;
  const bool has_all = facts.actions_available.contains(SeccompAction::kill_process) &&
                       facts.filter_flags.contains(std::string(oci_config::kFlagLog));
  return {"seccomp", has_all ? Light::good : Light::bad,
          base::cat("Linux ", facts.kernel.major, '.', facts.kernel.minor, ", ",
                    base::counted(facts.actions_available.size(), "action"), ", ",
                    base::counted(facts.filter_flags.size(), "filter flag"),
                    has_all ? "" : "; KILL_PROCESS or FLAG_LOG is missing")};
}

StatusLine apparmor_line(const NodeStatus& status) {
  const policy::AppArmorFacts& apparmor = status.facts.apparmor;
  if (!apparmor.enabled) return {"apparmor", Light::note, "not enabled in this kernel"};
  if (!status.lost_profiles.empty()) {
    return {"apparmor", Light::bad,
            base::cat(base::join(status.lost_profiles, ", "),
                      ": no longer loaded, which left the containers that ran under it unconfined; "
                      "loading it again does not confine them: start them anew")};
  }
  const auto complaining = std::ranges::count_if(apparmor.loaded, [](const auto& entry) {
    return entry.second == policy::AppArmorMode::complain;
  });
  return {"apparmor", Light::good,
          base::cat(base::counted(apparmor.loaded.size(), "profile"), " loaded, ", complaining,
                    complaining == 1 ? " only complains" : " only complain")};
}

// A filter of this command's own, as in a container, is no filter of the engine's.
StatusLine gate_line(const NodeStatus& status) {
  if (status.ptrace_scope.value_or(0) >= 3) {
    return {"proof", Light::bad,
            "kernel.yama.ptrace_scope is 3: the gate cannot attach, and prove \"always\" refuses"};
  }
  if (status.filtered_itself) {
    return {
        "proof", Light::note,
        "not asked: this command is itself under a seccomp filter, and the kernel shows none to "
        "it; an engine need not be"};
  }
  if (!status.dump_problem.empty()) return {"proof", Light::bad, status.dump_problem};
  return {"proof", Light::good, "filters can be read back from the kernel"};
}

Light light_of(Coverage coverage) {
  switch (coverage) {
    case Coverage::shim:
    case Coverage::hook:
    case Coverage::both: return Light::good;
    case Coverage::optional: return Light::note;
    case Coverage::none: return Light::bad;
  }
  return Light::bad;
}

std::string_view words_for(std::optional<policy::Prove> proof) {
  if (!proof) return "";
  switch (*proof) {
    case policy::Prove::always: return ", proved";
    case policy::Prove::when_installing: return ", proved where the gate installs the filter";
    case policy::Prove::never: return ", not proved";
  }
  return "";
}

std::string uncovered_sentence(const EngineState& engine) {
  switch (engine.coverage) {
    case Coverage::none:
      return base::cat("Containers of ", engine.name, " do not pass through Bulkhead at all.");
    case Coverage::optional:
      return base::cat("Containers of ", engine.name,
                       " pass through Bulkhead only when they ask for its runtime.");
    case Coverage::hook:
      return base::cat(
          "A process that `exec` starts in a container of ", engine.name,
          " has no filter of Bulkhead's, and what it is denied is not recorded: no hook runs for "
          "exec. Only the shim covers it.");
    case Coverage::shim:
    case Coverage::both: return {};
  }
  return {};
}

void add_ignored_files(const NodeStatus& status, std::vector<std::string>& sentences) {
  if (!status.policy) return;
  for (const std::string& file : status.policy->ignored) {
    sentences.push_back(
        base::cat(base::quoted(file), " is ignored: ", admission::why_ignored(file), "."));
  }
}

void add_trusted_unproved(const NodeStatus& status, std::vector<std::string>& sentences) {
  if (!status.policy) return;
  for (const policy::TrustedRuntime& trusted : status.policy->runtimes_trusted_unproved.value) {
    sentences.push_back(base::cat("Nothing is proved of containers under ", trusted.runtime,
                                  ", which the policy trusts: ", trusted.because, "."));
  }
}

}  // namespace

std::optional<policy::Prove> proof_of(const EngineState& engine, const NodeStatus& status) {
  if (engine.coverage == Coverage::none || !status.policy) return std::nullopt;
  const policy::Prove asked = status.policy->prove.value;
  const bool observes = status.policy->mode.value == policy::Mode::observe;
  if (observes || asked == policy::Prove::never) return policy::Prove::never;
  return engine.coverage == Coverage::hook ? asked : policy::Prove::always;
}

std::vector<StatusLine> node_lines(const NodeStatus& status) {
  std::vector<StatusLine> lines = {
      program_line("shim", status.shim_path),
      program_line("hook", status.hook_path),
      policy_line(status),
      kernel_line(status),
      apparmor_line(status),
      gate_line(status),
  };
  std::ranges::move(denial_lines(status.denials, std::time(nullptr)), std::back_inserter(lines));
  return lines;
}

std::vector<StatusLine> engine_lines(const NodeStatus& status) {
  std::vector<StatusLine> lines;
  for (const EngineState& engine : status.engines.engines) {
    lines.push_back({engine.name, light_of(engine.coverage),
                     base::cat(name_of(engine.coverage), words_for(proof_of(engine, status)),
                               engine.detail.empty() ? "" : ": ", engine.detail)});
  }
  if (lines.empty()) lines.push_back({"engines", Light::note, "none found"});
  return lines;
}

std::vector<StatusLine> hook_lines(const NodeStatus& status) {
  std::vector<StatusLine> lines;
  for (const HookFile& hook : status.engines.hooks) {
    if (hook.fault.empty()) {
      lines.push_back(
          {"hooks.d", Light::good, base::cat(hook.path, ": ", hook.hook, ' ', hook.stage)});
    } else {
      lines.push_back({"hooks.d", Light::bad, base::cat(hook.path, ' ', hook.fault)});
    }
  }
  return lines;
}

std::vector<StatusLine> status_lines(const NodeStatus& status) {
  std::vector<StatusLine> lines = node_lines(status);
  std::ranges::move(engine_lines(status), std::back_inserter(lines));
  std::ranges::move(hook_lines(status), std::back_inserter(lines));
  return lines;
}

std::vector<std::string> not_covered(const NodeStatus& status) {
  std::vector<std::string> sentences;
  for (const EngineState& engine : status.engines.engines) {
    if (std::string sentence = uncovered_sentence(engine); !sentence.empty()) {
      sentences.push_back(std::move(sentence));
    }
    if (engine.name == name_of(policy::Engine::crio) && engine.coverage == Coverage::hook) {
      sentences.emplace_back(
          "CRI-O runs no hooks for pause containers: only the shim covers them.");
    }
  }
  if (status.policy && status.policy->mode.value == policy::Mode::observe) {
    sentences.emplace_back("Mode observe changes and refuses nothing: it only records.");
  }
  if (status.policy && status.policy->prove.value == policy::Prove::never) {
    sentences.emplace_back(
        "The policy asks for no proof: what the kernel installed is not read back.");
  }
  add_trusted_unproved(status, sentences);
  add_ignored_files(status, sentences);
  if (!status.facts.apparmor.enabled) {
    sentences.emplace_back("This kernel has no AppArmor: containers have no AppArmor profile.");
  }
  sentences.emplace_back(
      "Containers that started before Bulkhead was installed, and whoever runs an OCI runtime by "
      "hand, "
      "are outside of it.");
  return sentences;
}

}  // namespace bulkhead::cli
