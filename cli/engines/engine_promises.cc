#include "cli/engines/engine_promises.h"

#include <algorithm>

#include "base/text.h"
#include "cli/engines/engines.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::Result;

void put_in(std::vector<EnginePromise>& promises, const EnginePromise& made) {
  std::erase_if(promises, [&](const EnginePromise& one) { return one.kind == made.kind; });
  promises.push_back(made);
  std::ranges::sort(promises, {}, &EnginePromise::kind);
}

// What an installation would not mend: others' files, or what stands at the shim's path.
void add_way_around(const RootTree& tree, const EnginePromise& promise,
                    std::vector<std::string>& broken) {
  const EngineRow& row = row_of(promise.kind);
  const EngineState state = state_of(tree, row);
  const Coverage promised = promise.runtime_class.empty() ? Coverage::shim : Coverage::optional;
  if (state.coverage >= promised) return;
  broken.push_back(cat(row.name, ": its containers go around the shim: ", name_of(state.coverage),
                       ", ", state.detail));
}

void add_engine(const RootTree& tree, const EnginePromise& promise, const std::string& directory,
                std::vector<std::string>& broken) {
  const std::string name(row_of(promise.kind).name);
  if (promise.stage == PromiseStage::changing) {
    broken.push_back(cat(name, ": its installation or removal was interrupted; `bulkhead install ",
                         name, "` or `bulkhead uninstall ", name, "` finishes it"));
    return;
  }
  const InstallWish wish{.directory = directory,
                         .hook = tree.exists(directory + "/bulkhead-hook"),
                         .runtime_class = promise.runtime_class};
  const auto edit = edit_to_install(promise.kind, tree, wish);
  if (!edit) {
    broken.push_back(cat(name, ": ", edit.error().sentence()));
    return;
  }
  for (const FileEdit& file : edit->files) {
    broken.push_back(cat(name, ": ", file.path, file.before ? " was changed" : " is gone",
                         " since Bulkhead was installed; `bulkhead install ", name,
                         " --dry-run` shows what is missing"));
  }
  if (edit->files.empty()) add_way_around(tree, promise, broken);
  if (!tree.exists(edit->shim)) broken.push_back(cat(name, ": ", edit->shim, " is gone"));
}

}  // namespace

Result<std::optional<EnginePromise>> promise_of(const RootTree& tree, EngineKind kind) {
  const auto installed = read_installed(tree);
  if (!installed) return std::unexpected(installed.error());
  const auto found = std::ranges::find(installed->promises, kind, &EnginePromise::kind);
  return found == installed->promises.end() ? std::nullopt : std::optional(*found);
}

Result<void> begin_change(const RootTree& tree, EnginePromise promise, const EngineEdit& edit) {
  auto installed = read_installed(tree);
  if (!installed) return std::unexpected(std::move(installed.error()));
  promise.stage = PromiseStage::changing;
  put_in(installed->promises, promise);
  add_missing_directories(tree, edit, *installed);
  return write_installed(tree, *installed);
}

Result<void> remember_promise(const RootTree& tree, const EnginePromise& made) {
  auto installed = read_installed(tree);
  if (!installed) return std::unexpected(std::move(installed.error()));
  if (std::ranges::find(installed->promises, made) != installed->promises.end()) return {};
  put_in(installed->promises, made);
  return write_installed(tree, *installed);
}

Result<void> forget_promise(const RootTree& tree, EngineKind kind) {
  auto installed = read_installed(tree);
  if (!installed) return std::unexpected(std::move(installed.error()));
  std::erase_if(installed->promises, [&](const EnginePromise& one) { return one.kind == kind; });
  return write_without_empty_directories(tree, *std::move(installed));
}

std::vector<std::string> broken_promises(const RootTree& tree, const std::string& directory) {
  const auto installed = read_installed(tree);
  if (!installed) return {installed.error().sentence()};
  std::vector<std::string> broken;
  for (const EnginePromise& promise : installed->promises)
    add_engine(tree, promise, directory, broken);
  return broken;
}

}  // namespace bulkhead::cli
