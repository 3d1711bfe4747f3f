#include "cli/install/install_steps.h"

#include <optional>

#include "base/text.h"
#include "cli/engines/engine_config_apply.h"
#include "cli/engines/engine_promises.h"
#include "cli/engines/run_program.h"
#include "cli/install/engine_config_proof.h"
#include "cli/install/engine_config_steps.h"
#include "cli/install/held_interrupts.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;

constexpr int kAsk_ms = 20'000;

// A reader of the output sees each step when it is taken.
void tell(const InstallRun& run, EngineKind kind, std::string_view sentence) {
  run.output.line(cat(row_of(kind).name, ": ", sentence));
  (void)run.output.flush();  // the caller's own flush tells of a reader that is gone
}

Result<void> make_link(const RootTree& tree, const std::string& shim) {
  if (tree.exists(shim)) return {};
  return tree.link(shim, "bulkhead-shim");
}

// Before any engine depends on it.
Result<void> check_shim_runs(const InstallRun& run, const std::string& shim) {
  if (!run.tree.root().empty()) return {};
  const auto ran = run_program({shim, "--version"}, kAsk_ms);
  if (ran && ran->exit_code == 0) return {};
  const std::string why = ran ? base::quoted(ran->output, 1024) : ran.error().sentence();
  return base::fail(ErrorCode::runtime, cat(base::quoted(shim), " --version fails: ", why),
                    "nothing was changed, because no container would start through it");
}

// Returns the stage in which the promise is then.
Result<PromiseStage> after_writing(const InstallRun& run, EngineKind kind, const EngineEdit& edit,
                                   bool unread) {
  ProofRequest proof{.kind = kind,
                     .shim = edit.shim,
                     .behind = edit.runtime,
                     .runtime_class = run.runtime_class,
                     .paths = run.paths,
                     .proof_expected = run.proof_expected};
  if (run.verify) {
    if (auto reads = check_engine_reads(proof); !reads) return std::unexpected(reads.error());
  }
  if (unread && run.restart) {
    auto read = make_daemon_read(kind, run.output);
    if (!read) return std::unexpected(std::move(read.error()));
    tell(run, kind, read->sentence);
    unread = !read->done;
  } else if (unread && !row_of(kind).unit.empty() && run.tree.root().empty()) {
    tell(run, kind, "its daemon was left alone: until it restarts, containers start as before");
  }
  const PromiseStage stage = unread && run.tree.root().empty() && !row_of(kind).unit.empty()
                                 ? PromiseStage::unread
                                 : PromiseStage::kept;
  if (!run.verify) return stage;
  proof.daemon_has_read = stage == PromiseStage::kept;
  tell(run, kind, "starts one container, to see that it is confined");
  auto sentence = prove_engine(proof);
  if (!sentence) return std::unexpected(std::move(sentence.error()));
  tell(run, kind, *sentence);
  return stage;
}

Result<void> put_back(const InstallRun& run, EngineKind kind, const EngineEdit& edit,
                      const std::optional<EnginePromise>& promise) {
  // Seen from here, what was before is what the edit leads to.
  const auto away = edit_to_uninstall(kind, run.tree);
  const bool let_go =
      run.restart && away && hand_over(run.tree, kind, *away, run.output).value_or(false);
  if (auto back = revert_edit(run.tree, edit); !back) return back;
  if (let_go && !edit.files.empty()) (void)make_daemon_read(kind, run.output);
  return promise ? remember_promise(run.tree, *promise) : forget_promise(run.tree, kind);
}

Result<PromiseStage> change(const InstallRun& run, EngineKind kind, const EngineEdit& edit,
                            bool unread) {
  if (!edit.files.empty()) {
    auto noted = begin_change(run.tree, {kind, run.runtime_class, PromiseStage::changing}, edit);
    if (!noted) return std::unexpected(std::move(noted.error()));
  }
  write_changes(edit, row_of(kind).name, run.output);
  const auto let_go =
      run.restart ? hand_over(run.tree, kind, edit, run.output) : Result<bool>(true);
  if (!let_go) return std::unexpected(let_go.error());
  if (auto done = apply_edit(run.tree, edit); !done)
    return std::unexpected(std::move(done.error()));
  return after_writing(run, kind, edit, unread || !edit.files.empty());
}

void summarise(const InstallRun& run, EngineKind kind, const EngineEdit& edit) {
  tell(run, kind, cat(edit.shim, " in front of ", edit.runtime));
  for (const std::string& note : edit.notes) tell(run, kind, cat("note: ", note));
  tell(run, kind, cat("to go back: bulkhead uninstall ", row_of(kind).name));
}

}  // namespace

Result<void> install_engine(const InstallRun& run, EngineKind kind, const EngineEdit& edit) {
  const HeldInterrupts held;
  if (auto linked = make_link(run.tree, edit.shim); !linked) return linked;
  if (auto runs = check_shim_runs(run, edit.shim); !runs) return runs;
  const auto before = promise_of(run.tree, kind);
  if (!before) return std::unexpected(before.error());
  const bool unread = *before && (*before)->stage != PromiseStage::kept;
  auto stage = change(run, kind, edit, unread);
  if (stage && HeldInterrupts::came()) stage = HeldInterrupts::error();
  if (!stage) {
    const auto back = put_back(run, kind, edit, *before);
    const std::string outcome = back ? std::string("the configuration was put back as it was")
                                     : cat("and putting it back failed: ", back.error().message);
    stage.error().remedy =
        cat(stage.error().remedy, stage.error().remedy.empty() ? "" : "; ", outcome);
    return std::unexpected(std::move(stage.error()));
  }
  if (auto kept = remember_promise(run.tree, {kind, run.runtime_class, *stage}); !kept) return kept;
  summarise(run, kind, edit);
  return {};
}

}  // namespace bulkhead::cli
