#!/bin/bash
# The documentation says what is so: its examples are run, the policies and profiles that it shows are
# read, its links lead somewhere, and references, --help, man pages and completions agree.
#
# The checks themselves are in tests/docs/; they tell their results as lines of "ok - …" and "not ok - …".
# docs/tutorial.md is walked in the virtual machine instead (tests/vm/), where AppArmor and Podman are.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

[ -x "$BUILD/bulkhead" ] || { not_ok "the command is built" "$BUILD/bulkhead is missing: run make"; finish; }
install_program bulkhead
need_shim
need_hook
for runtime in runc crun; do link_shim "$runtime" >/dev/null; done
export PATH=$NODE/bin:$PATH PYTHONDONTWRITEBYTECODE=1

# tell COMMAND…: each line "ok - …" or "not ok - …" of its output is a result, "#" lines belong to the one before.
tell() {
  local line count=0 output=$NODE/told
  "$@" >"$output" 2>&1 </dev/null || not_ok "$(basename "$2") runs to its end" "$(tail -n 5 "$output")"
  while IFS= read -r line; do
    case $line in
      'ok - '*) PASSED=$((PASSED + 1)) count=$((count + 1)) ;;
      'not ok - '*) FAILED=$((FAILED + 1)) count=$((count + 1)) ;;
    esac
    printf '%s\n' "$line"
  done <"$output"
  check "$(basename "$2") tells of something" test "$count" -gt 0
}

# ---- a node for the examples ---------------------------------------------------------------------------

# Where the examples run: with the files that they name, and a container of the pod shop/web-7d4 that
# runs under Bulkhead with a profile of its own. The logs of the watcher and of shim and hook are recorded
# ones (tests/docs/*.jsonl): real denials need the node's own namespaces (tests/integration/denials.sh).
mkdir -p "$NODE/examples" /etc/bulkhead/seccomp/profiles /etc/bulkhead/policy.d
cd "$NODE/examples" || exit
cp -R "$ROOT/examples/." .
cp my-app.json web.json /etc/bulkhead/seccomp/profiles/
write_policy <<'JSON'
{ "version": 1,
  "rules": [ { "name": "web", "match": { "namespace": "shop" },
               "seccomp": { "profile": "localhost/profiles/web.json" } } ] }
JSON

# What containerd writes into the config.json of a Kubernetes pod's container.
SHOP='.annotations = {
  "io.kubernetes.cri.container-type": "container", "io.kubernetes.cri.sandbox-id": "5f2c",
  "io.kubernetes.cri.sandbox-namespace": "shop", "io.kubernetes.cri.sandbox-name": "web-7d4",
  "io.kubernetes.cri.sandbox-uid": "0b1c", "io.kubernetes.cri.container-name": "app",
  "io.kubernetes.cri.image-name": "registry.example/shop/web:1.4" }'
make_bundle "$NODE/running" "$(args /bin/sleep 1000)" "$SHOP"
RUNNING=$NODE_ID-web
start_container() {  # not in a pipe: the container would hold it open
  "$NODE/bin/bulkhead-runc" run --detach --bundle "$NODE/running" "$RUNNING" </dev/null >"$NODE/started" 2>&1
}
if start_container; then ok "a container for the examples starts"; else
  not_ok "a container for the examples starts" "$(cat "$NODE/started")"
fi
is_proved() { [ "$(jq -r .state "/run/bulkhead/containers/$RUNNING.json")" = proved ]; }
check "and is proved" eventually 5 is_proved
for log in denials events; do
  jq -c --arg id "$RUNNING" 'if .pod == "web-7d4" then .id = $id else . end' "$ROOT/tests/docs/$log.jsonl" \
    >"/var/log/bulkhead/$log.jsonl"
done

# What `dmesg` shows of a denial, which a machine without one lacks.
echo '<5>audit: type=1326 audit(1732443253.468:812): auid=4294967295 uid=0 gid=0 ses=4294967295 subj=unconfined' \
  'pid=7149 comm="app" exe="/usr/sbin/app" sig=0 arch=c000003e syscall=165 compat=0 ip=0x7f3c6d8e1bae code=0x50000' \
  >/dev/kmsg

check "a record is taken in" bulkhead record import "$ROOT/tests/docs/web.record"

# ---- the examples --------------------------------------------------------------------------------------

mapfile -t PAGES < <(cd "$ROOT" && find README.md CONTRIBUTING.md docs -name '*.md' ! -name tutorial.md | sort)
tell /usr/bin/python3 "$ROOT/tests/docs/blocks.py" "${PAGES[@]}"
check "the container ran until now, under what was proved" runc delete --force "$RUNNING"

# ---- what the guides show of engines' configurations ----------------------------------------------------

TREE=$NODE/tree
mkdir -p "$TREE"/usr/bin "$TREE"/etc/containerd
for program in bulkhead-shim bulkhead-hook runc crun containerd crio podman docker dockerd; do
  printf '#!/bin/sh\n' >"$TREE/usr/bin/$program" && chmod 755 "$TREE/usr/bin/$program"
done
for runtime in runc crun; do ln -s bulkhead-shim "$TREE/usr/bin/bulkhead-$runtime"; done
cat >"$TREE/etc/containerd/config.toml" <<'TOML'
version = 2
[plugins."io.containerd.grpc.v1.cri".containerd]
  default_runtime_name = "runc"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = true
TOML
check "all engines are installed in a root tree" bulkhead install --all-found --root "$TREE"
tell /usr/bin/python3 "$ROOT/tests/docs/guides.py" "$TREE" "${PAGES[@]}"

# ---- pictures, links, references --------------------------------------------------------------------------

mapfile -t PICTURES < <(cd "$ROOT" && find docs -name '*.svg' | sort)
tell /usr/bin/python3 "$ROOT/tests/docs/picture.py" "${PICTURES[@]}"
bulkhead explain --html my-app.json >review.html
tell /usr/bin/python3 "$ROOT/tests/docs/review_page.py" review.html
tell /usr/bin/python3 "$ROOT/tests/docs/links.py"
rm -rf /etc/bulkhead/policy.json /etc/bulkhead/policy.d  # references describe the built-in policy
tell /usr/bin/python3 "$ROOT/tests/docs/reference.py"
finish
