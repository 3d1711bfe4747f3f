// The container engines of this node, and what of Bulkhead stands in front of their containers, by
// their configuration files as each engine reads them (engine_config.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/engines/engine_hooks.h"

namespace bulkhead::cli {

// From the weakest to the strongest.
enum class Coverage : std::uint8_t {
  none,
  optional,  // Bulkhead is one of its runtimes, but not the default
  hook,      // a hook of Bulkhead is called for every container
  shim,      // the engine's default runtime is Bulkhead's
  both,
};
[[nodiscard]] std::string_view name_of(Coverage coverage);

// Where versions of an engine read its files in several ways, what holds in all of them.
struct EngineState {
  std::string name;  // "containerd", "cri-o", "podman", "docker"
  Coverage coverage = Coverage::none;
  std::string detail;  // which file says so, or what is missing
};

[[nodiscard]] EngineState state_of(const RootTree& tree, const EngineRow& row);

struct EngineReport {
  std::vector<EngineState> engines;  // that are installed
  std::vector<HookFile> hooks;       // in directories that one of them reads
};
[[nodiscard]] EngineReport find_engines(const RootTree& tree);

}  // namespace bulkhead::cli
