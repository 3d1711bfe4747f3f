#include "policy/values/identity.h"

#include <catch2/catch.hpp>

namespace bulkhead::policy {
namespace {

using oci_config::RuntimeSpec;

RuntimeSpec with_annotations(std::vector<oci_config::Annotation> annotations) {
  RuntimeSpec spec;
  spec.annotations = std::move(annotations);
  return spec;
}

Invocation under_root(std::string root) {
  return {.container_id = "c1", .runtime_root = std::move(root), .bundle = {}};
}

RuntimeSpec containerd_spec() {
  return with_annotations({{"io.kubernetes.cri.container-type", "container"},
                           {"io.kubernetes.cri.sandbox-id", "s1"},
                           {"io.kubernetes.cri.sandbox-namespace", "shop"},
                           {"io.kubernetes.cri.sandbox-name", "web-7d4"},
                           {"io.kubernetes.cri.sandbox-uid", "u1"},
                           {"io.kubernetes.cri.container-name", "app"},
                           {"io.kubernetes.cri.image-name", "reg/web:1"}});
}

RuntimeSpec crio_spec() {
  return with_annotations({{"io.kubernetes.cri-o.ContainerType", "container"},
                           {"io.kubernetes.cri-o.ContainerID", "c1"},
                           {"io.kubernetes.cri-o.ImageName", "reg/web:1"},
                           {"io.kubernetes.pod.namespace", "shop"},
                           {"io.kubernetes.pod.name", "web-7d4"},
                           {"io.kubernetes.pod.uid", "u1"},
                           {"io.kubernetes.container.name", "app"}});
}

TEST_CASE("a container of containerd is identified by the CRI plugin's keys") {
  const auto identity = identify(containerd_spec(), under_root("/run/containerd/runc/k8s.io"));
  CHECK(identity.engine == Engine::containerd);
  CHECK(identity.kind == ContainerKind::container);
  CHECK(identity.id == "c1");
  CHECK(identity.namespace_ == "shop");
  CHECK(identity.pod == "web-7d4");
  CHECK(identity.pod_uid == "u1");
  CHECK(identity.container == "app");
  CHECK(identity.image == "reg/web:1");
  CHECK(describe(identity) == "'shop/web-7d4' (container 'app')");
}

TEST_CASE("a hook knows Docker's container by its bundle, whatever its cgroup's parent") {
  RuntimeSpec spec;
  spec.cgroups_path = "/chosen/by/a/user/c1";
  const auto at = [&](std::string bundle) {
    return identify(spec, {.container_id = "c1", .runtime_root = {}, .bundle = std::move(bundle)});
  };
  CHECK(at("/run/containerd/io.containerd.runtime.v2.task/moby/c1").engine == Engine::docker);
  CHECK(at("/run/containerd/io.containerd.runtime.v2.task/mine/c1").engine == Engine::unknown);
  CHECK(at("moby").engine == Engine::unknown);
}

TEST_CASE("a container of CRI-O is identified by kubelet's labels") {
  const auto identity = identify(crio_spec(), under_root(""));
  CHECK(identity.engine == Engine::crio);
  CHECK(identity.namespace_ == "shop");
  CHECK(identity.pod == "web-7d4");
  CHECK(identity.container == "app");
  CHECK(identity.image == "reg/web:1");
}

TEST_CASE("a key of CRI-O that a pod's author could write names no namespace") {
  auto spec = crio_spec();
  spec.annotations.push_back({"io.kubernetes.cri-o.Namespace", "kube-system"});
  CHECK(identify(spec, under_root("")).namespace_ == "shop");
}

TEST_CASE("a pause container has no container name and no image") {
  auto spec = containerd_spec();
  spec.annotations[0].value = "sandbox";
  const auto identity = identify(spec, under_root("/run/containerd/runc/k8s.io"));
  CHECK(identity.kind == ContainerKind::sandbox);
  CHECK(identity.container.empty());
  CHECK(identity.image.empty());
  CHECK(describe(identity) == "pause container of 'shop/web-7d4'");
}

TEST_CASE("what ctr or nerdctl runs cannot name a Kubernetes namespace") {
  const auto identity = identify(containerd_spec(), under_root("/run/containerd/runc/default"));
  CHECK(identity.engine == Engine::containerd);
  CHECK(identity.namespace_.empty());
  CHECK(identity.pod.empty());
}

TEST_CASE("Docker is known by its runtime root, whatever the annotations claim") {
  for (const char* root : {"/run/docker/runtime-runc/moby", "/var/run/docker/runtime-crun/moby/",
                           "/srv/exec-root/runtime-runc/moby"}) {
    INFO(root);
    const auto identity = identify(containerd_spec(), under_root(root));
    CHECK(identity.engine == Engine::docker);
    CHECK(identity.namespace_.empty());
    CHECK(identity.doubt.empty());
  }
}

TEST_CASE("Podman's id is read from the end of the control group's path, and from nowhere else") {
  const std::string id(64, 'a');
  CHECK(podman_id_in("machine.slice:libpod:" + id) == id);
  CHECK(podman_id_in("/libpod_parent/libpod-" + id) == id);
  CHECK(podman_id_in("/mine/libpod-" + id) == id);
  CHECK(podman_id_in("system.slice:docker:" + id).empty());
  CHECK(podman_id_in("/libpod-" + id + "/below").empty());
  CHECK(podman_id_in("/libpod-" + std::string(64, 'A')).empty());
  CHECK(podman_id_in("/libpod-" + std::string(63, 'a')).empty());
  CHECK(podman_id_in("").empty());
}

TEST_CASE("Podman is known by its own annotations, though it writes some of CRI-O's") {
  const auto identity =
      identify(with_annotations({{"io.container.manager", "libpod"},
                                 {"io.kubernetes.cri-o.Created", "now"},
                                 {"io.kubernetes.cri-o.TTY", "false"},
                                 {"io.kubernetes.cri-o.ContainerType", "container"},
                                 {"io.kubernetes.cri-o.SandboxID", "pod1"},
                                 {"io.podman.annotations.init", "FALSE"}}),
               under_root(""));
  CHECK(identity.engine == Engine::podman);
  CHECK(identity.doubt.empty());
  CHECK(describe(identity) == "podman container 'c1'");
}

TEST_CASE("annotations of two engines identify nobody, and say so") {
  auto spec = crio_spec();
  spec.annotations.push_back({"io.podman.annotations.init", "FALSE"});
  const auto identity = identify(spec, under_root(""));
  CHECK(identity.engine == Engine::unknown);
  CHECK(identity.namespace_.empty());
  CHECK(identity.pod.empty());
  CHECK(identity.image.empty());
  CHECK(identity.doubt == "its annotations are those of cri-o and of podman");
  CHECK(describe(identity) == "container 'c1'");
}

TEST_CASE("io.container.manager alone is one claim among others") {
  auto spec = with_annotations(
      {{"io.container.manager", "cri-o"}, {"io.podman.annotations.init", "FALSE"}});
  CHECK(identify(spec, under_root("")).engine == Engine::unknown);
}

TEST_CASE("the engine's mark in front of the container's id settles what annotations leave open") {
  auto spec = crio_spec();
  spec.annotations.push_back({"io.podman.annotations.init", "FALSE"});
  for (const char* path : {"kubepods-pod1.slice:crio:c1", "/kubepods/pod1/crio-c1"}) {
    INFO(path);
    spec.cgroups_path = path;
    CHECK(identify(spec, under_root("")).engine == Engine::crio);
    CHECK(identify(spec, under_root("")).namespace_ == "shop");
  }
  spec.cgroups_path = "/libpod_parent/libpod-c1";
  CHECK(identify(spec, under_root("")).engine == Engine::podman);
  CHECK(identify(spec, under_root("")).namespace_.empty());
}

TEST_CASE("a cgroup parent that a user chose is no engine's mark") {
  auto spec = crio_spec();
  spec.annotations.push_back({"io.podman.annotations.init", "FALSE"});
  for (const char* path : {"x:crio:c1/libpod-c1x", "/crio-c1/other", "crio-c1", "a:crio:c2"}) {
    INFO(path);
    spec.cgroups_path = path;
    CHECK(identify(spec, under_root("")).engine == Engine::unknown);
  }
}

TEST_CASE("a container without any engine's key is unknown and has only its id and root") {
  const auto identity =
      identify(with_annotations({{"example.org/x", "y"}}), under_root("/run/runc"));
  CHECK(identity == Identity{.id = "c1", .runtime_root = "/run/runc"});
}

TEST_CASE("privileged is the full capability set") {
  RuntimeSpec spec;
  spec.process.emplace();
  CHECK_FALSE(identify(spec, under_root("")).privileged);
  spec.process->capabilities.emplace();
  spec.process->capabilities->bounding = (1ULL << 38) - 1;
  CHECK(identify(spec, under_root("")).privileged);
  spec.process->capabilities->bounding &= ~(1ULL << 21);  // CAP_SYS_ADMIN
  CHECK_FALSE(identify(spec, under_root("")).privileged);
}

TEST_CASE("untrusted names are quoted where they are described") {
  auto spec = containerd_spec();
  spec.annotations[3].value = "a'\n";
  const auto identity = identify(spec, under_root("/run/containerd/runc/k8s.io"));
  CHECK(describe(identity) == R"('shop/a\'\n' (container 'app'))");
}

}  // namespace
}  // namespace bulkhead::policy
