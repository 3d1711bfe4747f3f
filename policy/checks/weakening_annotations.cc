#include "policy/checks/weakening_annotations.h"

#include <algorithm>

namespace bulkhead::policy {

namespace {

constexpr WeakeningAnnotation kRows[] = {
    {"module.wasm.image/variant", "makes crun run a WebAssembly module in the program's place"},
    {"run.oci.handler", "makes another program than the runtime start the container"},
    {"run.oci.seccomp.plugins", "hands system calls to plugins that may allow them"},
    {"run.oci.seccomp.receiver", "hands system calls to a listener that may allow them"},
    {"run.oci.seccomp_bpf_data", "replaces the whole seccomp filter", true},
};

// Makes crun stricter: an unknown syscall name becomes an error.
constexpr std::string_view kStricter = "run.oci.seccomp_fail_unknown_syscall";

bool names(std::string_view entry, std::string_view key) {
  return entry.ends_with('.') ? key.starts_with(entry) : key == entry;
}

}  // namespace

std::span<const WeakeningAnnotation> weakening_annotations() { return kRows; }

std::string_view effect_of_annotation(std::string_view key, const RuntimeFeatures& runtime) {
  for (const WeakeningAnnotation& row : kRows) {
    if (row.key == key) return row.effect;
  }
  if (key == kStricter || key.find("seccomp") == std::string_view::npos) return {};
  const bool unsafe = std::ranges::any_of(runtime.unsafe_annotations,
                                          [&](const auto& entry) { return names(entry, key); });
  return unsafe ? std::string_view("is about seccomp and unsafe by the runtime's own account")
                : std::string_view();
}

bool voids_filter(std::string_view key, const RuntimeFeatures& runtime) {
  for (const WeakeningAnnotation& row : kRows) {
    if (row.key == key) return row.voids_filter;
  }
  return !effect_of_annotation(key, runtime).empty();
}

}  // namespace bulkhead::policy
