#include "policy/values/identity.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/text.h"

namespace bulkhead::policy {

using oci_config::RuntimeSpec;

std::string_view name_of(Engine engine) {
  switch (engine) {
    case Engine::unknown: return "unknown";
    case Engine::containerd: return "containerd";
    case Engine::crio: return "cri-o";
    case Engine::podman: return "podman";
    case Engine::docker: return "docker";
  }
  return "unknown";
}

namespace {

// ---- the engine --------------------------------------------------------------------------------

bool last_component_is(std::string_view path, std::string_view component) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return path.ends_with(component) &&
         (path.size() == component.size() || path[path.size() - component.size() - 1] == '/');
}

// dockerd: "/run/docker/runtime-<name>/moby". containerd's runc shim: <its root>/<namespace>, the
// namespace of the CRI plugin is k8s.io; the default root is /run/containerd/runc.
std::optional<Engine> engine_of_root(std::string_view root) {
  if (root.find("/docker/runtime-") != std::string_view::npos) return Engine::docker;
  if (last_component_is(root, "moby")) return Engine::docker;
  if (last_component_is(root, "k8s.io")) return Engine::containerd;
  if (root.find("/containerd/") != std::string_view::npos) return Engine::containerd;
  return std::nullopt;
}

// What a hook, which is told no root, sees of Docker:
// ".../io.containerd.runtime.v2.task/moby/<id>".
std::optional<Engine> engine_of_bundle(std::string_view bundle) {
  const std::size_t slash = bundle.rfind('/');
  if (slash == std::string_view::npos || !last_component_is(bundle.substr(0, slash), "moby"))
    return std::nullopt;
  return Engine::docker;
}

struct CgroupMark {
  std::string_view systemd;   // "slice:MARK:id"
  std::string_view cgroupfs;  // ".../MARK<id>"
  Engine engine;
};

constexpr CgroupMark kCgroupMarks[] = {
    {"cri-containerd", "cri-containerd-", Engine::containerd},
    {"crio", "crio-", Engine::crio},
    {"libpod", "libpod-", Engine::podman},
    {"docker", "docker/", Engine::docker},
};

bool has_mark(std::string_view path, const CgroupMark& mark, std::string_view id) {
  return path.ends_with(base::cat(":", mark.systemd, ":", id)) ||
         path.ends_with(base::cat("/", mark.cgroupfs, id));
}

// The mark counts only in front of this container's id at the end of the path: a parent that a user
// chose ("--cgroup-parent") stands before the engine's own part, never after it.
std::optional<Engine> engine_of_cgroup(std::string_view path, std::string_view id) {
  if (id.empty()) return std::nullopt;
  for (const CgroupMark& mark : kCgroupMarks) {
    if (has_mark(path, mark, id)) return mark.engine;
  }
  return std::nullopt;
}

struct EngineClaim {
  std::string_view key;    // a whole key, or a prefix when it ends in '.'
  std::string_view value;  // empty: any
  Engine engine;
};

// What tells an engine's annotations from another's. Podman itself writes some of CRI-O's keys
// (Created and TTY, in pods ContainerType and SandboxID), and io.container.manager can be set by
// its user, so the keys here are others.
constexpr EngineClaim kClaims[] = {
    {"io.kubernetes.cri.container-type", "", Engine::containerd},
    {"io.kubernetes.cri.sandbox-id", "", Engine::containerd},
    {"io.kubernetes.cri-o.ContainerID", "", Engine::crio},
    {"io.container.manager", "cri-o", Engine::crio},
    {"io.podman.annotations.", "", Engine::podman},
    {"io.container.manager", "libpod", Engine::podman},
};

bool claims(const oci_config::Annotation& annotation, const EngineClaim& claim) {
  const bool same_key = claim.key.ends_with('.') ? annotation.key.starts_with(claim.key)
                                                 : annotation.key == claim.key;
  return same_key && (claim.value.empty() || annotation.value == claim.value);
}

std::vector<Engine> engines_claimed(const RuntimeSpec& spec) {
  std::vector<Engine> engines;
  for (const auto& annotation : spec.annotations) {
    for (const EngineClaim& claim : kClaims) {
      if (claims(annotation, claim) && std::ranges::find(engines, claim.engine) == engines.end()) {
        engines.push_back(claim.engine);
      }
    }
  }
  std::ranges::sort(engines);
  return engines;
}

std::string doubt_between(const std::vector<Engine>& engines) {
  std::vector<std::string> names;
  names.reserve(engines.size());
  for (const Engine engine : engines) names.emplace_back(name_of(engine));
  return base::cat("its annotations are those of ", base::join(names, " and of "));
}

void find_engine(Identity& identity, const RuntimeSpec& spec, const Invocation& invocation) {
  auto engine = engine_of_root(invocation.runtime_root);
  if (!engine) engine = engine_of_bundle(invocation.bundle);
  if (!engine) engine = engine_of_cgroup(spec.cgroups_path, invocation.container_id);
  if (engine) {
    identity.engine = *engine;
    return;
  }
  const auto claimed = engines_claimed(spec);
  if (claimed.size() == 1) identity.engine = claimed.front();
  if (claimed.size() > 1) identity.doubt = doubt_between(claimed);
}

// ---- the names ---------------------------------------------------------------------------------

struct IdentityKeys {
  std::string_view type, namespace_, pod, pod_uid, container, image;
};

// containerd, pkg/cri: passed-through pod annotations are added first, these keys last.
constexpr IdentityKeys kContainerdKeys = {
    .type = "io.kubernetes.cri.container-type",
    .namespace_ = "io.kubernetes.cri.sandbox-namespace",
    .pod = "io.kubernetes.cri.sandbox-name",
    .pod_uid = "io.kubernetes.cri.sandbox-uid",
    .container = "io.kubernetes.cri.container-name",
    .image = "io.kubernetes.cri.image-name",
};

// CRI-O, internal/factory/container and server/sandbox_run: pod annotations, then the engine's
// keys, then kubelet's labels, which are therefore the ones to trust. io.kubernetes.cri-o.Namespace
// is *not* written for containers, so a pod's author could. For a pause container the pod's
// annotations come after the engine's keys: its kind and image could be forged, which gains
// nothing, since what runs in it is the node's own image; its namespace and pod could not.
constexpr IdentityKeys kCrioKeys = {
    .type = "io.kubernetes.cri-o.ContainerType",
    .namespace_ = "io.kubernetes.pod.namespace",
    .pod = "io.kubernetes.pod.name",
    .pod_uid = "io.kubernetes.pod.uid",
    .container = "io.kubernetes.container.name",
    .image = "io.kubernetes.cri-o.ImageName",
};

std::string value_of(const RuntimeSpec& spec, std::string_view key) {
  const std::string* value = spec.annotation(key);
  return value != nullptr ? *value : std::string();
}

void read_names(Identity& identity, const RuntimeSpec& spec, const IdentityKeys& keys) {
  if (value_of(spec, keys.type) == "sandbox") identity.kind = ContainerKind::sandbox;
  identity.namespace_ = value_of(spec, keys.namespace_);
  identity.pod = value_of(spec, keys.pod);
  identity.pod_uid = value_of(spec, keys.pod_uid);
  if (identity.kind == ContainerKind::sandbox) return;
  identity.container = value_of(spec, keys.container);
  identity.image = value_of(spec, keys.image);
}

// In a containerd namespace other than the CRI plugin's, whoever runs the container (`ctr`,
// nerdctl) writes its annotations.
bool is_cri_root(std::string_view root) {
  return root.empty() || last_component_is(root, "k8s.io");
}

void find_names(Identity& identity, const RuntimeSpec& spec, const Invocation& invocation) {
  switch (identity.engine) {
    case Engine::containerd:
      if (is_cri_root(invocation.runtime_root)) read_names(identity, spec, kContainerdKeys);
      return;
    case Engine::crio: return read_names(identity, spec, kCrioKeys);
    case Engine::podman:  // writes no name and no image of its own into the annotations
    case Engine::docker:
    case Engine::unknown: return;
  }
}

// No engine writes "privileged" where its user could not. What it gives is every capability that
// the engine knows: 0 (CAP_CHOWN) to 37 (CAP_AUDIT_READ, Linux 3.16) at least, 38 to 40 with newer
// engines and kernels. A container that asks for all capabilities one by one is as powerful, and
// counts as privileged too.
constexpr oci_config::CapabilityMask kEveryOlderCapability = (1ULL << 38) - 1;

bool has_every_capability(const RuntimeSpec& spec) {
  if (!spec.process || !spec.process->capabilities) return false;
  return (spec.process->capabilities->bounding & kEveryOlderCapability) == kEveryOlderCapability;
}

std::string describe_pod(const Identity& identity) {
  std::string text = identity.namespace_.empty()
                         ? identity.pod
                         : base::cat(identity.namespace_, "/", identity.pod);
  text = base::quoted(text);
  if (identity.kind == ContainerKind::sandbox) return base::cat("pause container of ", text);
  if (identity.container.empty()) return text;
  return base::cat(text, " (container ", base::quoted(identity.container), ")");
}

}  // namespace

Identity identify(const RuntimeSpec& spec, const Invocation& invocation) {
  Identity identity;
  identity.id = invocation.container_id;
  identity.runtime_root = invocation.runtime_root;
  identity.privileged = has_every_capability(spec);
  find_engine(identity, spec, invocation);
  find_names(identity, spec, invocation);
  return identity;
}

std::string_view podman_id_in(std::string_view cgroups_path) {
  constexpr std::size_t kIdLength = 64;
  if (cgroups_path.size() < kIdLength) return {};
  const std::string_view id = cgroups_path.substr(cgroups_path.size() - kIdLength);
  if (id.find_first_not_of("0123456789abcdef") != std::string_view::npos) return {};
  return engine_of_cgroup(cgroups_path, id) == Engine::podman ? id : std::string_view();
}

std::string describe(const Identity& identity) {
  if (!identity.pod.empty()) return describe_pod(identity);
  const std::string name =
      base::quoted(identity.container.empty() ? identity.id : identity.container);
  if (identity.engine == Engine::unknown) return base::cat("container ", name);
  return base::cat(name_of(identity.engine), " container ", name);
}

}  // namespace bulkhead::policy
