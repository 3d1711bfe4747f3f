#!/usr/bin/env bash
# Ways by which a caller or a container's author led the runtime elsewhere than Bulkhead looked: with
# the shim in front none of them gives a program more than the policy and its container allow. The
# same is first shown without the shim where the runtime does take it.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

RUNTIME='' R='' ID=reads CODE=0 SAID=''

is() { same "$RUNTIME: $1" "$2" "$3"; }
fresh() { rm -rf /etc/bulkhead/* /var/log/bulkhead/*; }

# start [JQ-FILTER…]: a container that only sleeps, through the shim.
start() {
  make_bundle "$NODE/c" "$(args /bin/sleep 1000)" "$@"
  "$R" run --detach --bundle "$NODE/c" "$ID" >/dev/null 2>&1 </dev/null
}
stop() { "$RUNTIME" delete --force "$ID" >/dev/null 2>&1; }

# joined WORD…: what exec's program says; its exit code in CODE, the shim's words in SAID.
joined() {
  CODE=0
  "$R" exec "$@" </dev/null >"$NODE/out" 2>"$NODE/err" || CODE=$?
  SAID=$(cat "$NODE/err")
  cat "$NODE/out"
}
bounding_set() { sed -n 's/^CapBnd:\t//p'; }

# ---- the configuration that is judged is the one that is run ----------------------------------------

config_of_another_directory() {
  [ "$RUNTIME" = crun ] || return 0
  mkdir -p "$NODE/caller"
  make_bundle "$NODE/c" "$(args /bin/probe seccomp)"
  cp "$NODE/c/config.json" "$NODE/c/other.json"
  cp "$NODE/c/config.json" "$NODE/caller/other.json"
  is "--config from another directory: confined" seccomp=2 \
    "$(cd "$NODE/caller" && "$R" run -b "$NODE/c" -f other.json "$ID" 2>&1 </dev/null)"
  is "the file of the caller's directory was judged" true "$(jq 'has("linux") and (.linux | has("seccomp"))' \
    "$NODE/caller/other.json")"
  is "the one below the bundle was not" false "$(jq '.linux | has("seccomp")' "$NODE/c/other.json")"
}

# By us, or by a runtime that looks itself (crun 1.21).
outside_is_said() { grep -E 'directory is outside of|directory is not accessible from' "$NODE/err"; }
# A directory of the host behind a descriptor that the caller passes on (CVE-2024-21626): crun 1.8 takes it.
directory_of_the_host() {
  local out
  make_bundle "$NODE/c" "$(args /bin/ls)" '.process.cwd = "/proc/self/fd/3"'
  out=$("$R" run --preserve-fds=1 --bundle "$NODE/c" "$ID" 3</ 2>"$NODE/err" </dev/null)
  is "a working directory outside of the container: nothing is listed" "" "$out"
  check "$RUNTIME: and that is said" outside_is_said
  start
  out=$("$R" exec --preserve-fds=1 --cwd /proc/self/fd/3 "$ID" /bin/ls 3</ 2>"$NODE/err" </dev/null)
  is "exec there: nothing is listed" "" "$out"
  check "$RUNTIME: exec there: and that is said" outside_is_said
  stop
}

# ---- exec --------------------------------------------------------------------------------------------

no_new_privs_that_is_taken_back() {
  start
  if [ "$RUNTIME" = runc ]; then
    is "--no-new-privs=false behind it, without the shim" no_new_privs=0 \
      "$(R=runc joined --no-new-privs --no-new-privs=false "$ID" /bin/probe no_new_privs)"
    is "--no-new-privs=false behind it, with the shim" no_new_privs=1 \
      "$(joined --no-new-privs --no-new-privs=false "$ID" /bin/probe no_new_privs)"
  fi
  is "exec without the option keeps the container's" no_new_privs=1 \
    "$(joined "$ID" /bin/probe no_new_privs)"
  stop
}

root_by_exec() {
  write_policy <<<'{"version": 1, "process": {"run_as_non_root": "require"}}'
  start '.process.user = {uid: 1000, gid: 1000}'
  is "a program as another user runs" 7 "$(joined --user 7:7 "$ID" /bin/id -u)"
  # crun 1.21 takes a number without a group for root.
  case $("$RUNTIME" exec --user 7 "$ID" /bin/id -u 2>&1) in
    0) is "the runtime would make root of user 7: nothing runs" "" "$(joined --user 7 "$ID" /bin/id -u)" ;;
    *) is "user 7, without a group" 7 "$(joined --user 7 "$ID" /bin/id -u)" ;;
  esac
  is "exec --user 0:0 under run_as_non_root runs nothing" "" "$(joined --user 0:0 "$ID" /bin/id -u)"
  joined --user 0:0 "$ID" /bin/id -u >/dev/null
  is "and is refused" 3 "$CODE"
  if [ "$RUNTIME" = crun ]; then
    is "crun's exec without --user is root: nothing runs" "" "$(joined "$ID" /bin/id -u)"
  else
    is "runc's exec without --user is the container's user" 1000 "$(joined "$ID" /bin/id -u)"
  fi
  stop
}

# The state lies elsewhere; the container is found all the same, so nothing beyond it is given.
state_below_xdg() {
  export XDG_RUNTIME_DIR=$NODE/xdg
  mkdir -p "$XDG_RUNTIME_DIR"
  start
  jq '.process | .args = ["/bin/grep", "CapBnd", "/proc/self/status"]
      | (.capabilities.bounding, .capabilities.permitted, .capabilities.effective) += ["CAP_SYS_ADMIN"]' \
    "$NODE/c/config.json" >"$NODE/process.json"
  is "XDG_RUNTIME_DIR is set: exec has what its container has" 0000000020000420 \
    "$(joined --process "$NODE/process.json" "$ID" | bounding_set)"
  is "and stderr says what it does not get" \
    "bulkhead: exec: CAP_SYS_ADMIN dropped (the container does not have them; exec.capabilities = container, built-in)" \
    "$(cat "$NODE/err")"
  is "and the events, too" exec-capabilities "$(jq -r '.findings[]?.check | select(startswith("exec-"))' /var/log/bulkhead/events.jsonl | sort -u)"
  stop
  unset XDG_RUNTIME_DIR
}

# Its answer is the policy's: the runtime says that there is no such container.
container_that_nobody_knows() {
  echo '{"args": ["/bin/true"], "cwd": "/", "capabilities": {"bounding": ["CAP_SYS_ADMIN"]}}' \
    >"$NODE/process.json"
  joined --process "$NODE/process.json" nobody >/dev/null
  check "$RUNTIME: exec into a container that is not there is the runtime's to refuse" [ "$CODE" != 0 ]
  is "and nothing of process.json is taken" "" \
    "$(jq -r '.reasons[]? | select(.subject == "capabilities") | .sentence' /var/log/bulkhead/events.jsonl)"
}

capability_beyond_the_container() {
  start
  joined --cap CAP_SYS_ADMIN "$ID" /bin/true >/dev/null
  is "--cap beyond the container is refused" 3 "$CODE"
  contains "$RUNTIME: with a true sentence" \
    "CAP_SYS_ADMIN dropped (the container does not have them; exec.capabilities = container, built-in)" "$SAID"
  stop
}

# ---- what process.json may be ------------------------------------------------------------------------

process_by_any_path() {
  start
  jq '.process | .args = ["/bin/probe", "no_new_privs"] | .noNewPrivileges = false' "$NODE/c/config.json" \
    >"$NODE/process.json"
  ln -sf process.json "$NODE/link.json"
  is "process.json behind a link" no_new_privs=1 "$(joined --process "$NODE/link.json" "$ID")"
  is "process.json on stdin" no_new_privs=1 \
    "$("$R" exec --process /dev/stdin "$ID" <"$NODE/process.json" 2>&1)"
  is "process.json through a pipe" no_new_privs=1 \
    "$("$R" exec --process <(cat "$NODE/process.json") "$ID" 2>&1 </dev/null)"
  is "one copy at most is left" 1 "$(find /run/bulkhead/exec -type f | wc -l)"
  stop
}

# ---- descriptors -------------------------------------------------------------------------------------

# A runtime that tells which descriptors it has.
descriptors_of_the_runtime() {
  local path=$NODE/bin/descriptors process=(exec --process "$NODE/process.json" "$ID")
  cat >"$path" <<SH
#!/bin/sh
case \$1 in
  --version | features) exec $(command -v "$RUNTIME") "\$@" ;;
esac
for fd in /proc/\$\$/fd/*; do echo "\${fd##*/} \$(readlink "\$fd")"; done | grep ' /' | grep -v /descriptors >$NODE/fds
echo "LISTEN_FDS=\$LISTEN_FDS limit \$(ulimit -n)" >>$NODE/fds
SH
  chmod +x "$path"
  write_policy <<<"{\"version\": 1, \"runtimes\": [\"$path\"], \"process\": {\"no_new_privileges\": \"set\"}}"
  echo '{"args": ["/bin/true"], "cwd": "/"}' >"$NODE/process.json"
  export LISTEN_FDS=100
  "$path" "${process[@]}" 5<"$NODE/process.json" </dev/null >/dev/null 2>&1
  cp "$NODE/fds" "$NODE/fds.plain"
  "$NODE/bin/bulkhead-shim" "${process[@]}" 5<"$NODE/process.json" </dev/null >/dev/null 2>&1
  unset LISTEN_FDS
  is "the caller's descriptors, LISTEN_FDS and limits reach the runtime, and none of ours" \
    "$(cat "$NODE/fds.plain")" "$(cat "$NODE/fds")"
}

# One descriptor less than its own work needs would end the shim, not the exec.
few_descriptors() {
  start
  is "exec where 64 descriptors may be open" seccomp=2 \
    "$(ulimit -n 64; joined "$ID" /bin/probe seccomp)"
  is "and with the process in a file" 64 \
    "$(ulimit -n 64; jq '.process | .args = ["/bin/sh", "-c", "ulimit -n"]' "$NODE/c/config.json" >"$NODE/process.json"
      joined --process "$NODE/process.json" "$ID")"
  stop
}

# ---- where crun is told to log ---------------------------------------------------------------------------

hear() { # FILE: what the journal would hear, once
  python3 - "$1" <<'PY' &
import os, socket, sys
os.makedirs("/run/systemd/journal", exist_ok=True)
path = "/run/systemd/journal/socket"
if os.path.exists(path): os.unlink(path)
journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
journal.bind(path)
journal.settimeout(20)
open(sys.argv[1], "wb").write(journal.recv(65536))
PY
  eventually 10 test -S /run/systemd/journal/socket
}
refusal_in_cruns_log() {
  [ "$RUNTIME" = crun ] || return 0
  make_bundle "$NODE/c" "$(args /bin/true)" '.annotations["run.oci.handler"] = "wasm"'
  rm -f "$NODE/heard" "$NODE/crun.log"
  hear "$NODE/heard"
  "$R" --log=journald: run --bundle "$NODE/c" "$ID" >/dev/null 2>&1 </dev/null
  check "crun: --log=journald: the journal hears a refusal" eventually 10 test -s "$NODE/heard"
  is "it has the container's id and the priority of an error" "ID=reads PRIORITY=3" \
    "$(grep -aE '^(ID|PRIORITY)=' "$NODE/heard" | sort | paste -sd ' ')"
  contains "crun: and the sentence" "the annotation 'run.oci.handler' makes" "$(grep -a '^MESSAGE=' "$NODE/heard")"
  "$R" --log="file:$NODE/crun.log" run --bundle "$NODE/c" "$ID" >/dev/null 2>"$NODE/err" </dev/null
  is "--log=file:PATH has the line as stderr has it" "$(cat "$NODE/err")" "$(cat "$NODE/crun.log")"
}

# ---- two builds of the shim -------------------------------------------------------------------------------

# Each stands where the other looks for its runtime.
two_builds() {
  local one=$NODE/one two=$NODE/two
  cp "$SHIM" "$one"
  { cat "$SHIM"; echo another build; } >"$two"
  chmod 755 "$two"
  write_policy <<<"{\"version\": 1, \"runtimes\": [\"$one\", \"$two\", \"$(command -v "$RUNTIME")\"]}"
  is "two builds of the shim find the runtime behind them" "$("$RUNTIME" --version)" \
    "$(timeout 10 "$one" --version 2>&1 </dev/null)"
  make_bundle "$NODE/c" "$(args /bin/probe seccomp)"
  is "and start a container" seccomp=2 "$(timeout 20 "$two" run --bundle "$NODE/c" "$ID" 2>&1 </dev/null)"
}

of_runtime() {
  local name
  RUNTIME=$1
  need_shim
  R=$(link_shim "$RUNTIME")
  for name in config_of_another_directory directory_of_the_host no_new_privs_that_is_taken_back root_by_exec \
    state_below_xdg container_that_nobody_knows capability_beyond_the_container process_by_any_path \
    few_descriptors descriptors_of_the_runtime refusal_in_cruns_log two_builds; do
    fresh
    "$name"
  done
}

if [ $# -gt 0 ]; then
  of_runtime "$1"
else
  for name in $(runtimes); do again_in_view "$name" "$name"; done
fi
finish
