#!/usr/bin/env bash
# A runtime behind Bulkhead behaves as without it in everything but confinement. Each scenario below is
# run with the runtime itself and through each door, on the same bundle; it prints what happened (exit
# codes, outputs, files), and the texts must be the same.
# shellcheck disable=SC2317,SC2016,SC2119,SC2120  # scenarios are called by name; text for other shells
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

# The words that call the runtime: set by `compare`. RUNTIME is its name.
RT=() RUNTIME='' DOOR=plain
ID=transparent

# Runs a command; its stdout, stderr and exit code go into the transcript.
tell() {
  local code=0
  "$@" >"$NODE/out" 2>"$NODE/err" </dev/null || code=$?
  echo "code $code"
  sed 's/^/stdout: /' "$NODE/out"
  sed 's/^/stderr: /' "$NODE/err"
}

# The hook's entries are the last, as those of a hooks.d are.
bundle() {
  local entries=.
  [ "$DOOR" != hook ] || entries=".hooks |= reduce (\"createRuntime\", \"poststop\") as \$stage (.;
    .[\$stage] += [{path: \"$NODE/hook/bulkhead-hook\", args: [\"bulkhead-hook\", \$stage]}])"
  make_bundle "$NODE/t" '.process.env += ["FROM_CONFIG=1"]' "$@" "$entries"
}
gone() { "${RT[@]}" delete --force "$ID" >/dev/null 2>&1; }

# shellcheck source=helpers/scenarios.sh
. "$ROOT/tests/integration/helpers/scenarios.sh"
# shellcheck source=helpers/hook_scenarios.sh
. "$ROOT/tests/integration/helpers/hook_scenarios.sh"

# ---- comparison --------------------------------------------------------------------------------------

# What differs from run to run whoever runs it: times, pids, the name in argv[0].
settle() {
  sed -E -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9:]+)?/TIME/g' \
    -e 's/"pid": ?[1-9][0-9]*/"pid": PID/g' -e "s/\\b($ID +)[1-9][0-9]*/\\1PID/" \
    -e 's/ +/ /g' -e "s/bulkhead-($RUNTIME)/\\1/g" -e "s#$NODE/(shim|both)/$RUNTIME#$RUNTIME#g"
}

# The doors: the shim alone; the shim with bulkhead-hook beside it; the hook alone, which stands in the
# bundle as an engine with a hooks.d writes it.
DOORS=(shim both hook)
# The path, as the shim gives it: runtimes name themselves by it in what they say.
words() { # DOOR
  case $1 in
    plain | hook) command -v "$RUNTIME" ;;
    *) echo "$NODE/$1/bulkhead-$RUNTIME" ;;
  esac
}
need_doors() {
  local door
  need_shim
  for door in shim both hook; do
    mkdir -p "$NODE/$door"
    [ "$door" = hook ] || cp "$BUILD/bulkhead-shim" "$NODE/$door/"
    [ "$door" = shim ] || cp "$BUILD/bulkhead-hook" "$NODE/$door/"
    ln -sf bulkhead-shim "$NODE/$door/bulkhead-runc"
    ln -sf bulkhead-shim "$NODE/$door/bulkhead-crun"
  done
}

scene() { # SCENARIO DOOR
  DOOR=$2
  rm -f "$NODE"/{out,err,died,usr1,term,received} 2>/dev/null
  RT=("$(words "$DOOR")")
  "$1" 2>&1 | settle
  gone
}

compare() { # SCENARIO
  local plain door
  local -a doors=("${DOORS[@]}")
  # The hook alone cannot prove what CRIU traces already, and refuses (restore.sh).
  [ "$1" != checkpoint_and_restore ] || doors=(shim both)
  plain=$(scene "$1" plain)
  for door in "${doors[@]}"; do
    same "$RUNTIME, $door: ${1//_/ }" "$plain" "$(scene "$1" "$door")"
  done
  [ -z "${SHOW:-}" ] || diagnose "$plain"
}

compare_all() {
  local scenario
  RUNTIME=$1
  for scenario in "${SCENARIOS[@]}" "${HOOK_SCENARIOS[@]}"; do compare "$scenario"; done
}

told() { # SHELL-TEXT RUNTIME WORDS…
  local start=$1
  shift
  rm -f "$NODE/told" "$NODE/said"
  env -i FOO=bar EMPTY= NOTIFY_SOCKET=/run/x TELL_TO="$NODE/told" sh -c "$start" "$@" \
    >"$NODE/said" 2>&1 </dev/null
  echo "code $?"
  cat "$NODE/said" "$NODE/told"
}

# The words, descriptors, environment … that arrive at the runtime: no real one tells them all. What
# starts nothing arrives as it is; of what does, EXPECTED are the words that say the same in full.
arrives() { # NAME COMMAND-WORDS…
  local name=$1
  shift
  compare_arrival "$name" "$#" "$@" "$@"
}
arrives_in_full() { # NAME EXPECTED COMMAND-WORDS…, EXPECTED one word a line
  local name=$1 expected
  mapfile -t expected <<<"$2"
  shift 2
  compare_arrival "$name" "${#expected[@]}" "${expected[@]}" "$@"
}

compare_arrival() { # NAME COUNT EXPECTED-WORDS… COMMAND-WORDS…
  local name=$1 count=$2 plain shim
  shift 2
  # shellcheck disable=SC2016  # expanded by the inner shell
  local start='ulimit -n 512; ulimit -S -f 4096; ulimit -S -s 4096; ulimit -S -t 1000; ulimit -S -v 1000000
    umask 027; trap "" USR2 CHLD XFSZ; cd /run/node/t
    TELL_PID=$$ exec "$0" "$@" 5</etc/passwd 9>>/run/node/nine'
  bundle "$(args /bin/true)"
  plain=$(told "$start" "$(command -v runc)" "${@:1:count}")
  shim=$(told "$start" "$(link_shim runc)" "${@:count+1}")
  contains "arrives: $name: the pid is the caller's child" "same pid: yes" "$shim"
  same "arrives: $name: words, environment, descriptors, signals, limits" "$plain" "$shim"
}

in_lines() { printf '%s\n' "$@"; }

arrive_all() {
  arrives "state" --root /r --log /run/node/l --log-format json state "$ID"
  arrives "an unknown subcommand" --debug frobnicate -x --y=z '' 'two words'
  arrives "help" create --help
  arrives_in_full "create" \
    "$(in_lines --root=/r create --bundle=/run/node/t --pid-file=/run/node/t/p --no-pivot "$ID")" \
    --root /r create --bundle /run/node/t --pid-file p --no-pivot "$ID"
  arrives_in_full "create in the current directory" "$(in_lines create --bundle=/run/node/t "$ID")" \
    create "$ID"
  arrives_in_full "run" "$(in_lines run --bundle=/run/node/t --keep --preserve-fds=3 "$ID")" \
    run --keep --preserve-fds 3 "$ID"
  arrives_in_full "restore" "$(in_lines restore --image-path=/run/node/t/x --bundle=/run/node/t "$ID")" \
    restore --image-path x --bundle=/run/node/t "$ID"
  arrives_in_full "exec" "$(in_lines exec --tty=false --env=A=B "$ID" sh -c 'exit 1')" \
    exec --tty=false --env A=B "$ID" sh -c 'exit 1'
  arrives "no words at all"
}

need_doors
if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  [ $# = 1 ] || SCENARIOS=("${@:2}") HOOK_SCENARIOS=()
  compare_all "$1"
  finish
fi
if [ $# -gt 1 ]; then  # RUNTIME SCENARIO…: for work on this script
  again_in_view "$1" "$@"
  finish
fi
for runtime in $(runtimes); do again_in_view "$runtime" "$runtime"; done
bundle "$(args /bin/true)"
fake_runtime runc "$(helper tell_all)"
arrive_all
finish
