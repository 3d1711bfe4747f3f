#include "cli/install/install_command.h"

#include <optional>

#include "admission/examine.h"
#include "base/text.h"
#include "cli/engines/engine_answer.h"
#include "cli/engines/engine_config.h"
#include "cli/engines/engine_config_apply.h"
#include "cli/install/engine_config_steps.h"
#include "cli/install/install_steps.h"
#include "cli/install/install_watcher.h"
#include "cli/names/programs.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ErrorCode;
using base::ExitCode;
using base::Result;

struct Planned {
  EngineKind kind;
  EngineEdit edit;
};

// One file sets the mode, so that a later `--mode` replaces it and the owner's policy stays as it
// is.
std::string mode_file(const std::string& settings) {
  return settings + "/policy.d/00-install.json";
}

base::Paths paths_below(const std::string& root, base::Paths paths) {
  for (std::string* path : {&paths.settings, &paths.state, &paths.cache, &paths.log})
    path->insert(0, root);
  return paths;
}

Result<InstallWish> programs_of(const RootTree& tree, const std::string& runtime_class) {
  const std::string shim = find_own(tree.root(), "bulkhead-shim");
  if (shim.empty()) {
    return base::fail(ErrorCode::runtime,
                      cat("bulkhead-shim is not installed below ",
                          base::quoted(tree.root().empty() ? "/" : tree.root())),
                      "install the package, or `make install`, first");
  }
  const std::string directory = shim.substr(0, shim.rfind('/'));
  return InstallWish{.directory = directory,
                     .hook = tree.exists(directory + "/bulkhead-hook"),
                     .runtime_class = runtime_class};
}

Result<void> check_names(const std::string& mode, const std::string& runtime_class) {
  if (!mode.empty() && mode != "observe" && mode != "enforce") {
    return base::fail(ErrorCode::usage, cat("--mode does not know ", base::quoted(mode)),
                      "it takes observe, enforce");
  }
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-";
  if (runtime_class.find_first_not_of(kAllowed) != std::string::npos) {
    return base::fail(ErrorCode::usage,
                      cat("--runtime-class does not take ", base::quoted(runtime_class)),
                      "it takes lower-case letters, digits and '-', as Kubernetes does");
  }
  return {};
}

EngineEdit mode_edit(const RootTree& tree, const base::Paths& paths, const std::string& mode) {
  EngineEdit edit;
  const std::string path = mode_file(paths.settings);
  const std::string text = cat("{ \"version\": 1, \"mode\": ", base::json_string(mode), " }\n");
  const auto before = tree.read(path);
  if (before && *before != text) edit.files.push_back({path, *before, text});
  return edit;
}

// A policy that is not valid refuses every container: better to hear of it before.
Result<policy::Policy> valid_policy(const base::Paths& paths) {
  auto policy = admission::load_policy(paths);
  if (!policy)
    return std::unexpected(
        std::move(policy.error()).within("nothing was changed, because no container would start"));
  return policy;
}

bool proof_expected(const policy::Policy& policy, const std::string& mode) {
  const bool enforces =
      mode.empty() ? policy.mode.value == policy::Mode::enforce : mode == "enforce";
  return enforces && policy.prove.value != policy::Prove::never;
}

Result<std::vector<Planned>> plan_all(const RootTree& tree, const std::vector<EngineKind>& kinds,
                                      const InstallWish& wish, bool skip_unsupported,
                                      Output& output) {
  std::vector<Planned> planned;
  for (const EngineKind kind : kinds) {
    const std::string_view name = row_of(kind).name;
    if (!is_found(tree, kind)) {
      return base::fail(ErrorCode::runtime, cat(name, " is not installed"),
                        "--all-found takes those that are");
    }
    const auto agrees = tree.root().empty() ? check_engine_agrees(kind, tree) : Result<void>();
    auto edit = agrees ? edit_to_install(kind, tree, wish)
                       : Result<EngineEdit>(std::unexpected(agrees.error()));
    if (edit) {
      planned.push_back({kind, std::move(*edit)});
    } else if (skip_unsupported && edit.error().code == ErrorCode::unsupported) {
      output.line(cat(name, ": left alone: ", edit.error().sentence()));
    } else {
      return std::unexpected(std::move(edit.error()).within(name));
    }
  }
  return planned;
}

Result<void> check_all_writable(const RootTree& tree, const std::vector<Planned>& planned,
                                const EngineEdit& mode) {
  if (auto can = check_writable(tree, mode); !can) return can;
  for (const Planned& one : planned) {
    if (auto can = check_writable(tree, one.edit); !can) return can;
  }
  return {};
}

// The mode holds for every engine of the node. It goes back only with the first engine: with it,
// those before the one that failed were proved.
Result<void> install_all(const InstallRun& run, const std::vector<Planned>& planned,
                         const EngineEdit& mode) {
  if (!mode.files.empty()) write_changes(mode, "policy", run.output);
  if (auto set = apply_edit(run.tree, mode); !set) return set;
  for (const Planned& one : planned) {
    auto done = install_engine(run, one.kind, one.edit);
    if (done) continue;
    if (&one == &planned.front() && !mode.files.empty()) {
      const auto back = revert_edit(run.tree, mode);
      done.error().remedy = cat(
          done.error().remedy, back ? "; so was the policy's mode" : "; the policy's mode was not");
    }
    return std::unexpected(std::move(done.error()).within(row_of(one.kind).name));
  }
  return {};
}

ExitCode show(const std::vector<Planned>& planned, const EngineEdit& mode, Output& output) {
  bool changes = !mode.files.empty();
  if (changes) write_diffs(mode, "policy", output);
  for (const Planned& one : planned) {
    write_diffs(one.edit, row_of(one.kind).name, output);
    changes |= !one.edit.files.empty();
  }
  return changes ? ExitCode::different : ExitCode::ok;
}

}  // namespace

CommandHelp InstallCommand::help() const {
  return {
      .name = "install",
      .summary = "put Bulkhead into the path of this node's engines",
      .description =
          "Makes the shim the default runtime of containerd, crio, podman or docker, and adds the "
          "hook where the engine reads hooks. What the previous runtime was given is carried over; "
          "the previous runtime stands behind the shim. Then one container is started through the "
          "engine; when its confinement is not proved, or on Ctrl-C, the configuration is put "
          "back. Last, the watcher is started where systemd runs the node, or the line that starts "
          "it is printed, and how to see a denial. Doing it twice changes nothing.",
      .exit_codes =
          "0 when it is done; with --dry-run 1 when something would change. After any other code "
          "the engine that is named is configured as before.",
      .examples = {"bulkhead install --all-found --dry-run",
                   "bulkhead install containerd --mode observe",
                   "bulkhead install crio --runtime-class confined"},
  };
}

std::vector<Option> InstallCommand::options() {
  return {
      {"ENGINE", "", "containerd, crio, podman, docker", &engines_},
      {"--all-found", "", "every engine that is installed", &all_found_},
      {"--dry-run", "", "print the exact changes and make none", &dry_run_},
      {"--mode", "MODE", "observe or enforce: set the policy's mode", &mode_},
      {"--runtime-class", "NAME", "a handler of that name; the default stays", &runtime_class_},
      {"--no-restart", "", "leave daemons alone", &no_restart_},
      {"--no-verify", "", "start no container afterwards", &no_verify_},
      {"--no-watch", "", "start no watcher, and say nothing of one", &no_watch_},
      {"--root", "DIR", "work on the root tree there; nothing is started", &root_},
  };
}

Result<ExitCode> InstallCommand::run(Environment& environment) {
  if (const auto known = check_names(mode_, runtime_class_); !known)
    return std::unexpected(known.error());
  const auto tree = RootTree::open(root_.empty() ? environment.root : root_);
  if (!tree) return std::unexpected(tree.error());
  if (!dry_run_) {
    if (const auto locked = tree->lock(); !locked) return std::unexpected(locked.error());
  }
  const auto kinds = chosen_engines(*tree, {engines_, all_found_, "install"});
  if (!kinds) return std::unexpected(kinds.error());
  const auto wish = programs_of(*tree, runtime_class_);
  if (!wish) return std::unexpected(wish.error());
  const auto policy = valid_policy(paths_below(tree->root(), environment.paths));
  if (!policy) return std::unexpected(policy.error());
  Output& output = environment.output;
  const auto planned = plan_all(*tree, *kinds, *wish, all_found_ && engines_.empty(), output);
  if (!planned) return std::unexpected(planned.error());
  if (planned->empty()) output.line("no engine to install for was found");
  const EngineEdit mode = mode_.empty() ? EngineEdit{} : mode_edit(*tree, environment.paths, mode_);
  if (dry_run_) return show(*planned, mode, output);

  if (const auto can = check_all_writable(*tree, *planned, mode); !can)
    return std::unexpected(can.error());
  const bool live = tree->root().empty();
  const InstallRun run{.tree = *tree,
                       .paths = environment.paths,
                       .runtime_class = runtime_class_,
                       .proof_expected = proof_expected(*policy, mode_),
                       .restart = live && !no_restart_,
                       .verify = live && !no_verify_,
                       .output = output};
  if (auto done = install_all(run, *planned, mode); !done)
    return std::unexpected(std::move(done.error()));
  if (!planned->empty() && !no_watch_) {
    tell_how_to_see_denials({environment.paths, tree->root(), run.restart}, output);
  }
  return ExitCode::ok;
}

}  // namespace bulkhead::cli
