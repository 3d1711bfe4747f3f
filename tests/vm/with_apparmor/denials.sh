#!/bin/bash
# `bulkhead watch` on AppArmor: every kind of access that a profile denies, with names that need care,
# and what a profile in complain mode would deny; with auditing enabled and not.
# shellcheck disable=SC2317  # functions that eventually calls
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
watching_node "$@"
need_bulkhead
need_attempt

LOG=/var/log/bulkhead/denials.jsonl
"$BUILD/bulkhead" watch --interval 1 2>"$NODE/watch.err" &
WATCHER=$!
trap 'kill $WATCHER 2>/dev/null' EXIT
eventually 20 grep -q watching "$NODE/watch.err" || { not_ok "the command watches" "$(cat "$NODE/watch.err")"; finish; }

RULES='/ r, /bin/** rmix, /proc/** r, /dev/** rw, /etc/** r, umount, unix, signal (receive), capability chown,'
for name in vm-deny vm-would; do
  printf 'abi <abi/3.0>,\nprofile %s flags=(attach_disconnected%s) {\n  %s\n}\n' "$name" \
    "$([ $name = vm-would ] && echo ,complain)" "$RULES" >"$PROFILES/$name"
  apparmor_parser --replace --skip-cache "$PROFILES/$name" && rm "$PROFILES/$name"
done
write_policy <<<'{"version": 1, "apparmor": {"complain": "keep"}}'

NAMES=('/tmp/a b' '/tmp/q"uote' $'/tmp/new\nline' '/tmp/é')
for file in "${NAMES[@]}"; do echo x >"$NODE/rootfs$file"; done
cat >"$NODE/rootfs/etc/denied.sh" <<'SCRIPT'
cat '/tmp/a b' '/tmp/q"uote' '/tmp/new
line' /tmp/é
kill -CONT 1
/tmp/program
attempt mount /tmp
attempt trace 1
hostname denied
nc -w 1 127.0.0.1 9
true
SCRIPT
cp "$NODE/rootfs/bin/probe" "$NODE/rootfs/tmp/program"

lines() { [ -s "$LOG" ] && jq -c "select($1)" "$LOG"; }
for label in vm-deny vm-would; do
  [ $label = vm-deny ] && action=DENIED || action=ALLOWED
  MORE='.process.capabilities |= with_entries(.value = ["CAP_SYS_ADMIN", "CAP_KILL"])' \
    bundle both "$label" /bin/sh /etc/denied.sh
  "$(program both runc)" run --bundle "$NODE/b" "$label" >"$NODE/out" 2>&1 </dev/null
  check "$label: the container's denials are logged under its name" eventually 20 lines ".id == \"$label\" and .operation == \"create\""
  sleep 1
  for file in "${NAMES[@]}"; do
    same "$label: a file named $(printf %q "$file")" "$action" \
      "$(jq -r --arg path "$file" --arg id $label 'select(.id == $id and .path == $path and .operation == "open") | .action' "$LOG" | head -n 1)"
  done
  for operation in signal exec mount create ptrace capable; do
    same "$label: $operation" "$action $label" \
      "$(lines ".id == \"$label\" and .operation == \"$operation\"" | head -n 1 | jq -r '"\(.action) \(.profile)"')"
  done
done
contains "the remedy of a file is a line of a profile" '"/tmp/a b" r,' "$(lines '.path == "/tmp/a b"' | jq -r .remedy)"
contains "that of a capability, too" 'capability sys_admin,' "$(lines '.operation == "capable"' | jq -r .remedy)"
same "what complain mode let through is asked for by --would" vm-would \
  "$("$BUILD/bulkhead" denials --would --json | jq -r .id | sort -u)"

# From denied to allowed: the rules are written into the profile's own file, which is loaded.
printf 'abi <abi/3.0>,\nprofile vm-deny flags=(attach_disconnected) {\n  %s\n}\n' "$RULES" >"$PROFILES/vm-deny"
check "what was denied is written into the profile" \
  "$BUILD/bulkhead" denials --container vm-deny --suggest --write "$PROFILES/vm-deny"
check "and loads" "$BUILD/bulkhead" apparmor load "$PROFILES/vm-deny"
sed -n '/^cat/,/é$/p' "$NODE/rootfs/etc/denied.sh" >"$NODE/rootfs/etc/allowed.sh"
MORE=. bundle both vm-deny /bin/sh /etc/allowed.sh
"$(program both runc)" run --bundle "$NODE/b" vm-allowed >"$NODE/out" 2>&1 </dev/null
same "then the container reads the files, whatever they are called" "x x x x" "$(xargs <"$NODE/out")"
printf 'abi <abi/3.0>,\nprofile vm-deny flags=(attach_disconnected) {\n  %s\n}\n' "$RULES" >"$PROFILES/vm-deny"
apparmor_parser --replace --skip-cache "$PROFILES/vm-deny" && rm "$PROFILES/vm-deny"

# With auditing enabled the kernel adds a record of the system call to each, which tells program and user.
auditctl -e 1 >/dev/null
MORE=. bundle both vm-deny /bin/sh /etc/denied.sh
"$(program both runc)" run --bundle "$NODE/b" vm-audited >"$NODE/out" 2>&1 </dev/null
check "with auditing enabled denials are logged as well" \
  eventually 20 lines '.id == "vm-audited" and .operation == "create"'
same "with the program and the user that the companion record tells" "/bin/busybox 0" \
  "$(lines '.id == "vm-audited" and .path == "/tmp/a b"' | jq -r '"\(.exe) \(.uid)"')"
auditctl -e 0 >/dev/null
same "and nothing was lost" 0 "$(jq '[.losses[]] | add' /run/bulkhead/watch.json)"
finish
