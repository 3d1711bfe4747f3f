#!/bin/bash
# The tutorial's profile k8s-my-app, with the path of its interpreter adapted: loaded by Bulkhead from
# the profile directory, and doing what the tutorial says.
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
private_node "$@"
need_bulkhead
need_attempt

mkdir -p "$NODE/rootfs/app" && echo 'the application' >"$NODE/rootfs/app/index.js"
PROGRAM='s#/usr/local/bin/node ix#/bin/{attempt,busybox,probe} mrix#'

# Without masked and read-only paths only AppArmor is in the way.
OPEN='.root.readonly = false | .linux.maskedPaths = [] | .linux.readonlyPaths = []'

# Each time as on a node where the file was just put.
fresh_profile() {
  unload k8s-my-app
  sed "$PROGRAM" "$ROOT/tests/data/k8s-my-app" >"$PROFILES/k8s-my-app"
}

for runtime in $(runtimes); do
  for way in "${WAYS[@]}"; do
    name="$runtime, $way"
    fresh_profile
    MORE=$OPEN bundle "$way" k8s-my-app /bin/attempt read /app/index.js \
      create /tmp/x create /etc/x read /proc/kcore write /proc/sysrq-trigger
    got=$(start "$way" "$runtime")
    contains "$name: /app may be read" "read /app/index.js: 0" "$got"
    contains "$name: /tmp may be written" "create /tmp/x: 0" "$got"
    contains "$name: /etc may not be written" "create /etc/x: EACCES" "$got"
    contains "$name: /proc/kcore may not be read" "read /proc/kcore: EACCES" "$got"
    contains "$name: sysrq-trigger may not be written" "write /proc/sysrq-trigger: EACCES" "$got"
  done
done

fresh_profile
bundle both k8s-my-app /bin/busybox sleep 60
"$(program both runc)" run --detach --bundle "$NODE/b" --pid-file "$NODE/pid" seed </dev/null \
  >"$NODE/out" 2>&1 || not_ok "a container under it starts" "$(cat "$NODE/out")"
pid=$(cat "$NODE/pid")
eventually 10 grep -q '^k8s-my-app (enforce)' "/proc/$pid/attr/apparmor/current"
contains "aa-status lists the process" "($pid) k8s-my-app" "$(aa-status)"
contains "bulkhead apparmor list counts it" "k8s-my-app" "$("$BUILD/bulkhead" apparmor list)"
check "the kernel's own count agrees" jq -e \
  '.profiles[] | select(.name == "k8s-my-app" and .processes == 1 and .content == "same")' \
  <("$BUILD/bulkhead" apparmor list --json)
check "the runtime can stop it" runc kill seed KILL
eventually 10 runc delete seed

# The tutorial's own rule is `ix` alone, which includes that the kernel maps the program.
unload k8s-my-app
sed 's#/usr/local/bin/node ix#/bin/attempt ix#' "$ROOT/tests/data/k8s-my-app" >"$PROFILES/k8s-my-app"
bundle shim k8s-my-app /bin/attempt read /app/index.js
contains "a program with ix alone runs" "read /app/index.js: 0" "$(start shim runc)"
finish
