#!/bin/bash
# A profile made of a record lets through what was recorded, and nothing else: each program runs in a container under the
# fallback while its calls are counted from its first instruction on, then under the profile made of that, whose every
# other answer is to kill. By every runtime of this machine, with and without no_new_privileges.
#
# FULL=1: the shell forks 5,000 times instead of 200.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"
need_shim

BULKHEAD=$BUILD/bulkhead
HELPERS=$ROOT/tests/integration/helpers
# Of `runc spec`.
CAPABILITIES=(--cap AUDIT_WRITE --cap KILL --cap NET_BIND_SERVICE)
FORKS=200
[ -z "${FULL:-}" ] || FORKS=5000

[ -x "$BULKHEAD" ] || { not_ok "the command is built" "$BULKHEAD is missing: run make"; finish; }
make_rootfs
cp "$(helper record_calls)" "$(helper threads -pthread)" "$NODE/rootfs/bin/"
mkdir -p "$NODE"/rootfs/{usr,lib,lib64,out} "$NODE/out"

# compiled NAME SOURCE COMMAND…: puts the program into the root file system; false where it cannot be compiled here.
compiled() {
  compile "$BUILD/tests/helpers/$1" "$HELPERS/$2" "${@:3}" 2>/dev/null && cp "$BUILD/tests/helpers/$1" "$NODE/rootfs/bin/"
}

# Name and command.
PROGRAMS=(
  "true|/bin/true"
  "shell|/bin/sh -c 'ls / | sort | wc -l >/dev/null; (exit 7); [ \$? = 7 ] && sleep 0.01 & wait; echo 42'"
  "forks|/bin/sh -c 'n=0; while [ \$n -lt $FORKS ]; do (exit 0); n=\$((n + 1)); done; echo 42'"
  "threads|/bin/threads"
)
if compiled threads_musl threads.c musl-gcc -std=c17 -O2 -static; then
  PROGRAMS+=("musl|/bin/threads_musl")
else
  skip "a program with musl" "musl-gcc is not here"
fi
if [ "$(uname -m)" = x86_64 ] && compiled calls_32 calls_32.c gcc -m32 -nostdlib -static -O2 -fno-stack-protector -fno-pic -no-pie; then
  PROGRAMS+=("calls_32|/bin/calls_32")
else
  skip "a 32-bit program" "gcc compiles none here"
fi
PROGRAMS+=("python|/usr/bin/python3 -c 'import subprocess, threading, json; t = threading.Thread(target=print, args=(6 * 7,)); t.start(); t.join(); subprocess.check_call([\"/bin/true\"])'")

# bundle NAME COMMAND FILTER…: with this machine's libraries, read-only.
bundle() {
  local name=$1 command=$2
  shift 2
  # shellcheck disable=SC2016  # jq's variable
  make_bundle "$NODE/$name" "$(eval "args $command")" \
    '.mounts += [("/usr", "/lib", "/lib64") as $tree |
       {destination: $tree, type: "bind", source: $tree, options: ["rbind", "ro"]}]' "$@"
}

# start RUNTIME PROGRAM NAME: prints what the container prints.
start() {
  in_view "$1" timeout -k 5 60 "$2" --root "$NODE/state-$1" run --bundle "$NODE/$3" "$3-$1" </dev/null 2>&1
}

# record_one RUNTIME NAME COMMAND: under the fallback, by the shim.
record_one() {
  bundle "$2" "/bin/record_calls /out/$1-$2.record $3" \
    ".mounts += [{destination: \"/out\", type: \"bind\", source: \"$NODE/out\", options: [\"rbind\", \"rw\"]}]" || return 1
  start "$1" "$(link_shim "$1")" "$2"
}

# under PROFILE RUNTIME NAME COMMAND NO_NEW_PRIVILEGES: without Bulkhead, what is not allowed kills; but for clone3, which
# glibc tries first and the fallback denies as well.
under() {
  jq '.defaultAction = "SCMP_ACT_KILL_PROCESS" | del(.defaultErrnoRet)
      | if any(.syscalls[].names[]; . == "clone3") then . else
          .syscalls += [{names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38}] end' "$1" >"$NODE/strict.json"
  bundle "$3" "$4" ".process.noNewPrivileges = $5 | .process.user = {uid: ${USER_ID:-0}, gid: ${USER_ID:-0}}" || return 1
  jq --slurpfile profile "$NODE/strict.json" '.linux.seccomp = $profile[0]' "$NODE/$3/config.json" >"$NODE/new.json" &&
    mv "$NODE/new.json" "$NODE/$3/config.json"
  start "$2" "$(command -v "$2")" "$3"
}

try_one() { # RUNTIME NAME COMMAND
  local runtime=$1 name=$2 command=$3 recorded said
  local record=$runtime-$name profile=$NODE/$runtime-$name.json
  recorded=$(record_one "$runtime" "$name" "$command") ||
    { not_ok "$runtime, $name: is recorded" "$recorded"; return; }
  "$BULKHEAD" record import "$NODE/out/$record.record" --name "$record" >/dev/null ||
    { not_ok "$runtime, $name: its record is taken in"; return; }
  said=$("$BULKHEAD" record profile "$record" "${CAPABILITIES[@]}" -o "$profile" 2>&1)
  same "$runtime, $name: the profile allows nothing that the fallback does not" \
    "allows nothing that runtime/default does not" "$(tail -n 1 <<<"$said")"
  check "$runtime, $name: lint has nothing against the profile" "$BULKHEAD" lint "$profile"
  same "$runtime, $name: does the same under its profile" "$recorded" \
    "$(under "$profile" "$runtime" "$name" "$command" true)"
  "$BULKHEAD" record profile "$record" "${CAPABILITIES[@]}" --arguments -o "$profile" 2>/dev/null
  same "$runtime, $name: and with the values of arguments as conditions, without no_new_privileges" "$recorded" \
    "$(under "$profile" "$runtime" "$name" "$command" false)"
}

for runtime in $(runtimes); do
  for program in "${PROGRAMS[@]}"; do try_one "$runtime" "${program%%|*}" "${program#*|}"; done
  same "$runtime: another user's container starts under its profile, too" "" \
    "$(USER_ID=1000 under "$NODE/$runtime-true.json" "$runtime" true /bin/true false)"
  if under "$NODE/$runtime-true.json" "$runtime" python "/usr/bin/python3 -c 'print(42)'" true >"$NODE/said"; then
    not_ok "$runtime: another program does not run under that profile" "$(cat "$NODE/said")"
  else
    ok "$runtime: another program does not run under that profile"
  fi
done

"$BULKHEAD" record merge runc-shell runc-forks -o both >/dev/null
check "records are merged" "$BULKHEAD" record show both
finish
