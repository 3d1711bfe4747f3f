#include <algorithm>
#include <array>

#include "base/json_writer.h"
#include "base/text.h"
#include "policy/decide/decide_parts.h"

namespace bulkhead::policy {

using oci_config::HookEntry;

namespace {

// Longer than anything the hook waits for, shorter than an engine's own limit (kubelet: 2 minutes).
constexpr unsigned kTimeoutSeconds = 30;

bool has_entry(const std::vector<HookEntry>& hooks, std::string_view path) {
  return std::ranges::any_of(hooks, [&](const HookEntry& hook) { return hook.path == path; });
}

std::string entry(std::string_view path, std::string_view stage) {
  base::JsonWriter json;
  json.begin_object();
  json.member("path", path);
  json.strings("args", std::array{std::string_view("bulkhead-hook"), stage});
  json.strings("env", std::array{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"});
  json.member("timeout", kTimeoutSeconds);
  json.end_object();
  return json.take();
}

void add_paths(const std::vector<HookEntry>& hooks, std::vector<std::string>& paths) {
  for (const HookEntry& hook : hooks) paths.push_back(hook.path);
}

// Hooks of poststart and poststop run when the program has begun, or was never to begin.
PlannedStart planned_start(const oci_config::RuntimeSpec& spec) {
  PlannedStart start{.has_create_container_hooks = !spec.create_container_hooks.empty(),
                     .shares_everything = spec.namespaces.empty()};
  for (const auto* hooks : {&spec.prestart_hooks, &spec.create_runtime_hooks,
                            &spec.create_container_hooks, &spec.start_container_hooks}) {
    add_paths(*hooks, start.hook_paths);
  }
  return start;
}

}  // namespace

// hooks.d (CRI-O, Podman) may have put the entries there already, as createRuntime or as prestart.
void decide_hooks(const Question& question, Draft& draft) {
  draft.plan.start = planned_start(question.spec);
  const std::string& path = question.facts.hook_path;
  if (path.empty() || draft.plan.prove == Prove::never) return;
  const auto& spec = question.spec;
  if (!has_entry(spec.create_runtime_hooks, path) && !has_entry(spec.prestart_hooks, path)) {
    draft.set_member(Change::hooks, "/hooks/createRuntime/-", entry(path, "createRuntime"));
  }
  if (!has_entry(spec.poststop_hooks, path)) {
    draft.set_member(Change::hooks, "/hooks/poststop/-", entry(path, "poststop"));
  }
}

}  // namespace bulkhead::policy
