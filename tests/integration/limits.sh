#!/usr/bin/env bash
# Limits on resources, of the container or of whoever calls: a container under them ends as it ends without Bulkhead,
# or with a sentence, and what Bulkhead has to tell is not lost. FULL=1: with a program that uses up its CPU time, too.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"
RUNTIME=''
# shellcheck source=helpers/endings.sh
. "$ROOT/tests/integration/helpers/endings.sh"

FALLBACK=".linux.seccomp = $("$BUILD/bulkhead" default)"
DEAF='.hooks.createContainer = [{path: "/bin/sleep", args: ["sleep", "0.1"]}]'
limit() { # NAME SOFT HARD
  printf '.process.rlimits = [{type: "RLIMIT_%s", soft: %s, hard: %s}] | %s' "$1" "$2" "$3" "$(args /bin/probe)"
}
under() { ends_as_plain "RLIMIT_$1 of $2${4:-}" "$(limit "$1" "$2" "$2") | $3" run_it; }

# Runtimes compile a profile under the container's limits, with Bulkhead or without it.
with_a_profile() {
  local TELLS=1
  under CPU 1 "$FALLBACK"
  [ -z "${FULL:-}" ] || ends_as_plain "RLIMIT_CPU that is used up" \
    "$(limit CPU 1 1) | $FALLBACK | $(args /bin/sh -c 'while :; do :; done')" run_it
  under AS 100000000 "$FALLBACK"
  under AS 1000000 "$FALLBACK"
  under DATA 4096 "$FALLBACK"
  under DATA 2000000 "$FALLBACK"
  under FSIZE 0 "$FALLBACK"
  under STACK 16384 "$FALLBACK"
  under NOFILE 8 "$FALLBACK"
  # Go wants one thread more in some runs.
  ENDINGS='run [01]' ends_as_plain "pids.max of 2" "$FALLBACK | .linux.resources.pids.limit = 2 | $(args /bin/probe)" run_it
  ends_as_plain "too little memory (OOM)" "$FALLBACK | .linux.resources.memory.limit = 4096 | $(args /bin/probe)" run_it
}
# crun runs hooks under the container's limits: up to the hard one they are raised.
soft_ones() {
  local limit
  for limit in 'STACK 16384' 'DATA 2000000' 'AS 20000000' 'FSIZE 8192' 'CPU 1'; do
    read -ra limit <<<"$limit"
    ends_as_plain "RLIMIT_${limit[0]} of ${limit[1]}, more on demand" "$(limit "${limit[@]}" 4000000000) | $FALLBACK" run_it
  done
}
# What the gate installs needs no memory of the container, and the hook, which has the same limits under crun, little.
with_a_filter_of_the_gate() {
  local DOORS=(hook)
  under AS 100000000 . ", and a filter of the gate's"
  under AS 100000000 "$DEAF" ", and a filter that is installed late"
  under AS 20000000 . ", and a filter of the gate's"
  under DATA 3000000 "$DEAF" ", and a filter that is installed late"
  under STACK 16384 "$DEAF" ", and a filter that is installed late"
}

# Who asks for no profile pays for none: the gate has the compiled one.
behind_the_loader() {
  local DOORS=(shim)
  write_policy <<<'{"version": 1, "seccomp": {"loader": "gate"}}'
  under AS 100000000 . ", and seccomp.loader gate"
  under DATA 2000000 . ", and seccomp.loader gate"
  remove_policy
}

# ---- what Bulkhead has to tell ---------------------------------------------------------------------------

# Bulkhead alone minds it.
REFUSED='.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["setuid"], action: "SCMP_ACT_ERRNO", errnoRet: 0}]}'
is_logged() { grep -q '"event":"refused"' "$EVENTS" 2>/dev/null; }
refused() { # NAME COMMAND…
  local name=$1
  shift
  head -c 100000 /dev/zero | tr '\0' '\n' >"$EVENTS"  # the log of a node that has run for a while
  same "$name: refused" refused "$("$@" >"$NODE/said" 2>&1 </dev/null && echo started || echo refused)"
  check "$name: the event is there" eventually 4 is_logged
  "$RUNTIME" delete --force "$ID" >/dev/null 2>&1
}
refusals_are_logged() {
  local limit
  bundles "$REFUSED | .process.rlimits = [{type: \"RLIMIT_FSIZE\", soft: 65536, hard: 1000000000}]"
  refused "$RUNTIME, hook: under RLIMIT_FSIZE of the container" "$RUNTIME" run --bundle "$NODE/hook" "$ID"
  for limit in '-f 0' '-s 64' '-d 4000' '-v 200000' '-n 5' '-t 1'; do
    # shellcheck disable=SC2016  # expanded by the inner shell
    refused "$RUNTIME, shim: called under ulimit $limit" bash -c 'ulimit -S '"$limit"'; exec "$@"' bash \
      "$NODE/bin/bulkhead-$RUNTIME" run --bundle "$NODE/shim" "$ID"
  done
}
# Where not even the hard limit lets a line be written, standard error says so.
unwritable_log_is_told() {
  bundles "$REFUSED"
  # shellcheck disable=SC2016  # expanded by the inner shell
  setpriv --inh-caps=-sys_resource --bounding-set=-sys_resource bash -c 'ulimit -f 0; exec "$@"' bash \
    "$NODE/bin/bulkhead-$RUNTIME" run --bundle "$NODE/shim" "$ID" 2>&1 </dev/null | cat >"$NODE/said"
  contains "$RUNTIME, shim: a hard limit of 0 on files: the refusal is said" "is not started" "$(<"$NODE/said")"
  contains "$RUNTIME, shim: and that the log has not got it" "File too large" "$(<"$NODE/said")"
}

all_of() {
  ln -sf "$SHIM" "$NODE/bin/bulkhead-$RUNTIME"
  for NNP in true false; do
    with_a_profile
    soft_ones
    with_a_filter_of_the_gate
    behind_the_loader
  done
  refusals_are_logged
  unwritable_log_is_told
}

need_shim
need_hook
if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  RUNTIME=$1
  all_of
  finish
fi
make_rootfs
for runtime in $(runtimes); do again_in_view "$runtime" "$runtime"; done
finish
