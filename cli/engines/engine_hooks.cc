#include "cli/engines/engine_hooks.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "cli/engines/engine_config_parts.h"
#include "oci-config/json.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::Result;
using oci_config::JsonType;
using oci_config::JsonValue;

struct SharedHook {
  const char* file;
  const char* stage;
};
constexpr SharedHook kSharedHookFiles[] = {
    {"/50-bulkhead-poststop.json", "poststop"},
    {"/50-bulkhead.json", "createRuntime"},
};

bool is_holding_stage(std::string_view stage) {
  return stage == "createRuntime" || stage == "prestart";
}

// Go takes a key in any case, and of several the last. So each must be one of these, as written.
bool has_only(const std::optional<JsonValue>& object, std::vector<std::string_view> keys) {
  if (!object || !object->is(JsonType::object)) return false;
  for (auto member = object->first(); member; member = member->next()) {
    if (std::ranges::find(keys, member->key()) == keys.end()) return false;
  }
  return true;
}

bool is_understood(const oci_config::JsonDocument& document) {
  const auto version = document.find("/version");
  return version && version->is(JsonType::string) && version->string() == "1.0.0" &&
         has_only(document.root(), {"version", "hook", "when", "stages"}) &&
         has_only(document.find("/hook"), {"path", "args", "env", "timeout"});
}

// Further conditions would have to be met as well.
bool is_always(const oci_config::JsonDocument& document) {
  const auto always = document.find("/when/always");
  return has_only(document.find("/when"), {"always"}) && always && always->is(JsonType::boolean) &&
         always->boolean();
}

std::vector<std::string> strings_at(const oci_config::JsonDocument& document,
                                    std::string_view pointer) {
  const auto list = document.find(pointer);
  return list ? list->read_string_array().value_or(std::vector<std::string>())
              : std::vector<std::string>();
}

// createRuntime and prestart do the same, and the runtime calls one where it is told the other.
bool is_called_for(std::string_view stage, const std::vector<std::string>& stages) {
  return std::ranges::any_of(stages, [&](const std::string& called) {
    return called == stage || (is_holding_stage(called) && is_holding_stage(stage));
  });
}

std::string fault_of(const RootTree& tree, const HookFile& hook,
                     const oci_config::JsonDocument& document) {
  if (!tree.is_program(hook.hook)) return cat("names a program that is missing: ", hook.hook);
  if (!is_understood(document))
    return "is not of the form 1.0.0, or has keys that it does not know";
  if (!is_always(document)) return "is not for every container";
  if (is_called_for(hook.stage, strings_at(document, "/stages"))) return {};
  return cat("is not called at the stage for which its program is told to act: ",
             base::quoted(hook.stage));
}

std::optional<HookFile> hook_at(const RootTree& tree, const std::string& path) {
  auto text = tree.read(path);
  if (!text || !*text) return std::nullopt;
  const auto document = oci_config::JsonDocument::parse(std::move(**text), {.described = path});
  if (!document) return std::nullopt;
  const auto program = document->find("/hook/path");
  if (!program || !program->is(JsonType::string)) return std::nullopt;
  HookFile hook{.path = path, .hook = std::string(program->string())};
  if (!hook.hook.ends_with("/bulkhead-hook")) return std::nullopt;
  const std::vector<std::string> arguments = strings_at(*document, "/hook/args");
  if (arguments.size() > 1) hook.stage = arguments[1];
  hook.fault = fault_of(tree, hook, *document);
  return hook;
}

}  // namespace

bool HookFile::holds() const { return fault.empty() && is_holding_stage(stage); }

std::vector<HookFile> hooks_in(const RootTree& tree, const std::vector<std::string>& directories) {
  std::map<std::string, std::string> in_force;  // name → path
  for (const std::string& directory : directories) {
    for (const std::string& name : tree.names_in(directory)) {
      if (name.ends_with(".json")) in_force[name] = cat(directory, '/', name);
    }
  }
  std::vector<HookFile> hooks;
  for (const auto& [name, path] : in_force) {
    if (auto hook = hook_at(tree, path)) hooks.push_back(std::move(*hook));
  }
  return hooks;
}

std::string hook_json(std::string_view program, std::string_view stage) {
  return cat("{\n  \"version\": \"1.0.0\",\n  \"hook\": {\n    \"path\": ",
             base::json_string(program), ",\n    \"args\": [\"bulkhead-hook\", \"", stage,
             "\"],\n    \"timeout\": 20\n  },\n  \"when\": { \"always\": true },\n"
             "  \"stages\": [\"",
             stage, "\"]\n}\n");
}

Result<void> add_shared_hooks(EngineEdit& edit, const RootTree& tree, const InstallWish& wish) {
  if (!wish.hook) return {};
  for (const SharedHook& hook : kSharedHookFiles) {
    const auto added = add_edit(edit, tree, cat(kSharedHooks, hook.file),
                                hook_json(wish.directory + "/bulkhead-hook", hook.stage));
    if (!added) return added;
  }
  return {};
}

Result<void> remove_shared_hooks(EngineEdit& edit, const RootTree& tree,
                                 const std::string& other_directory) {
  for (const std::string& name : tree.names_in(other_directory)) {
    if (is_our_drop_in(name)) return {};
  }
  for (const SharedHook& hook : kSharedHookFiles) {
    const auto removed = add_edit(edit, tree, cat(kSharedHooks, hook.file), std::nullopt);
    if (!removed) return removed;
  }
  return {};
}

}  // namespace bulkhead::cli
