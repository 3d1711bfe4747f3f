#!/usr/bin/env bash
# A runtime that drops or changes one property of what it was told: each is killed before the container's
# program runs, with a sentence that names the property.
#
#   mutants.sh [RUNTIME…]    other runtimes than the machine's runc and crun
# shellcheck disable=SC2016  # jq's variables
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

EVENTS=/var/log/bulkhead/events.jsonl
DOOR='' RUNTIME='' CODE=0 OUT=''
BEYOND_ALL=65534  # a supplementary group that nobody has

prepare() {
  make_bundle "$NODE/c"
  "$HOOK" precreate <"$NODE/base.json" | jq .linux.seccomp >"$NODE/filter.json"
  local root=$NODE/rootfs
  mkdir -p "$root"/{out,hidden,etc} "$NODE/out"
  chmod 777 "$NODE/out"
  echo secret | tee "$root/secret" >"$root/hidden/file"
  ln -s secret "$root/link-to-secret"
  echo 'of the host' >"$NODE/host-file"
  cp "$(helper witness)" "$root/bin/setuid"
  chmod 4755 "$root/bin/setuid"
  local name
  for name in here there; do
    : >"$NODE/net-$name"
    unshare --net="$NODE/net-$name" true
  done
}

# ---- a runtime that read something else ---------------------------------------------------------------

# Behind the hook the container's document calls it; behind the shim none does.
hooks() {
  [ "$DOOR" = hook ] || { echo .; return; }
  printf '.hooks = {createRuntime: [{path: "%s", args: ["bulkhead-hook", "createRuntime"]}]}' "$HOOK"
}
# What the engine asked for: every property that a mutant takes away.
asked() { # [JQ FILTER…]
  make_bundle "$NODE/c" "$(hooks)" ".linux.seccomp = $(cat "$NODE/filter.json")" \
    '.process.user = {uid: 1000, gid: 1000, additionalGids: [2000]} | .process.noNewPrivileges = true
     | .linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "cgroup"}])
     | .linux.maskedPaths += ["/hidden", "/secret", "/link-to-secret", "/none"]
     | .mounts += [{destination: "/out", type: "bind", source: "/run/node/out", options: ["rbind", "rw"]}]' \
    "$(args /bin/sh -c 'echo ran >/out/mark')" "$@"
}
# Behind the hook: the runtime reads the mutant, and a hook before ours lays back what the engine asked for. It reads
# its stdin: crun fails where a hook has ended before the state is written to it.
mutate_hook() { # JQ FILTER
  mv "$NODE/c/config.json" "$NODE/asked.json"
  jq "$1" "$NODE/asked.json" | jq --arg asked "$NODE/asked.json" --arg config "$NODE/c/config.json" \
    '.hooks.createRuntime |= [{path: "/bin/sh",
      args: ["sh", "-c", "cat >/dev/null; exec cp \"$0\" \"$1\"", $asked, $config]}] + .' >"$NODE/mutant.json"
  mv "$NODE/mutant.json" "$NODE/c/config.json"
}

# Behind the shim: the runtime is a wrapper that changes the document (or the state, for exec) first.
mutate_shim() { echo "$1" >"$NODE/mutation"; }
mutate_loader() { mutate_shim "$1"; }  # the shim's, with filters that the gate installs
write_wrapper() {
  cat >"$NODE/wrapper" <<EOF
#!/bin/sh
case " \$* " in
*" run "*) of=$NODE/c/config.json ;;
*" exec "*) of=\$(ls -d /run/$RUNTIME/mutant/state.json /run/$RUNTIME/mutant/config.json 2>/dev/null | head -n 1) ;;
*) of= ;;
esac
if [ -n "\$of" ] && [ -s $NODE/mutation ]; then
  jq -f $NODE/mutation "\$of" >$NODE/mutated && cat $NODE/mutated >"\$of"
  rm -f "\${of%/*}/seccomp.bpf"
fi
drop=\$(cat $NODE/drop 2>/dev/null) left=\$#
while [ "\$left" -gt 0 ]; do
  word=\$1 left=\$((left - 1))
  shift
  case \$word in
  \$drop) ;;
  exec) set -- "\$@" exec \$(cat $NODE/add 2>/dev/null) ;;
  *) set -- "\$@" "\$word" ;;
  esac
done
if [ -e $NODE/tries-again ]; then
  $RUNTIME "\$@" && exit
  $RUNTIME delete --force mutant
fi
exec $RUNTIME "\$@"
EOF
  chmod 755 "$NODE/wrapper"
  local loader=runtime
  [ "$DOOR" != loader ] || loader=gate
  write_policy <<<"{\"version\": 1, \"runtimes\": [\"$NODE/wrapper\"], \"seccomp\": {\"loader\": \"$loader\", \"log_denials\": true}}"
}
through_door() { # WORD…
  if [ "$DOOR" = hook ]; then "$RUNTIME" "$@"; else "$SHIM" "$@"; fi
}

start() {
  CODE=0
  rm -f "$NODE/out/mark" "$EVENTS"
  "$RUNTIME" delete --force mutant >/dev/null 2>&1
  through_door run --bundle "$NODE/c" mutant >"$NODE/stdout" 2>&1 </dev/null || CODE=$?
  OUT=$(cat "$NODE/stdout")
}
last_event() { grep '"stage":"gate' "$EVENTS" 2>/dev/null | tail -n 1 | jq -r "$1"; }
is_told() { [ "$(last_event .event)" = "$1" ]; }

survives() { # NAME [JQ FILTER OF WHAT IS ASKED…]
  asked "${@:2}"
  : >"$NODE/mutation"
  start
  same "$DOOR, $RUNTIME: $1: runs" 0 "$CODE"
  check "$DOOR, $RUNTIME: $1: the program ran" test -e "$NODE/out/mark"
  check "$DOOR, $RUNTIME: $1: proved" eventually 5 is_told "$([ "$DOOR" = loader ] && echo installed || echo proved)"
}
killed() { # NAME SENTENCE MUTATION [JQ FILTER OF WHAT IS ASKED…]
  asked "${@:4}"
  "mutate_$DOOR" "$3"
  start
  same "$DOOR, $RUNTIME: $1: is killed" 137 "$CODE"
  check "$DOOR, $RUNTIME: $1: nothing ran" test ! -e "$NODE/out/mark"
  contains "$DOOR, $RUNTIME: $1: the container's stderr says why" "$2" "$OUT"
  check "$DOOR, $RUNTIME: $1: the event" eventually 5 is_told proof-failed
  contains "$DOOR, $RUNTIME: $1: the event says why" "$2" "$(last_event .message)"
}

# ---- the table ----------------------------------------------------------------------------------------

IDENTITY='{containerID: 0, hostID: 0, size: 65536}'
IN_USER_NAMESPACE=".linux.namespaces += [{type: \"user\"}]
  | .linux.uidMappings = [$IDENTITY] | .linux.gidMappings = [$IDENTITY]"
without_namespace() { echo "del(.linux.namespaces[] | select(.type == \"$1\"))"; }
network_at() { echo "(.linux.namespaces[] | select(.type == \"network\")) |= {type: \"network\", path: \"$1\"}"; }
new_network() { echo '(.linux.namespaces[] | select(.type == "network")) |= {type: "network"}'; }
over() { echo ".mounts += [{destination: \"$1\"} + $2] | .linux.maskedPaths -= [\"$1\"]"; }

of_the_process() {
  [ "$DOOR" = loader ] ||
    killed "no filter" "no seccomp filter is installed, but one must hold" 'del(.linux.seccomp)'
  killed "no no_new_privs" "no_new_privs is not set, but it must be" '.process.noNewPrivileges = false'
  killed "one capability" "the bounding set holds CAP_NET_ADMIN beyond the plan" \
    '.process.capabilities.bounding += ["CAP_NET_ADMIN"]'
  killed "the user" "the real uid is 0, but the process must run as uid 1000" '.process.user.uid = 0'
  killed "the group" "the real gid is 0, but the process must run as gid 1000" '.process.user.gid = 0'
  killed "a supplementary group" "the process has the supplementary groups $BEYOND_ALL beyond the plan" \
    ".process.user.additionalGids += [$BEYOND_ALL]"
  if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ]; then
    killed "the label" "the AppArmor profile in force is" 'del(.process.apparmorProfile)' \
      '.process.apparmorProfile = "bulkhead-default"'
  else
    skip "$DOOR, $RUNTIME: the label" "this kernel has no AppArmor"
  fi
}

# Behind the hook it asks the hook once more.
of_one_that_tries_again() {
  : >"$NODE/tries-again"
  killed "no no_new_privs, and tries again" "no_new_privs is not set, but it must be" '.process.noNewPrivileges = false'
  rm "$NODE/tries-again"
}

of_the_paths() {
  local shown="paths that must be masked show what is there:"
  killed "one mask of a file" "$shown '/secret', '/link-to-secret'" '.linux.maskedPaths -= ["/secret", "/link-to-secret"]'
  killed "one mask of a directory" "$shown '/hidden'" '.linux.maskedPaths -= ["/hidden"]'
  killed "one mask in /sys" "$shown '/sys/firmware'" '.linux.maskedPaths -= ["/sys/firmware"]'
  killed "a mask that shows the host's file (CVE-2025-31133)" "$shown '/secret'" \
    "$(over /secret '{type: "bind", source: "/run/node/host-file", options: ["bind", "ro"]}')
     | .linux.maskedPaths -= [\"/link-to-secret\"]"
  killed "a mask that can be written" "$shown '/hidden'" \
    "$(over /hidden '{type: "tmpfs", source: "tmpfs", options: ["rw"]}')"
  killed "one read-only path" "paths that must be read-only are writable: '/proc/sys'" \
    '.linux.readonlyPaths -= ["/proc/sys"]'
  killed "the read-only root" "the root file system is writable, but must be read-only" '.root.readonly = false'
}

of_the_namespaces() {
  local type
  for type in pid network ipc uts cgroup; do
    killed "the $type namespace" "the $type namespace is the engine's, but a new one must hold" \
      "$(without_namespace $type) | del(.hostname)"
  done
  killed "the user namespace" "the user namespace is the engine's, but a new one must hold" \
    "$(without_namespace user) | del(.linux.uidMappings, .linux.gidMappings)" "$IN_USER_NAMESPACE"
  killed "the user of a user namespace" \
    "the real uid is 100999, but the process must run as uid 1000 (1000 outside its user namespace)" \
    '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}, {containerID: 1, hostID: 100000, size: 1000}]' \
    "$IN_USER_NAMESPACE"
  killed "another namespace than the one to join" "the network namespace is not the one at '$NODE/net-here'" \
    "$(network_at "$NODE/net-there")" "$(network_at "$NODE/net-here")"
  killed "a new namespace in place of the one to join" "the network namespace is not the one at '$NODE/net-here'" \
    "$(new_network)" "$(network_at "$NODE/net-here")"
}

# What a faithful runtime does is proved, whatever its shape.
faithful() {
  survives "what was asked for"
  survives "as root, with a writable root" '.process.user = {uid: 0, gid: 0} | .root.readonly = false'
  survives "nothing masked" 'del(.linux.maskedPaths, .linux.readonlyPaths)'
  survives "in a user namespace" "$IN_USER_NAMESPACE"
  survives "in a network namespace of others" "$(network_at "$NODE/net-here")"
  survives "in the engine's namespaces" "$(without_namespace network) | $(without_namespace ipc)"
  survives "a set-user-ID program" "$(args /bin/setuid)" '.process.noNewPrivileges = false'
}

# A process that joins is held against the container's init.
exec_in() { # WORD…
  CODE=0
  rm -f "$NODE/out/mark" "$EVENTS"
  through_door exec "$@" mutant /bin/sh -c 'echo ran >/out/mark' >"$NODE/stdout" 2>&1 </dev/null || CODE=$?
  OUT=$(cat "$NODE/stdout")
}
exec_killed() { # NAME SENTENCE MUTATION OF THE RUNTIME'S STATE, OPTION IT DROPS, OPTION IT ADDS
  mutate_shim "$3"
  echo "${4:-}" >"$NODE/drop"
  echo "${5:-}" >"$NODE/add"
  exec_in --no-new-privs --user 1000:1000
  rm -f "$NODE/drop" "$NODE/add"
  check "$DOOR, $RUNTIME: exec, $1: fails" test "$CODE" != 0
  check "$DOOR, $RUNTIME: exec, $1: nothing ran" test ! -e "$NODE/out/mark"
  contains "$DOOR, $RUNTIME: exec, $1: stderr says why" "$2" "$OUT"
  check "$DOOR, $RUNTIME: exec, $1: the event" eventually 5 is_told proof-failed
  same "$DOOR, $RUNTIME: exec, $1: the container goes on" running "$("$RUNTIME" state mutant | jq -r .status)"
}
create_to_join() {
  asked "$(args /bin/sleep 100)"
  : >"$NODE/mutation"
  "$RUNTIME" delete --force mutant >/dev/null 2>&1
  through_door run --detach --bundle "$NODE/c" mutant >/dev/null 2>&1 </dev/null
}
of_exec() {
  local without_filter='del(.config.seccomp, .linux.seccomp)'
  create_to_join
  exec_in --no-new-privs --user 1000:1000
  same "$DOOR, $RUNTIME: exec: runs" 0 "$CODE"
  check "$DOOR, $RUNTIME: exec: proved" eventually 5 is_told proved
  exec_killed "the user (CVE-2026-30892)" "the real uid is 0, but the process must run as uid 1000" "" \
    '--user=*' --user=0:0
  exec_killed "one capability" "CAP_NET_ADMIN beyond the plan" "" "" --cap=CAP_NET_ADMIN
  # runc takes what the container has where the option is absent.
  [ "$RUNTIME" != crun ] || exec_killed "no no_new_privs" "no_new_privs is not set, but it must be" "" '--no-new-privs*'
  exec_killed "no filter" "no seccomp filter is installed, but one must hold" "$without_filter"
  "$RUNTIME" delete --force mutant
}

all_of() {
  RUNTIME=$1
  for DOOR in loader hook shim; do
    # By default a filter of the gate's that logs would make up for one that is dropped.
    write_policy <<<'{"version": 1, "seccomp": {"log_denials": true}}'
    [ "$DOOR" = hook ] || write_wrapper
    faithful
    of_the_process
    [ "$DOOR" = hook ] || of_one_that_tries_again
    [ "$DOOR" != loader ] || continue
    of_the_paths
    of_the_namespaces
  done
  of_exec
}

need_shim
need_hook
if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  all_of "$1"
  finish
fi
prepare
[ $# -gt 0 ] || mapfile -t ALL < <(runtimes)
for runtime in "${ALL[@]:-$@}"; do again_in_view "$runtime" "$runtime"; done
finish
