#!/usr/bin/env bash
# The manifests and the chart for a cluster's nodes, without a cluster: linted and rendered by Helm, which holds the
# values against their schema; read by kubectl as the objects that they are; against the types of the Kubernetes API,
# and against the entry program of the image.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

CHART=$ROOT/packaging/helm/bulkhead
PLAIN=$ROOT/packaging/kubernetes/bulkhead.yaml
CHECK=$ROOT/tests/integration/helpers/check_manifests.py

PYTHON=/usr/bin/python3  # Debian's, which has Debian's modules
missing=$("$PYTHON" -c 'import kubernetes, yaml' 2>&1 | tail -n 1)
[ -z "$missing" ] || { skip "the manifests" "$missing (python3-kubernetes)"; finish; }
PROGRAMS=$("$ROOT/packaging/helm/programs.sh" "$BUILD/helm" 2>"$NODE/why")
[ -n "$PROGRAMS" ] || { skip "the manifests" "$(tail -n 1 "$NODE/why")"; finish; }

export HOME=$NODE  # what Helm and kubectl write down
helm() { "$PROGRAMS/helm" "$@"; }
kubectl() { "$PROGRAMS/kubectl" "$@"; }
# render RELEASE NAMESPACE [VALUES]
render() { helm template "$1" "$CHART" --namespace "$2" ${3:+--values "$3"}; }

# findings CHECK FILE: what the checker says, or kubectl.
findings() { if [ "$1" = kubectl ]; then kubectl_misreads "$2"; else "$PYTHON" "$CHECK" "$1" "$2" 2>&1; fi; }
# sound NAME FILE
sound() {
  same "$1: every field is one of the API's" "" "$(findings schema "$2")"
  same "$1: kubectl reads every object as what it is" "" "$(findings kubectl "$2")"
  same "$1: the Pods have no more than they need" "" "$(findings pods "$2")"
}

# Without a server kubectl asks nobody for a schema. But where it is to change a Pod's template it reads all documents
# into the types that it is built with, and writes those that have a template: a wrong type is an error, and a field that
# it does not know is not in what it writes.
kubectl_misreads() {
  kubectl set serviceaccount bulkhead --local --filename "$1" --output json >"$NODE/as-read" 2>"$NODE/kubectl" ||
    grep -vE '(the object is not a pod or does not have a pod template: \*v1\.[A-Za-z]+|^error: [a-z0-9.]+/[a-z0-9-]+|^)$' "$NODE/kubectl"
  diff <(pick . "$1" | with_pods) <(jq -s . "$NODE/as-read" | with_pods)
}
# Of a JSON list the objects that make Pods, without what kubectl leaves out because it is empty, or adds.
with_pods() {
  jq --sort-keys 'map(select(.spec.template.spec)) | sort_by(.kind) | map(del(.status))
    | del(.[].spec.template.spec | .serviceAccount, .serviceAccountName)
    | del(.. | select(. == null or . == {} or . == "" or . == false))'
}

values() { cat >"$NODE/values.yaml"; }
# rendered NAME < VALUES: renders with these values into $NODE/out.yaml, and checks the result.
rendered() {
  values
  check "$1: helm lint" helm lint --strict "$CHART" --values "$NODE/values.yaml"
  check "$1: renders" render shop confinement "$NODE/values.yaml"
  render shop confinement "$NODE/values.yaml" >"$NODE/out.yaml"
  sound "$1" "$NODE/out.yaml"
}
# pick EXPRESSION [FILE]: of the documents as one JSON list.
pick() {
  "$PYTHON" -c 'import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))' "${2:-$NODE/out.yaml}" | jq -r "$1"
}
env_of() { pick '.[] | select(.kind == "DaemonSet") | .spec.template.spec.containers[0].env[] | select(.name == "'"$1"'").value'; }

# ---- the checker itself ------------------------------------------------------------------------------------

# broken NAME FRAGMENT CHECK SED…: the plain manifests with this change are refused.
broken() {
  local name=$1 fragment=$2 which=$3
  shift 3
  sed -E "$@" "$PLAIN" >"$NODE/broken.yaml"
  if cmp -s "$PLAIN" "$NODE/broken.yaml"; then not_ok "$name is refused" "the change changed nothing"; return; fi
  contains "$name is refused" "$fragment" "$(findings "$which" "$NODE/broken.yaml")"
}
the_checker() {
  broken "an unknown field" "hostPidd is no field of V1PodSpec" schema 's/enableServiceLinks: false/hostPidd: true/'
  broken "a text for a number" "int is expected, not 'thirty'" schema 's/(minReadySeconds:).*/\1 thirty/'
  broken "a number for a text" "str is expected, not 30" schema 's/value: "30"/value: 30/'
  broken "a missing selector" "selector is missing" schema '/^  selector:/,/^  # A Pod/d'
  broken "a key given twice" "is given twice" schema 's/^(    spec:)|(      enableServiceLinks: false)/\1\2/; s/^      enableServiceLinks: false/&\n&/'
  broken "an unknown kind" "no known kind" schema 's/^kind: NetworkPolicy/kind: NetworkPolice/'
  broken "an unknown field, by kubectl" "hostPidd" kubectl 's/enableServiceLinks: false/hostPidd: true/'
  broken "a text for a number, by kubectl" "cannot unmarshal string" kubectl 's/(minReadySeconds:).*/\1 thirty/'
  broken "an unknown kind, by kubectl" 'no kind "NetworkPolice"' kubectl 's/^kind: NetworkPolicy/kind: NetworkPolice/'
  broken "a privileged Pod" "is privileged" pods 's/privileged: false/privileged: true/'
  broken "a Pod with a token" "mounts a token" pods 's/^      automountServiceAccountToken: false/      automountServiceAccountToken: true/'
  broken "one more capability" "has the capabilities" pods 's/- SYS_CHROOT/- SYS_ADMIN/'
  broken "a mount without a volume" "but mounts" pods 's/mountPath: \/tmp/&\n            - name: other\n              mountPath: \/other/'
}

# ---- one truth ---------------------------------------------------------------------------------------------

plain_manifests() {
  same "the plain manifests are the chart's with its defaults (make manifests)" \
    "$("$ROOT/packaging/helm/manifests.sh" 2>&1)" "$(cat "$PLAIN")"
  sound "the plain manifests" "$PLAIN"
  same "the plain manifests have no hook of Helm's" "" "$(grep helm.sh "$PLAIN")"
  same "the plain manifests: what there is" "DaemonSet Namespace NetworkPolicy ServiceAccount" \
    "$(pick '[.[].kind] | sort | join(" ")' "$PLAIN")"
}

versions() {
  local version
  version=$(sed -n 's/^VERSION := //p' "$ROOT/Makefile")
  same "the chart has the version of the programs" "version: $version
appVersion: $version" "$(grep -E '^(appV|v)ersion:' "$CHART/Chart.yaml")"
}

# The entry program documents its environment; the chart sets what it reads, and nothing else.
environment() {
  local known set_by
  known=$(sed -n 's/^#   \(BULKHEAD_[A-Z_]*\|NODE_NAME\) .*/\1/p' "$ROOT/packaging/image/bulkhead-node" | sort)
  set_by=$(pick '.[] | select(.kind == "DaemonSet") | .spec.template.spec.containers[0].env[].name' "$PLAIN" | sort)
  same "the DaemonSet sets what the entry program knows" "$known" "$set_by"
  # shellcheck disable=SC2016  # a word of the program
  same "its volumes are where the entry program looks" "apparmor policy request seccomp" \
    "$(grep -ohE '\$DOCUMENTS"?/[a-z]+' "$ROOT"/packaging/image/{bulkhead-node,*.sh} | sed 's|.*/||' | sort -u | xargs)"
  same "and these are mounted" "/bulkhead/apparmor /bulkhead/policy /bulkhead/request /bulkhead/seccomp" \
    "$(pick '[.[] | select(.kind == "DaemonSet") | .spec.template.spec.containers[0].volumeMounts[].mountPath | select(startswith("/bulkhead"))] | join(" ")' "$PLAIN")"
}

# ---- values --------------------------------------------------------------------------------------------------

good_values() {
  rendered "everything set" <<'YAML'
image: { repository: registry.example/security/bulkhead, digest: "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" }
imagePullSecrets: [{ name: registry }]
engines: containerd crio
mode: enforce
runtimeClass: confined
restartEngine: false
verify: false
watch: false
onExit: uninstall
seccompRoot: /var/lib/k0s/kubelet/seccomp
seccompProfiles:
  web.json: |
    { "defaultAction": "SCMP_ACT_ERRNO" }
apparmorProfiles:
  k8s-web: |
    profile k8s-web { file, }
policy:
  version: 1
  rules:
    - { name: cni, match: { namespace: kube-system, privileged: true }, because: "it loads BPF programs: {{ none }}", seccomp: { unset: keep } }
nodeSelector: { bulkhead.io/canary: "true" }
affinity:
  nodeAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      nodeSelectorTerms:
        - matchExpressions: [{ key: bulkhead.io/canary, operator: DoesNotExist }]
priorityClassName: ""
maxUnavailable: 10%
seLinuxOptions: { type: spc_t }
podLabels: { team: security }
podAnnotations: { note: "a: b" }
YAML
  same "everything set: what there is" \
    "shop-apparmor shop-policy shop-request shop-seccomp DaemonSet Job NetworkPolicy RuntimeClass ServiceAccount" \
    "$(pick '([.[] | select(.kind == "ConfigMap").metadata.name] | sort) + ([.[].kind] - ["ConfigMap"] | sort) | join(" ")')"
  same "everything set: the image is named by its digest" \
    "registry.example/security/bulkhead@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
    "$(pick '[.[] | .spec.template.spec.containers[0].image? | select(.)] | unique[]')"
  same "everything set: the policy is the document" "cni it loads BPF programs: {{ none }}" \
    "$(pick '.[] | select(.metadata.name == "shop-policy").data["policy.json"] | fromjson | .rules[0] | "\(.name) \(.because)"')"
  same "everything set: a profile comes through as it is" '{ "defaultAction": "SCMP_ACT_ERRNO" }' \
    "$(pick '.[] | select(.metadata.name == "shop-seccomp").data["web.json"]')"
  same "everything set: booleans reach the entry program as words" "false false false" \
    "$(env_of BULKHEAD_RESTART) $(env_of BULKHEAD_VERIFY) $(env_of BULKHEAD_WATCH)"
  same "everything set: the canary's label selects" "true" \
    "$(pick '.[] | select(.kind == "DaemonSet").spec.template.spec.nodeSelector["bulkhead.io/canary"]')"
  same "everything set: and the default with it" "linux" \
    "$(pick '.[] | select(.kind == "DaemonSet").spec.template.spec.nodeSelector["kubernetes.io/os"]')"
  same "the volumes of a release are its own" "shop-apparmor shop-policy shop-request shop-seccomp" \
    "$(pick '[.[] | select(.kind == "DaemonSet").spec.template.spec.volumes[].configMap.name | select(.)] | join(" ")')"
  same "the request comes before the wait, at the end of the release" "ConfigMap -5 pre-delete,Job 5 pre-delete" \
    "$(pick '[.[] | select(.metadata.annotations["helm.sh/hook"]) | "\(.kind) \(.metadata.annotations["helm.sh/hook-weight"]) \(.metadata.annotations["helm.sh/hook"])"] | join(",")')"

  rendered "nothing at the end" <<'YAML'
removal: { onDelete: false }
networkPolicy: false
tolerations: []
YAML
  same "nothing at the end: no hook" "DaemonSet ServiceAccount" "$(pick '[.[].kind] | sort | join(" ")')"
  rendered "the defaults" </dev/null
  same "the defaults: observe first" observe "$(env_of BULKHEAD_MODE)"
  same "the defaults: the end of a Pod takes nothing back" keep "$(env_of BULKHEAD_ON_EXIT)"
}

# refused NAME FRAGMENT < VALUES
refused() {
  values
  contains "refused: $1" "$2" "$(render shop confinement "$NODE/values.yaml" 2>&1 && echo "it is not")"
}
bad_values() {
  refused "a mode that there is not" "at '/mode': value must be one of" <<<'mode: strict'
  refused "a misspelt value" "additional properties 'actoin' not allowed" <<<'actoin: uninstall'
  refused "an engine that there is not" "at '/engines': 'rkt' does not match" <<<'engines: rkt'
  refused "a wait that is too short for the kubelets" "at '/removal/waitSeconds': minimum: got 10, want 90" <<<'removal: { waitSeconds: 10 }'
  refused "a profile's name with a slash" "'../web.json' does not match" <<<'seccompProfiles: { "../web.json": "{}" }'
  refused "a hidden profile" "'.web.json' does not match" <<<'seccompProfiles: { ".web.json": "{}" }'
  refused "a policy without a version" "at '/policy': missing property 'version'" <<<'policy: { mode: enforce }'
  refused "a text for a switch" "at '/verify': got string, want boolean" <<<'verify: "no"'
  refused "a handler with capitals" "at '/runtimeClass': 'Confined' does not match" <<<'runtimeClass: Confined'
}

for group in the_checker plain_manifests versions environment good_values bad_values; do $group; done
finish
