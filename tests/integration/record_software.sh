#!/bin/bash
# Recorded and then run under the profile of that, the same work passes, and nothing is denied that was not denied
# before: real software, as a user does it, by `bulkhead record` and `bulkhead watch`. Where the kernel counts calls
# that is how they are recorded, elsewhere by the kernel's log.
#
# FULL=1: all of it by every runtime, instead of a little of it; and a shell that forks 5,000 times.
# shellcheck disable=SC2034,SC2317  # variables of the helpers; functions that eventually calls
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=helpers/denials.sh
. "$ROOT/tests/integration/helpers/denials.sh"
# shellcheck source=helpers/record.sh
. "$ROOT/tests/integration/helpers/record.sh"
# shellcheck source=helpers/software.sh
. "$ROOT/tests/integration/helpers/software.sh"
need_software_tree
denials_node "$@"

mkdir -p "$NODE/programs"
# compiled NAME SOURCE COMMAND…: a program of the helpers, where it can be compiled here.
compiled() {
  compile "$BUILD/tests/helpers/$1" "$ROOT/tests/integration/helpers/$2" "${@:3}" 2>/dev/null &&
    cp "$BUILD/tests/helpers/$1" "$NODE/programs/"
}
cp "$(helper threads -pthread)" "$NODE/programs/"
cat >"$NODE/programs/forks.sh" <<'SCRIPT'
i=0
while [ $i -lt "$1" ]; do (true); i=$((i + 1)); done
echo "answer: 42"
SCRIPT
FORKS=200
[ -z "${FULL:-}" ] || FORKS=5000
SMALL=("a program of a millisecond|root|/bin/true" "64 threads|root|/programs/threads")
if compiled calls_32 calls_32.c gcc -m32 -nostdlib -static -O2 -fno-stack-protector -fno-pic -no-pie; then
  SMALL+=("a 32-bit program|root|/programs/calls_32")
fi
if compiled threads_musl threads.c musl-gcc -std=c17 -O2 -static; then SMALL+=("musl|root|/programs/threads_musl"); fi
SMALL+=("forks|root|/bin/sh /programs/forks.sh ${FORKS}")

# Which row of the lists by which runtime.
rows_of() { # RUNTIME
  local row
  if [ -n "${FULL:-}" ]; then
    printf '%s\n' "${SMALL[@]}" "${SOFTWARE[@]}"
    return
  fi
  for row in "${SMALL[@]}" "${SOFTWARE[@]}"; do
    case "$1 ${row%%|*}" in "runc nginx" | "crun Redis") echo "$row" ;; esac
  done
}

# software NAME USER COMMAND…: a container of that name, which carries the record's.
software() {
  software_bundle "$@" || return 1
  jq --arg name "$1" --arg programs "$NODE/programs" '.annotations = {
      "io.kubernetes.cri.container-type": "container", "io.kubernetes.cri.sandbox-id": "pod",
      "io.kubernetes.cri.container-name": $name, "io.kubernetes.cri.image-name": "registry/software:1"}
    | .mounts += [{destination: "/programs", type: "bind", source: $programs, options: ["bind", "ro"]}]' \
    "$NODE/$1/config.json" >"$NODE/$1/.new" && mv "$NODE/$1/.new" "$NODE/$1/config.json"
}

# said RUNTIME ID BUNDLE: the exit code, and the last line that the container printed.
said() {
  local status=0
  in_view "$1" timeout -k 5 "${SOFTWARE_SECONDS:-60}" "$(link_shim "$1")" run --bundle "$3" "$2" </dev/null >"$NODE/out" 2>"$NODE/err" || status=$?
  echo "$status $(tail -n 1 "$NODE/out")"
}
capabilities() { jq -rn "$CAPABILITIES"' | .[] | "--cap", ltrimstr("CAP_")'; }

# Of a container: "arch nr" of what was denied. What the fallback denies a program lives with.
denied_of() { [ ! -s "$LOG" ] || jq -r "select(.id == \"$1\" and .kind == \"seccomp\") | \"\(.arch) \(.nr) \(.syscall)\"" "$LOG" | sort -u; }
both_read() { state '.watch.lag_ms // 0' >/dev/null; sleep 1; }

again_under_its_profile() { # RUNTIME ROW
  local runtime=$1 title user command name first second
  IFS='|' read -r title user command <<<"$2"
  name=$runtime-$(tr 'A-Z .' 'a-z--' <<<"$title")
  title="$runtime, $title"
  "$BULKHEAD" record start "$name" --container "$name" >"$NODE/started" || { not_ok "$title: it is begun" "$(cat "$NODE/started")"; return; }
  # shellcheck disable=SC2086  # the command is words
  software "$name" "$user" $command
  first=$(said "$runtime" "$name-1" "$NODE/$name")
  case $first in "0 answer: 42" | "0 42" | "0 ") ok "$title: does its work under record" ;; *) not_ok "$title: does its work under record" "$(cat "$NODE/out" "$NODE/err")" ;; esac
  eventually 30 ended "$name" 1
  "$BULKHEAD" record stop "$name"
  same "$title: nothing of it is lost" '[]' "$(losses "$name")"
  # shellcheck disable=SC2046  # options are words
  "$BULKHEAD" record profile "$name" $(capabilities) -o "$NODE/$name.json" >"$NODE/made" 2>&1 ||
    { not_ok "$title: a profile is made of it" "$(cat "$NODE/made")"; return; }
  same "$title: which allows nothing that the fallback does not" "allows nothing that runtime/default does not" "$(tail -n 1 "$NODE/made")"
  jq --slurpfile profile "$NODE/$name.json" '.linux.seccomp = $profile[0]' "$NODE/$name/config.json" >"$NODE/$name/.new" &&
    mv "$NODE/$name/.new" "$NODE/$name/config.json"
  second=$(said "$runtime" "$name-2" "$NODE/$name")
  same "$title: does the same under its profile" "$first" "$second"
  both_read
  same "$title: and is denied nothing that the fallback did not deny" "" \
    "$(comm -13 <(denied_of "$name-1") <(denied_of "$name-2"))"
}

start_watch --backlog-limit 8192
write_policy <<<'{"version": 1, "seccomp": {"log_denials": "always"}}'
for runtime in ${SOFTWARE_RUNTIMES:-$(runtimes)}; do
  while read -r row; do again_under_its_profile "$runtime" "$row"; done < <(rows_of "$runtime")
done
finish
