#!/bin/bash
# bulkhead-default: what it denies, what it leaves open, and how it compares, by what processes can do,
# with what containerd and containers-common generate.
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
private_node "$@"
need_bulkhead
need_attempt

# Every path is as a container without masked and read-only paths sees it: only AppArmor is in the way.
OPEN='.linux.maskedPaths = [] | .linux.readonlyPaths = [] | .root.readonly = false
  | .mounts |= map(if .destination == "/sys" then .options -= ["ro"] else . end)
  | .process.user = {uid: 0, gid: 0}
  | .process.capabilities |= with_entries(.value += ["CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_SYS_RAWIO"])'
ATTEMPTS=(
  write /proc/sysrq-trigger read /proc/kcore write /proc/sys/kernel/core_pattern
  write /proc/sys/kernel/shmmax write /proc/sys/vm/swappiness read /proc/keys
  write /sys/kernel/mm/ksm/run write /sys/power/state read /sys/firmware/memmap
  mount /tmp pivot /tmp
  create /tmp/x create /etc/x write /proc/self/oom_score_adj read /proc/self/status
  read /proc/sys/kernel/ostype read /sys/kernel/mm/ksm/run write /dev/null)

EXPECTED='write /proc/sysrq-trigger: EACCES
read /proc/kcore: EACCES
write /proc/sys/kernel/core_pattern: EACCES
write /proc/sys/kernel/shmmax: EACCES
write /proc/sys/vm/swappiness: EACCES
read /proc/keys: EACCES
write /sys/kernel/mm/ksm/run: EACCES
write /sys/power/state: EACCES
mount /tmp: EACCES
pivot /tmp: EACCES
create /tmp/x: 0
create /etc/x: 0
write /proc/self/oom_score_adj: 0
read /proc/self/status: 0
read /proc/sys/kernel/ostype: 0
read /sys/kernel/mm/ksm/run: 0
write /dev/null: 0'

for runtime in $(runtimes); do
  MORE=$OPEN bundle shim - /bin/attempt "${ATTEMPTS[@]}"
  start shim "$runtime" >/dev/null
  while read -r line; do
    contains "$runtime: $line" "$line" "$(cat "$NODE/out" "$NODE/err")"
  done <<<"$EXPECTED"
done
cp "$NODE/out" "$NODE/ours"

# Of sockets the seccomp fallback denies AF_ALG (38) by an errno of its own; what a 32-bit program asks of
# socketcall only AppArmor sees. arm64 has no such call.
SOCKETCALL='' SOCKETS=(socket 38 socket 2)
if [ "$(uname -m)" = x86_64 ]; then
  SOCKETCALL=true SOCKETS+=(socket32 38 socket32 2 socket32 1)
else
  skip "what a 32-bit program asks of socketcall" "arm64 has no such call"
fi
for runtime in $(runtimes); do
  bundle shim - /bin/attempt "${SOCKETS[@]}"
  got=$(start shim "$runtime")
  contains "$runtime: the kernel's cryptography is denied" "socket 38: EAFNOSUPPORT" "$got"
  contains "$runtime: other sockets are not" "socket 2: 0" "$got"
  [ -n "$SOCKETCALL" ] || continue
  contains "$runtime: and to 32-bit programs by AppArmor" "socket32 38: EACCES" "$got"
  for family in "socket32 2" "socket32 1"; do
    contains "$runtime: other sockets are not: $family" "$family: 0" "$got"
  done
done
if [ -n "$SOCKETCALL" ]; then
  loaded_profile vm-sockets
  bundle shim vm-sockets /bin/attempt socket32 38
  got=$(start shim runc)
  contains "a profile that allows every family is asked for it" "socket32 38: " "$got"
  check "and then it is not AppArmor that denies it" test "${got/EACCES/}" = "$got"
fi

# The text that Docker, containerd and containers-common render differs in comments only; this is what
# it comes to for AppArmor 3.0, as apparmor_parser sees it.
cat >"$NODE/field-default" <<'PROFILE'
#include <tunables/global>
profile field-default flags=(attach_disconnected,mediate_deleted) {
  #include <abstractions/base>
  network, capability, file, umount,
  signal (receive) peer=unconfined,
  signal (send,receive) peer=field-default,
  deny @{PROC}/* w,
  deny @{PROC}/{[^1-9],[^1-9][^0-9],[^1-9s][^0-9y][^0-9s],[^1-9][^0-9][^0-9][^0-9]*}/** w,
  deny @{PROC}/sys/[^k]** w,
  deny @{PROC}/sys/kernel/{?,??,[^s][^h][^m]**} w,
  deny @{PROC}/sysrq-trigger rwklx,
  deny @{PROC}/mem rwklx, deny @{PROC}/kmem rwklx, deny @{PROC}/kcore rwklx,
  deny mount,
  deny /sys/[^f]*/** wklx, deny /sys/f[^s]*/** wklx, deny /sys/fs/[^c]*/** wklx,
  deny /sys/fs/c[^g]*/** wklx, deny /sys/fs/cg[^r]*/** wklx,
  deny /sys/firmware/** rwklx, deny /sys/kernel/security/** rwklx,
  ptrace (trace,read) peer=field-default,
}
PROFILE
check "the field's default compiles" apparmor_parser --replace --skip-cache "$NODE/field-default"
MORE=$OPEN bundle shim field-default /bin/attempt "${ATTEMPTS[@]}"
start shim runc >/dev/null
more_permissive=$(paste -d'|' "$NODE/ours" "$NODE/out" | grep -E ': 0\|' | grep -vE '\|.*: 0$' || true)
same "nothing that the field's default denies is allowed" "" "$more_permissive"
stricter=$(paste -d'|' "$NODE/ours" "$NODE/out" | grep -E ': [^0].*\|.*: 0$' | cut -d: -f1)
same "and it is stricter exactly where its text says why" "read /proc/keys" "$stricter"

# ---- among processes ---------------------------------------------------------------------------------

# A cgroup of its own each: without a pid namespace the runtime ends what is in it.
HOST_PIDS='del(.linux.namespaces[] | select(.type == "pid"))'
pause() { # id, label: a container that sleeps; its pid on the host
  MORE="$OPEN | $HOST_PIDS | .linux.cgroupsPath = \"/$NODE_ID/$1\"" bundle shim "$2" /bin/sleep 300
  "$(program shim runc)" run --detach --bundle "$NODE/b" --pid-file "$NODE/$1.pid" "$1" \
    </dev/null >"$NODE/out" 2>&1 || not_ok "$1 starts" "$(cat "$NODE/out")"
  eventually 10 grep -q sleep "/proc/$(cat "$NODE/$1.pid")/comm"
  cat "$NODE/$1.pid"
}
loaded_profile vm-other
other=$(pause other vm-other)
own=$(pause own -)
MORE="$OPEN | $HOST_PIDS" \
  bundle shim - /bin/attempt trace "$other" signal "$other" trace 1 signal "$own"
got=$(start shim runc)
contains "it cannot trace a container of another profile" "trace $other: EACCES" "$got"
contains "nor signal it" "signal $other: EACCES" "$got"
contains "nor trace the node" "trace 1: EACCES" "$got"
contains "processes under it signal each other" "signal $own: 0" "$got"
for runtime in own other; do
  check "the runtime stops $runtime" runc kill "$runtime" KILL
  eventually 10 runc delete "$runtime"
done
MORE=. bundle shim - /bin/sh -c 'sleep 100 & kill $! && wait $!; echo done $?'
contains "a shell stops its own child" "done 143" "$(start shim crun)"

# Under a profile that a distribution gives to the runtime, stopping works too.
printf 'abi <abi/3.0>,\nprofile crun flags=(attach_disconnected) { %s change_profile, mount, pivot_root, }\n' "$BASE_RULES" |
  apparmor_parser --replace --skip-cache
bundle shim - /bin/sleep 300
crun_id=confined-crun
"$(program shim crun)" run --detach --bundle "$NODE/b" "$crun_id" </dev/null >"$NODE/out" 2>&1
check "a runtime under a profile named crun stops it" aa-exec -p crun -- crun kill "$crun_id" KILL
eventually 10 crun delete "$crun_id"
finish
