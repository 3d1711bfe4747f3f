// The keys that the OCI runtime spec (1.0 to 1.3) knows for config.json and process.json, as a
// tree: which key holds an object, a list or a map of objects of which kind.
//
// Go's decoder (runc, containerd, CRI-O, Podman) takes a key for a known one when the two are equal
// under Unicode simple folding (encoding/json, "preferring exact matches"); crun and youki do not.
// A key that is such a variant of a known one makes two programs see two different containers.
//
// Left out: linux.seccomp, which is read by the tables of its own reader, and the sections of other
// platforms (solaris, windows, vm, zos), which a Linux runtime acts on nowhere. Keys of maps that
// people fill (annotations, sysctl, unified and the device names of rdma) may be anything.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "oci-config/json.h"
#include "oci-config/problems.h"

namespace bulkhead::oci_config {

enum class SpecObject : std::uint8_t {
  config,
  process,
  user,
  console_size,
  capabilities,
  rlimit,
  scheduler,
  io_priority,
  cpu_affinity,
  root,
  mount,
  hooks,
  hook,
  linux_section,
  linux_namespace,
  id_mapping,
  device,
  net_device,
  resources,
  device_rule,
  memory,
  cpu,
  pids,
  block_io,
  weight_device,
  throttle_device,
  hugepage_limit,
  network,
  interface_priority,
  rdma,
  intel_rdt,
  memory_policy,
  personality,
  time_offset,
};

// What a key's value is made of, as far as its keys are known.
enum class Below : std::uint8_t {
  nothing,  // a scalar, a list of scalars, or a map whose keys are free
  object,
  list,  // of objects
  map,   // of objects, whose own keys are free
};

struct KnownKey {
  std::string_view name;
  Below below = Below::nothing;
  SpecObject kind = SpecObject::config;  // of the objects below
};

[[nodiscard]] std::span<const KnownKey> known_keys(SpecObject object);

// Equal under simple folding: ASCII letters without regard to case, U+017F as s, U+212A as k.
[[nodiscard]] bool equal_folded(std::string_view key, std::string_view known);

// A problem for a key that differs from `known` only in case, naming both.
void add_case_problem(const JsonValue& member, std::string_view known, Problems& problems);

// A problem for each key of `object`, and of every object below it that the spec describes, that
// differs from a known one only in case. Keys that are unknown altogether are fine, and so is a
// value of another type than the spec's: to complain about that is for whoever reads it.
void check_key_case(const JsonValue& object, SpecObject kind, Problems& problems);

}  // namespace bulkhead::oci_config
