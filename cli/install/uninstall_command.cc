#include "cli/install/uninstall_command.h"

#include <algorithm>

#include "base/directory.h"
#include "base/text.h"
#include "cli/engines/engine_config.h"
#include "cli/engines/engine_config_apply.h"
#include "cli/engines/engine_promises.h"
#include "cli/install/engine_config_steps.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ExitCode;
using base::Result;

// Drop-ins may be left of an engine that is no longer installed, so `--all-found` asks the files.
std::vector<EngineKind> every_engine() {
  std::vector<EngineKind> kinds;
  for (const EngineRow& row : engine_table()) kinds.push_back(row.kind);
  return kinds;
}

Result<void> have_it_read(const RootTree& tree, EngineKind kind, bool restart, Output& output) {
  const EngineRow& row = row_of(kind);
  if (restart) {
    auto read = make_daemon_read(kind, output);
    if (!read) return std::unexpected(std::move(read.error()));
    output.line(cat(row.name, ": ", read->sentence));
  } else if (tree.root().empty() && !row.unit.empty()) {
    output.line(cat(row.name,
                    ": its daemon was left alone: restart it before Bulkhead's programs "
                    "are removed"));
  }
  return {};
}

// A daemon that has not read what an interrupted command changed is found by the stage of its
// promise, where no file is left to change.
Result<void> undo(const RootTree& tree, EngineKind kind, const EngineEdit& edit, bool restart,
                  Output& output) {
  if (auto can = check_writable(tree, edit); !can) return can;
  const auto promise = promise_of(tree, kind);
  if (!promise) return std::unexpected(promise.error());
  const bool unread = *promise && (*promise)->stage != PromiseStage::kept;
  if (!edit.files.empty()) {
    const EnginePromise changing = promise->value_or(EnginePromise{.kind = kind});
    if (auto noted = begin_change(tree, changing, edit); !noted) return noted;
    write_changes(edit, row_of(kind).name, output);
  }
  const auto let_go = restart ? hand_over(tree, kind, edit, output) : Result<bool>(false);
  if (!let_go) return std::unexpected(let_go.error());
  if (auto done = apply_edit(tree, edit); !done) return done;
  if (unread || !edit.files.empty()) {
    if (auto done = have_it_read(tree, kind, *let_go, output); !done) return done;
  }
  for (const std::string& note : edit.notes) output.line(cat(row_of(kind).name, ": note: ", note));
  return forget_promise(tree, kind);
}

// The owner's settings stay, and would count again.
void tell_of_recordings(const RootTree& tree, Environment& environment) {
  const std::string directory = cat(environment.paths.settings, "/record.d");
  const auto names = base::names_in(base::Directory(tree.root() + directory));
  if (std::ranges::none_of(names, [](const auto& name) { return name.ends_with(".json"); })) return;
  environment.output.line(
      cat("what is to be recorded stays, as the policy does, and is recorded "
          "when Bulkhead is installed again: ",
          directory));
}

}  // namespace

CommandHelp UninstallCommand::help() const {
  return {
      .name = "uninstall",
      .summary = "take Bulkhead out of the path of this node's engines",
      .description =
          "Puts the engines' configuration back as it was before `bulkhead install`, and leaves "
          "alone what was changed in it since by others. Programs stay, because containers that "
          "run need them to be stopped; the policy stays too, and what is "
          "to be recorded.",
      .exit_codes = "0 when it is done; with --dry-run 1 when something would change.",
      .examples = {"bulkhead uninstall containerd", "bulkhead uninstall --all-found --dry-run"},
  };
}

std::vector<Option> UninstallCommand::options() {
  return {
      {"ENGINE", "", "containerd, crio, podman, docker", &engines_},
      {"--all-found", "", "every engine whose configuration names Bulkhead", &all_found_},
      {"--dry-run", "", "print the exact changes and make none", &dry_run_},
      {"--no-restart", "", "leave daemons alone", &no_restart_},
      {"--root", "DIR", "work on the root tree there; nothing is started", &root_},
  };
}

Result<ExitCode> UninstallCommand::run(Environment& environment) {
  const auto tree = RootTree::open(root_.empty() ? environment.root : root_);
  if (!tree) return std::unexpected(tree.error());
  if (!dry_run_) {
    if (const auto locked = tree->lock(); !locked) return std::unexpected(locked.error());
  }
  auto kinds = chosen_engines(*tree, {engines_, all_found_, "uninstall"});
  if (!kinds) return std::unexpected(kinds.error());
  if (all_found_) kinds = every_engine();
  const bool restart = tree->root().empty() && !no_restart_;
  bool changes = false;
  for (const EngineKind kind : *kinds) {
    const std::string_view name = row_of(kind).name;
    const auto edit = edit_to_uninstall(kind, *tree);
    if (!edit) return std::unexpected(base::Error(edit.error()).within(name));
    changes |= !edit->files.empty();
    if (dry_run_) {
      if (!edit->files.empty()) write_diffs(*edit, name, environment.output);
      continue;
    }
    if (auto done = undo(*tree, kind, *edit, restart, environment.output); !done)
      return std::unexpected(std::move(done.error()).within(name));
  }
  if (!dry_run_) tell_of_recordings(*tree, environment);
  if (!changes) environment.output.line("nothing to change: no configuration names Bulkhead");
  return dry_run_ && changes ? ExitCode::different : ExitCode::ok;
}

}  // namespace bulkhead::cli
