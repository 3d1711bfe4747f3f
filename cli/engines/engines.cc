#include "cli/engines/engines.h"

#include <algorithm>

#include "base/text.h"
#include "cli/engines/engine_config.h"
#include "cli/engines/engine_config_parts.h"
#include "cli/names/programs.h"

namespace bulkhead::cli {

namespace {

using base::cat;

// A link by our name may lead elsewhere, as it does while a removed package's containers run.
bool is_shim(const RootTree& tree, const std::string& program) {
  return names_shim(program) && (!program.contains('/') || names_shim(tree.final_name(program)));
}

EngineState by_runtime(const RootTree& tree, const EngineView& view) {
  const std::string file = view.file.empty() ? "" : cat(" (", view.file, ')');
  if (is_shim(tree, view.program))
    return {.coverage = Coverage::shim, .detail = cat("default runtime ", view.program, file)};
  EngineState state{.detail = cat("default runtime is ", base::quoted(view.runtime), file)};
  for (const auto& [name, program] : view.programs) {
    if (state.coverage == Coverage::optional || !is_shim(tree, program)) continue;
    state.coverage = Coverage::optional;
    state.detail += cat(", Bulkhead's is ", base::quoted(name));
  }
  return state;
}

// The hook adds to what the shim covers.
EngineState with_hook(EngineState state, const HookFile& hook) {
  state.coverage = state.coverage == Coverage::shim ? Coverage::both : Coverage::hook;
  state.detail += cat(", hook ", hook.path);
  return state;
}

EngineState state_in(const RootTree& tree, const EngineView& view) {
  EngineState state = by_runtime(tree, view);
  const auto hooks = hooks_in(tree, view.hook_directories);
  const auto holding = std::ranges::find_if(hooks, &HookFile::holds);
  return holding == hooks.end() ? state : with_hook(std::move(state), *holding);
}

EngineState weakest_state(const RootTree& tree, const std::vector<EngineView>& views) {
  std::vector<EngineState> states;
  for (const EngineView& view : views) states.push_back(state_in(tree, view));
  return *std::ranges::min_element(states, {}, &EngineState::coverage);
}

void add_hooks(EngineReport& report, std::vector<HookFile> hooks) {
  for (HookFile& hook : hooks) {
    if (std::ranges::find(report.hooks, hook.path, &HookFile::path) == report.hooks.end())
      report.hooks.push_back(std::move(hook));
  }
}

}  // namespace

std::string_view name_of(Coverage coverage) {
  switch (coverage) {
    case Coverage::shim: return "shim";
    case Coverage::hook: return "hook";
    case Coverage::both: return "shim+hook";
    case Coverage::optional: return "optional";
    case Coverage::none: return "not covered";
  }
  return "not covered";
}

EngineState state_of(const RootTree& tree, const EngineRow& row) {
  const auto views = row.views(tree);
  EngineState state =
      views ? weakest_state(tree, *views) : EngineState{.detail = views.error().message};
  state.name = name_of(row.engine);
  return state;
}

EngineReport find_engines(const RootTree& tree) {
  EngineReport report;
  for (const EngineRow& row : engine_table()) {
    if (find_program(tree.root(), std::string(row.program)).empty()) continue;
    report.engines.push_back(state_of(tree, row));
    const auto views = row.views(tree).value_or(std::vector<EngineView>());
    for (const EngineView& view : views) add_hooks(report, hooks_in(tree, view.hook_directories));
  }
  return report;
}

}  // namespace bulkhead::cli
