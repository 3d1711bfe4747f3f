#!/bin/bash
# AppArmor profiles that are made of a record: the kernel's parser reads every name back as it was, and a
# container works under the profile of what it did, and does nothing else.
# shellcheck disable=SC2317  # functions that check calls
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
watching_node "$@"
need_bulkhead
need_attempt

B=$BUILD/bulkhead
LOG=/var/log/bulkhead/denials.jsonl

# ---- names --------------------------------------------------------------------------------------------

NAMES=('/srv/a b' '/srv/q"uote' $'/srv/new\nline' '/srv/é' '/srv/a*b?[c]{d}^' '/srv/@{pid}' $'/srv/ends\\' '/srv/,x#y' $'/srv/\x7f\x1b')
hex() { printf %s "$1" | od -An -v -tx1 | tr -d ' \n'; }
record_of() { # NAME PATH…
  local name=$1 path
  local -a rows=()
  shift
  while IFS= read -r -d '' path; do
    if [[ $path == *[[:cntrl:]]* ]]; then rows+=("{\"kind\":\"file\",\"object_hex\":\"$(hex "$path")\",\"permission\":\"r\",\"count\":1}")
    else rows+=("$(jq -cn --arg path "$path" '{kind: "file", object: $path, permission: "r", count: 1}')"); fi
  done < <(printf '%s\0' "$@" | LC_ALL=C sort -z)
  local IFS=,
  printf '{"version":1,"name":"%s","since":1,"containers":[{"id":"c","started":1,"how":"log","calls":[],"accesses":[%s]}]}' \
    "$name" "${rows[*]}"
}

unload vm-names
record_of names "${NAMES[@]}" >"$NODE/names.record"
check "a record with such names is taken in" "$B" record import "$NODE/names.record"
check "and a profile made of it" "$B" record profile names --apparmor -o "$PROFILES/vm-names"
same "lint finds nothing in it" "$PROFILES/vm-names: 0 errors, 0 warnings, 0 notes" "$("$B" apparmor lint "$PROFILES/vm-names")"
check "the parser takes it" "$B" apparmor load "$PROFILES/vm-names"
allowed() { "$B" apparmor query vm-names "$1" read >/dev/null 2>&1; }
denied() { # PATH: by the profile, which is not any other failure
  local status=0
  "$B" apparmor query vm-names "$1" read >/dev/null 2>&1 || status=$?
  [ "$status" = 1 ]
}
for name in "${NAMES[@]}"; do
  check "a file named $(printf %q "$name") may be read" allowed "$name"
  check "and none whose name is longer" denied "${name}x"
done
for name in /srv/ab '/srv/axb?[c]{d}^' /srv/1 '/srv/a*bx[c]{d}^' /srv/ends; do
  check "nor $name" denied "$name"
done

# ---- from the log to an enforced profile ------------------------------------------------------------------

"$B" watch --interval 1 2>"$NODE/watch.err" &
WATCHER=$!
trap 'kill $WATCHER 2>/dev/null' EXIT
eventually 20 grep -q watching "$NODE/watch.err" || { not_ok "the command watches" "$(cat "$NODE/watch.err")"; finish; }

cat >"$NODE/rootfs/etc/work.sh" <<'SCRIPT'
set -e
cat /etc/work.conf
for i in 1 2 3; do echo $i >"/var/items/$$-$i"; done
cat /var/items/*
mkdir -p /tmp/d && mv /var/items/$$-1 /tmp/d/moved && rm /tmp/d/moved
/bin/probe >/dev/null || true
(sleep 60 & kill $!)
echo worked
SCRIPT
echo setting >"$NODE/rootfs/etc/work.conf"
mkdir -p "$NODE/rootfs/var/items"
work_bundle() { MORE='.root.readonly = false' bundle both vm-work "$@"; }

unload vm-work
printf 'abi <abi/3.0>,\nprofile vm-work flags=(attach_disconnected,mediate_deleted,complain) {\n}\n' >"$PROFILES/vm-work"
write_policy <<<'{"version": 1, "apparmor": {"complain": "keep"}}'
work_bundle /bin/sh /etc/work.sh
contains "a container works under a profile that only complains" worked "$(start both runc)"
check "what it did is logged" eventually 20 grep -q '"path":"/etc/work.conf"' "$LOG"
sleep 2
"$B" denials --would --as-apparmor >"$NODE/vm-work" 2>"$NODE/err" || not_ok "a profile is made of the log" "$(cat "$NODE/err")"
contains "it is called as the one in force" "profile vm-work flags=" "$(cat "$NODE/vm-work")"

unload vm-work
cp "$NODE/vm-work" "$PROFILES/vm-work"
check "the parser takes it" "$B" apparmor load "$PROFILES/vm-work"
write_policy <<<'{"version": 1}'
for runtime in $(runtimes); do
  rm -f "$LOG"
  work_bundle /bin/sh /etc/work.sh
  contains "$runtime: the same work passes under it, enforced" worked "$(start both "$runtime")"
  sleep 2
  same "$runtime: and nothing was denied" "" "$([ ! -s "$LOG" ] || jq -c 'select(.action == "DENIED")' "$LOG")"
done
work_bundle /bin/sh -c 'echo x >/etc/x || echo denied'
contains "what it never did is denied" denied "$(start both runc)"

# ---- what it says of abstractions/base is what that allows -------------------------------------------------

unload vm-base
printf 'abi <abi/3.0>,\ninclude <tunables/global>\nprofile vm-base {\n  include <abstractions/base>\n}\n' >"$PROFILES/vm-base"
check "abstractions/base alone" "$B" apparmor load "$PROFILES/vm-base"
COVERED=(/dev/log:w /dev/random:r /dev/urandom:r /dev/null:rw /dev/zero:rw /dev/full:rw /etc/locale/a/b:r /etc/locale.alias:r
  /etc/localtime:r /etc/bindresvport.blacklist:r /etc/ld.so.cache:r /etc/ld.so.conf:r /etc/ld.so.conf.d/:r /etc/ld.so.conf.d/a.conf:r
  /etc/ld.so.preload:r /usr/share/locale/de/a:r /usr/share/x/locale/a:r /usr/share/zoneinfo/:r /usr/share/zoneinfo/UTC:r
  /usr/share/common-licenses/GPL:r /usr/lib/locale/a:r /lib/a/b:r /lib32/a:r /lib64/a:r /usr/lib/a:r /usr/lib64/a:r
  /lib/x/libc.so.6:r /proc/meminfo:r /proc/stat:r /proc/cpuinfo:r /proc/filesystems:r /proc/sys/kernel/version:r
  /proc/sys/kernel/ngroups_max:r /proc/sys/kernel/cap_last_cap:r /proc/sys/crypto/fips_enabled:r /proc/sys/vm/overcommit_memory:r
  /proc/12/maps:r /proc/12/auxv:r /proc/12/status:r /sys/devices/system/cpu/:r /sys/devices/system/cpu/online:r)
lacking=
for row in "${COVERED[@]}"; do
  for ((i = ${#row} - 1; i > 0; i--)); do
    case ${row:i:1} in
      r) "$B" apparmor query vm-base "${row%:*}" read >/dev/null 2>&1 || lacking+=" $row" ;;
      w) "$B" apparmor query vm-base "${row%:*}" write >/dev/null 2>&1 || lacking+=" $row" ;;
      *) break ;;
    esac
  done
done
same "it allows all that needs no rule for that reason" "" "$lacking"
finish
