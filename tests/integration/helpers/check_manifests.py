#!/usr/bin/python3
"""Checks Kubernetes manifests offline, strictly, against the API's types as Debian's python3-kubernetes
has them (Kubernetes 1.22): an unknown field, a wrong type, a missing required field. And what is true of
our Pods whatever the values are.

  check_manifests.py schema FILE      prints each finding; exit code 1 when there is one
  check_manifests.py pods FILE        the same, of what our Pods must and must not be
"""
import re
import sys

import yaml
from kubernetes import client

KINDS = {
    ("v1", "Namespace"): "V1Namespace",
    ("v1", "ServiceAccount"): "V1ServiceAccount",
    ("v1", "ConfigMap"): "V1ConfigMap",
    ("apps/v1", "DaemonSet"): "V1DaemonSet",
    ("batch/v1", "Job"): "V1Job",
    ("networking.k8s.io/v1", "NetworkPolicy"): "V1NetworkPolicy",
    ("node.k8s.io/v1", "RuntimeClass"): "V1RuntimeClass",
}
PLAIN = {"str": str, "int": int, "bool": bool, "float": (int, float)}
# Fields that the client's types take as required by a setter, found by asking it.
CLUSTER_WIDE = {"Namespace", "RuntimeClass"}


class StrictLoader(yaml.SafeLoader):
    """A key that is given twice is an error, as it is for kubectl."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.YAMLError(f"the key {key!r} is given twice")
        return super().construct_mapping(node, deep)


def documents(path):
    with open(path, encoding="utf-8") as file:
        return [document for document in yaml.load_all(file, Loader=StrictLoader) if document is not None]


def required_fields(model):
    """A setter of a required field refuses None."""
    configuration = client.Configuration()
    configuration.client_side_validation = True
    instance = model.__new__(model)
    instance.local_vars_configuration = configuration
    for name, key in model.attribute_map.items():
        try:
            setattr(instance, name, None)
        except ValueError:
            yield key


def check_value(value, kind, where):
    if match := re.fullmatch(r"list\[(.*)\]", kind):
        if not isinstance(value, list):
            yield f"{where}: a list is expected"
            return
        for index, item in enumerate(value):
            yield from check_value(item, match[1], f"{where}[{index}]")
    elif match := re.fullmatch(r"dict\((\w+), (.*)\)", kind):
        if not isinstance(value, dict):
            yield f"{where}: a map is expected"
            return
        for key, item in value.items():
            if not isinstance(key, str):
                yield f"{where}: the key {key!r} is no text"
            yield from check_value(item, match[2], f"{where}.{key}")
    elif kind in PLAIN:
        if not isinstance(value, PLAIN[kind]) or (isinstance(value, bool) and kind != "bool"):
            yield f"{where}: {kind} is expected, not {value!r}"
    elif kind == "object":  # a quantity or a number of nodes or a percentage
        if not isinstance(value, (str, int)) or isinstance(value, bool):
            yield f"{where}: a number or a text is expected, not {value!r}"
    else:
        yield from check_model(value, getattr(client, kind), where)


def check_model(value, model, where):
    if not isinstance(value, dict):
        yield f"{where}: {model.__name__} is expected"
        return
    types = {key: model.openapi_types[name] for name, key in model.attribute_map.items()}
    for key in required_fields(model):
        if value.get(key) is None:
            yield f"{where}: {key} is missing"
    for key, item in value.items():
        if key not in types:
            yield f"{where}: {key} is no field of {model.__name__}"
        elif item is not None:
            yield from check_value(item, types[key], f"{where}.{key}")
        else:
            yield f"{where}.{key}: is empty"


def check_document(document):
    kind = (document.get("apiVersion"), document.get("kind"))
    if kind not in KINDS:
        yield f"no known kind: {kind}"
        return
    name = document.get("metadata", {}).get("name", "")
    where = f"{kind[1]} {name}"
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?", str(name)):
        yield f"{where}: is no name"
    if (kind[1] in CLUSTER_WIDE) == ("namespace" in document.get("metadata", {})):
        yield f"{where}: has {'a' if kind[1] in CLUSTER_WIDE else 'no'} namespace"
    yield from check_model(document, getattr(client, KINDS[kind]), where)


def schema(path):
    found = documents(path)
    names = [(document.get("kind"), document.get("metadata", {}).get("name")) for document in found]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{name}: is there twice"
    for document in found:
        yield from check_document(document)


def check_pod(where, spec, allowed_capabilities):
    if spec.get("automountServiceAccountToken") is not False:
        yield f"{where}: mounts a token"
    for field in ("hostPID", "hostNetwork", "hostIPC"):
        if spec.get(field):
            yield f"{where}: {field}"
    if spec.get("securityContext", {}).get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield f"{where}: is not under RuntimeDefault"
    volumes = {volume["name"] for volume in spec.get("volumes", [])}
    mounts = set()
    for container in spec["containers"]:
        mounts |= {mount["name"] for mount in container.get("volumeMounts", [])}
        context = container.get("securityContext", {})
        if context.get("privileged") or context.get("allowPrivilegeEscalation") is not False:
            yield f"{where}: is privileged or may become so"
        if context.get("readOnlyRootFilesystem") is not True:
            yield f"{where}: writes into its image"
        capabilities = context.get("capabilities", {})
        if capabilities.get("drop") != ["ALL"] or capabilities.get("add", []) != allowed_capabilities:
            yield f"{where}: has the capabilities {capabilities}"
        if not container.get("resources", {}).get("requests"):
            yield f"{where}: requests nothing"
    if volumes != mounts:
        yield f"{where}: volumes {sorted(volumes)}, but mounts {sorted(mounts)}"


def pods(path):
    for document in documents(path):
        where = f"{document['kind']} {document['metadata']['name']}"
        if document["kind"] == "DaemonSet":
            template = document["spec"]["template"]
            selector = document["spec"]["selector"]["matchLabels"]
            if not selector.items() <= template["metadata"]["labels"].items():
                yield f"{where}: does not select its own Pods"
            yield from check_pod(where, template["spec"], ["SYS_CHROOT"])
        elif document["kind"] == "Job":
            yield from check_pod(where, document["spec"]["template"]["spec"], [])
            if document["spec"]["template"]["spec"]["securityContext"].get("runAsNonRoot") is not True:
                yield f"{where}: runs as root"
        elif document["kind"] == "ServiceAccount" and document.get("automountServiceAccountToken") is not False:
            yield f"{where}: mounts its token"
        elif "Role" in document["kind"]:
            yield f"{where}: asks for rights in the cluster"


def main():
    checks = {"schema": schema, "pods": pods}
    if len(sys.argv) != 3 or sys.argv[1] not in checks:
        sys.exit(__doc__)
    try:
        findings = list(checks[sys.argv[1]](sys.argv[2]))
    except yaml.YAMLError as error:
        findings = [str(error)]
    print("\n".join(findings))
    sys.exit(1 if findings else 0)


main()
