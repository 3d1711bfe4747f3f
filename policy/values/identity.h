// Who a container is, from the keys that engines themselves write. A key that a pod's author can
// write is never trusted.
//
// Annotations alone prove little: CRI-O copies pod annotations verbatim into the same map, and
// Podman, Docker and nerdctl let whoever starts a container write any key. So the engine is taken
// from what only the engine chooses, where that speaks: the runtime's --root, then the engine's
// mark in linux.cgroupsPath. Where neither does, annotations decide if they claim one engine only;
// where they claim two, the identity is `unknown`, holds no names, and says so in `doubt`. Of an
// engine's keys only those are read that it writes after everything a pod's author can write;
// identity.cc gives the source for each.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "oci-config/runtime_spec.h"

namespace bulkhead::policy {

enum class Engine : std::uint8_t { unknown, containerd, crio, podman, docker };
inline constexpr std::array kEngines = {Engine::unknown, Engine::containerd, Engine::crio,
                                        Engine::podman, Engine::docker};
[[nodiscard]] std::string_view name_of(Engine engine);  // "containerd", "cri-o", "podman", "docker"

enum class ContainerKind : std::uint8_t { container, sandbox };  // sandbox: the pause container

struct Identity {
  Engine engine = Engine::unknown;
  ContainerKind kind = ContainerKind::container;
  std::string id;            // the container id of the runtime's command line
  std::string runtime_root;  // its --root: with it the id is one container's; empty: not given, or,
                             // as to a hook, not told
  std::string namespace_;    // Kubernetes namespace; empty outside Kubernetes
  std::string pod;
  std::string pod_uid;
  std::string container;  // name in the pod, or the engine's name
  std::string image;
  bool privileged = false;  // the full capability set of an unconfined root: see identity.cc
  std::string
      doubt;  // why the engine cannot be told: "annotations of CRI-O and of Podman"; or empty
  bool operator==(const Identity&) const = default;
};

// What the command line of the runtime tells beside config.json.
struct Invocation {
  std::string container_id;
  std::string runtime_root;  // --root; tells Docker ("…/runtime-runc/moby") and others apart
  std::string bundle;
};

[[nodiscard]] Identity identify(const oci_config::RuntimeSpec& spec, const Invocation& invocation);

// The id at the end of linux.cgroupsPath as Podman writes it ("machine.slice:libpod:<id>",
// "/libpod_parent/libpod-<id>"), for the stage to which it gives none; empty where it is not there
// (--cgroups=disabled).
[[nodiscard]] std::string_view podman_id_in(std::string_view cgroups_path);

// "shop/web-7d4 (container app)", "podman container 'db'" or the id: for sentences.
[[nodiscard]] std::string describe(const Identity& identity);

}  // namespace bulkhead::policy
