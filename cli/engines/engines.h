// The container engines of this node, and whether Bulkhead is really in their path: read from their
// configuration files, each as the engine itself finds it.
//
// What an engine was told on its command line or by an administrator's own file elsewhere is not
// seen.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bulkhead::cli {

enum class Coverage : std::uint8_t {
  shim,  // the engine's default runtime is Bulkhead's
  hook,  // a hook of Bulkhead is in a directory that the engine reads
  both,
  optional,  // Bulkhead is one of its runtimes, but not the default
  none,
};
[[nodiscard]] std::string_view name_of(Coverage coverage);

struct EngineState {
  std::string name;  // "containerd", "cri-o", "podman", "docker"
  Coverage coverage = Coverage::none;
  std::string detail;  // which file says so, or what is missing
};

// Hooks of ours in hooks.d directories.
struct HookFile {
  std::string path;
  std::string hook;      // the program it names
  bool present = false;  // and it is executable
};

struct EngineReport {
  std::vector<EngineState> engines;  // that are installed
  std::vector<HookFile> hooks;
};

// `root` is put in front of every path: "" for the node, a fixture tree in tests.
[[nodiscard]] EngineReport find_engines(const std::string& root);

}  // namespace bulkhead::cli
