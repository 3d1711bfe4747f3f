#!/usr/bin/env bash
# What `bulkhead conformance` finds of real runtimes, of a runtime that hangs, and of one that lies.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"
mountpoint -q /var/tmp || mount -t tmpfs -o mode=1777 tmpfs /var/tmp  # others may run conformance meanwhile

CODE=0 OUT='' DATA=$ROOT/conformance
conformance() { # WORD…
  CODE=0
  OUT=$(timeout 120 "$BUILD/bulkhead" conformance --data "$DATA" "$@" 2>"$NODE/errors") || CODE=$?
}
verdict() { jq -r --arg name "$1" '.runtimes[0].results[] | select(.name == $name) | .verdict' <<<"$OUT"; }

# "crun: 12 cases in 3.1 s, the longest of them 0.4 s: exec.filter"
longest_in_seconds() { sed -n 's/.*the longest of them \([0-9]*\)\..*/\1/p' "$NODE/errors"; }

# A runtime that changes what it was told, and is otherwise the real one.
write_lying_runtime() { # JQ FILTER
  cat >"$NODE/lying" <<SCRIPT
#!/bin/sh
case " \$* " in
*" create "*) jq '$1' config.json >changed && cat changed >config.json ;;
esac
exec $RUNTIME "\$@"
SCRIPT
  chmod 755 "$NODE/lying"
}

a_difference_that_is_not_there() { # PATH
  cp -R "$DATA" "$NODE/data-of-$RUNTIME"
  local DATA=$NODE/data-of-$RUNTIME
  jq '. + [{cases: "no-new-privileges.true", because: "it once left them out"}]' "$ROOT/conformance/known/$RUNTIME.json" \
    >"$DATA/known/$RUNTIME.json"
  conformance --runtime "$1" --case no-new-privileges.true
  same "$RUNTIME: a known difference that vanished is no failure" 0 "$CODE"
  contains "$RUNTIME: it is told" "vanished  no-new-privileges.true" "$OUT"
  contains "$RUNTIME: with its reason" "known: it once left them out" "$OUT"
}

A_FEW=(--case 'seccomp.action.errno' --case 'seccomp.inherited.*' --case 'seccomp.listener.value' --case 'no-new-privileges.*' --case 'user.groups'
  --case 'masked.file' --case 'read-only.root' --case 'lifecycle.start-twice' --case 'exec.filter')

nothing_left() {
  [ -z "$(find /var/tmp -maxdepth 1 -name 'bulkhead-conformance-*')" ] && ! pgrep -f '^/bulkhead conformance-probe'
}

on_runtime() {
  RUNTIME=$1
  local path
  path=$(command -v "$RUNTIME")
  conformance --runtime "$path" --json "${A_FEW[@]}"
  same "$RUNTIME: what it does right passes" 0 "$CODE"
  same "$RUNTIME: nothing of it fails" "passed" "$(jq -r '.runtimes[].results[].verdict' <<<"$OUT" | sort -u)"
  local first=$OUT
  check "$RUNTIME: the longest case is told; none waits for a bound" test "$(longest_in_seconds)" -lt 5
  timeout -s INT 1 "$BUILD/bulkhead" conformance --data "$ROOT/conformance" --runtime "$path" >"$NODE/interrupted" 2>&1
  check "$RUNTIME: whoever interrupts it waits for its end" eventually 20 nothing_left
  conformance --runtime "$path" --json "${A_FEW[@]}" --jobs 4
  same "$RUNTIME: two runs have the same results" "$first" "$OUT"
  same "$RUNTIME: nothing is left in /var/tmp" "" "$(find /var/tmp -maxdepth 1 -name 'bulkhead-conformance-*')"

  write_lying_runtime '.process.noNewPrivileges = false'
  conformance --runtime "$NODE/lying" --json --keep "$NODE/kept" --case no-new-privileges.true
  same "$RUNTIME: a runtime that leaves out no_new_privs is caught" "1 failed" "$CODE $(verdict no-new-privileges.true)"
  contains "$RUNTIME: with what was expected and what was seen" 'expected \"1\", seen \"0\"' "$OUT"
  check "$RUNTIME: its bundle is kept" test -s "$NODE/kept/lying/no-new-privileges.true/config.json"
  same "$RUNTIME: and is the smallest that shows it" "/proc args,cwd,noNewPrivileges,user" \
    "$(jq -r '[(.mounts[].destination), (.process | keys | join(","))] | join(" ")' "$NODE/kept/lying/no-new-privileges.true/config.json")"
  a_difference_that_is_not_there "$path"
  write_lying_runtime 'if .linux.seccomp then .linux.seccomp.syscalls = [] else . end'
  conformance --runtime "$NODE/lying" --json --case seccomp.action.errno
  same "$RUNTIME: a runtime that leaves out a rule is caught" "1 failed" "$CODE $(verdict seccomp.action.errno)"
}

# The lines of docs/how-to/test-a-runtime.md, with a runtime at a path of its own, and a few cases only.
GUIDE=$ROOT/docs/how-to/test-a-runtime.md
ci_lines() { awk '/conformance.sh runs it/ { found = 1 } found && /^```$/ { exit } found && !/^(<!--|```)/' "$GUIDE"; }
workflow_lines() { awk '/^ +- run: \|$/ { found = 1; next } /^```$/ { found = 0 } found { sub(/^ +/, ""); print }' "$GUIDE"; }
in_others_ci() {
  local job=$NODE/job-$RUNTIME
  mkdir -p "$job/bin" && cp "$(command -v "$RUNTIME")" "$job/runc"
  printf '#!/bin/sh\nexec "$@"\n' >"$job/bin/sudo"
  cat >"$job/bin/bulkhead" <<SCRIPT
#!/bin/sh
shift
case " \$* " in
*" --runtime "*) set -- --case 'no-new-privileges.*' --case user.groups "\$@" ;;
esac
exec $BUILD/bulkhead conformance --data $ROOT/conformance "\$@"
SCRIPT
  chmod 755 "$job"/bin/*
  ci_lines >"$job/lines"
  same "$RUNTIME: the lines for CI are there" 3 "$(grep -c 'bulkhead conformance' "$job/lines")"
  same "$RUNTIME: those of the workflow are the same" "$(sed 's/ *#.*//' "$job/lines")" "$(workflow_lines)"
  (cd "$job" && PATH=$job/bin:$PATH && eval "$(head -n 1 lines)" && mv new.json released.json && bash -e lines) >"$job/out" 2>"$job/errors"
  same "$RUNTIME: they work: nothing changed, nothing fails" "0 " "$? $(cat "$job/out")"
  check "$RUNTIME: and there is a TAP" grep -q '^ok .*no-new-privileges.true' "$job/conformance.tap"
}

# One that can be had, as youki; and one that can start nothing here.
# shellcheck disable=SC2016  # the scripts' own words
found_by_name() {
  mount -t tmpfs -o mode=755 tmpfs /usr/local/bin
  printf '#!/bin/sh\n[ "$1" != --version ] || { echo "youki version 0.5.3"; exit; }\nexec runc "$@"\n' >/usr/local/bin/youki
  printf '#!/bin/sh\n[ "$1" != --version ] || { echo "runsc version release-20240729.0"; exit; }\nexit 3\n' >/usr/local/bin/runsc
  chmod 755 /usr/local/bin/*
  conformance --json --case no-new-privileges.true
  same "every runtime that has a name is found and tested" "runc 0 youki 0" \
    "$(jq -r '[.runtimes[] | select(.family != "crun") | .family, (.results | map(select(.verdict != "passed")) | length)] | join(" ")' <<<"$OUT")"
  contains "of several one that starts nothing is told" "'/usr/local/bin/runsc' cannot start the plainest container here" "$(cat "$NODE/errors")"
  same "in the exit code as well" 6 "$CODE"
  contains "so is what is not here" "not here: kata-runtime" "$(cat "$NODE/errors")"
  umount /usr/local/bin
}

of_all_runtimes() {
  cat >"$NODE/hanging" <<SCRIPT
#!/bin/sh
case " \$* \$PWD" in
*/plainest) ;;
*" start "*) sleep 1000 & wait ;;
esac
exec runc "\$@"
SCRIPT
  chmod 755 "$NODE/hanging"
  conformance --runtime "$NODE/hanging" --json --case no-new-privileges.true
  same "a runtime that hangs has failed" "1 failed" "$CODE $(verdict no-new-privileges.true)"
  contains "and it is told" "start did not end within the bound, and was killed" "$OUT"
  lacks "nothing of it is left" "sleep 1000" "$(ps -eo args)"
  lacks "nor its container" "conformance-probe" "$(ps -eo args)"
  conformance --list
  check "every case is listed" test "$(grep -c ' MUST \| SHOULD \| expected ' <<<"$OUT")" -ge 200
  conformance --explain seccomp.action.errno
  contains "a case is explained by its sentence" "MUST (runtime.md, Create)" "$OUT"
  conformance --case 'no.such.*'
  same "a name that no case has is a mistake" 2 "$CODE"
  found_by_name
  printf '#!/bin/sh\nexit 3\n' >"$NODE/broken" && chmod 755 "$NODE/broken"
  conformance --runtime "$NODE/broken"
  same "a runtime that starts nothing is told as that" 6 "$CODE"
  contains "with a sentence" "cannot start the plainest container here" "$(cat "$NODE/errors")"
}

if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  on_runtime "$1"
  in_others_ci
  finish
fi
of_all_runtimes
for runtime in $(runtimes); do again_in_view "$runtime" "$runtime"; done
finish
