#include "cli/engines/engine_promises.h"

#include <algorithm>

#include "base/text.h"
#include "cli/engines/engines.h"
#include "oci-config/json.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::Result;

constexpr const char* kFile = "/var/lib/bulkhead/installed.json";

struct StageRow {
  PromiseStage stage;
  std::string_view name;
};
constexpr StageRow kStages[] = {
    {PromiseStage::changing, "changing"},
    {PromiseStage::unread, "unread"},
    {PromiseStage::kept, "kept"},
};

std::string text_of(const EnginePromise& one) {
  const auto& row = *std::ranges::find(kStages, one.stage, &StageRow::stage);
  return cat(base::json_string(row_of(one.kind).name),
             ": { \"runtime_class\": ", base::json_string(one.runtime_class),
             ", \"stage\": ", base::json_string(row.name), " }");
}

std::string string_in(const oci_config::JsonValue& object, std::string_view name) {
  const auto value = object.member(name);
  const bool is_text = value && value->is(oci_config::JsonType::string);
  return is_text ? std::string(value->string()) : std::string();
}

EnginePromise promise_from(EngineKind kind, const oci_config::JsonValue& made) {
  EnginePromise promise{.kind = kind, .runtime_class = string_in(made, "runtime_class")};
  const std::string stage = string_in(made, "stage");
  const auto* row = std::ranges::find(kStages, stage, &StageRow::name);
  if (row != std::end(kStages)) promise.stage = row->stage;
  return promise;
}

Result<void> write_promises(const RootTree& tree, const std::vector<EnginePromise>& promises) {
  if (promises.empty()) return tree.remove(kFile);
  std::string text = "{";
  for (const EnginePromise& one : promises) {
    text += cat(text.size() == 1 ? "" : ",", "\n  ", text_of(one));
  }
  return tree.write(kFile, text + "\n}\n");
}

Result<std::vector<EnginePromise>> without(const RootTree& tree, EngineKind kind) {
  auto promises = read_promises(tree);
  if (promises) {
    std::erase_if(*promises, [&](const EnginePromise& one) { return one.kind == kind; });
  }
  return promises;
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

Result<std::vector<EnginePromise>> read_promises(const RootTree& tree) {
  std::vector<EnginePromise> promises;
  auto text = tree.read(kFile);
  if (!text) return std::unexpected(std::move(text.error()));
  if (!*text) return promises;
  const auto document = oci_config::JsonDocument::parse(std::move(**text), {.described = kFile});
  if (!document) return std::unexpected(document.error());
  for (const EngineRow& row : engine_table()) {
    const auto made = document->root().member(row.name);
    if (!made) continue;
    promises.push_back(promise_from(row.kind, *made));
  }
  return promises;
}

Result<std::optional<EnginePromise>> promise_of(const RootTree& tree, EngineKind kind) {
  const auto promises = read_promises(tree);
  if (!promises) return std::unexpected(promises.error());
  const auto found = std::ranges::find(*promises, kind, &EnginePromise::kind);
  return found == promises->end() ? std::nullopt : std::optional(*found);
}

Result<void> remember_promise(const RootTree& tree, const EnginePromise& made) {
  const auto before = promise_of(tree, made.kind);
  auto promises = without(tree, made.kind);
  if (!before || !promises) return std::unexpected((before ? promises.error() : before.error()));
  if (*before && (*before)->runtime_class == made.runtime_class && (*before)->stage == made.stage)
    return {};
  promises->push_back(made);
  std::ranges::sort(*promises, {}, &EnginePromise::kind);
  return write_promises(tree, *promises);
}

Result<void> forget_promise(const RootTree& tree, EngineKind kind) {
  const auto promises = without(tree, kind);
  if (!promises) return std::unexpected(promises.error());
  return write_promises(tree, *promises);
}

std::vector<std::string> broken_promises(const RootTree& tree, const std::string& directory) {
  const auto promises = read_promises(tree);
  if (!promises) return {promises.error().sentence()};
  std::vector<std::string> broken;
  for (const EnginePromise& promise : *promises) add_engine(tree, promise, directory, broken);
  return broken;
}

}  // namespace bulkhead::cli
