#!/bin/bash
# `bulkhead watch` while other things go wrong: it is killed, its log's disk is full, records vanish,
# auditd comes and goes, the kernel's backlog is small, the clock is set back.
# shellcheck disable=SC2119,SC2317  # options are for some; functions that trap and eventually call
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$ROOT/tests/integration/helpers/denials.sh"
denials_node "$@"

start_watch
make_bundle "$NODE/long" "$(args /bin/sh -c 'while sleep 0.1; do denied_caller call; done')" \
  "$(denying SCMP_ACT_ERRNO getppid)"
LONG=den-long-$$
start_container $RUNTIME "$LONG" "$NODE/long"
goes_on "a container is denied something all the time" "$LONG"

# ---- the watcher ---------------------------------------------------------------------------------------

same "status knows that somebody watches, since when, and that nothing was lost" "true $WATCHER 0" \
  "$(state '"\(.watch.running) \(.watch.state.pid) \([.watch.state.losses[]] | add)"')"
same "a second watcher is refused" 3 "$("$BULKHEAD" watch >/dev/null 2>&1; echo $?)"
stop_watch KILL
same "status knows that nobody watches any more" "false false" \
  "$(state '"\(.watch.running) \(.watch.state.ended)"')"
contains "and that it was killed" "The last one was killed" "$(state '.state[] | select(.what == "watch") | .detail')"
echo '{}' >/run/bulkhead/ended/left.json
start_watch
check "what a killed watcher left unread is removed" test ! -e /run/bulkhead/ended/left.json
goes_on "a watcher that is restarted names the containers that run" "$LONG"
rm -f /run/bulkhead/containers/*.json
goes_on "and still does when its records are removed" "$LONG"
rm -rf /run/bulkhead/containers
goes_on "and when the directory of records is" "$LONG"
make_bundle "$NODE/anew" "$(args /bin/denied_caller call)" "$(denying SCMP_ACT_ERRNO getppid)"
run_container $RUNTIME "den-anew-$$" "$NODE/anew"
check "a container that starts after that is named" eventually 10 lines ".id == \"den-anew-$$\""
stop_watch
same "a watcher that was asked to end says so" "false true" \
  "$(state '"\(.watch.running) \(.watch.state.ended)"')"

# ---- the log -------------------------------------------------------------------------------------------

# The one before has no record any more, so a watcher that starts now cannot know it.
LONG=den-longer-$$
start_container $RUNTIME "$LONG" "$NODE/long"
start_watch
mv "$LOG" "$LOG.1"
goes_on "after a rotation the new file is written" "$LONG"
stop_watch
cat "$LOG.1" "$LOG" >"$NODE/both"
mv "$NODE/both" "$LOG" && rm "$LOG.1"

mount -t tmpfs -o size=64k,mode=750 tmpfs /var/log/bulkhead
head -c 70000 /dev/zero >/var/log/bulkhead/filler 2>/dev/null
start_watch
make_bundle "$NODE/full" "$(args /bin/denied_caller getppid 50)" "$(denying SCMP_ACT_ERRNO getppid)"
run_container $RUNTIME "den-full-$$" "$NODE/full"
waits() { [[ $(state '.state[] | select(.what == "watch") | .detail') == *" wait"*": "*"No space left"* ]]; }
check "status says that lines wait because the disk is full" eventually 10 waits
check "nothing is logged on a full disk" test -z "$(lines ".id == \"den-full-$$\"")"
sleep 1.5  # so that repetitions wait, too
rm /var/log/bulkhead/filler
eventually 10 counts_to 50 ".id == \"den-full-$$\""
same "what was denied meanwhile is logged when there is room" 50 "$(counted ".id == \"den-full-$$\"")"
writes() { [ "$(state .watch.state.waiting_lines)" = 0 ]; }
check "and status says that nothing waits any more" eventually 10 writes
same "nothing was dropped" 0 "$(state .watch.state.losses.dropped_lines)"
stop_watch
umount /var/log/bulkhead

# ---- the kernel's backlog, and auditd ------------------------------------------------------------------

kernels() { auditctl -s | awk -v key="$1" '$1 == key { print $2 }'; }
if ! command -v auditctl >/dev/null; then
  skip "the kernel's backlog, and auditd beside" "auditctl is not installed"
else
  LIMIT=$(kernels backlog_limit) ENABLED=$(kernels enabled)
  trap 'auditctl -b "$LIMIT" -e "$ENABLED" >/dev/null; end_all' EXIT
  auditctl -b 64 >/dev/null
  start_watch
  contains "a small backlog limit is warned of" "keeps only 64 audit records" "$(cat "$NODE/watch.err")"
  contains "status tells it, with what raises it" '"audit": {"backlog_limit": 8192}' \
    "$(state '.state[] | select(.what == "audit") | .detail')"
  same "without a word of the policy it is left alone" 64 "$(kernels backlog_limit)"
  stop_watch
  write_policy <<<'{"version": 1, "audit": {"backlog_limit": 8192}}'
  start_watch
  same "the policy lets the watcher raise it" 8192 "$(kernels backlog_limit)"
  lacks "which then warns of nothing" "backlog" "$(cat "$NODE/watch.err")"
  stop_watch
  auditctl -b 16384 >/dev/null
  start_watch
  same "a larger limit is not lowered" 16384 "$(kernels backlog_limit)"
  stop_watch
  start_watch --backlog-limit 32768
  same "the option counts for one run" 32768 "$(kernels backlog_limit)"
  remove_policy

  mkdir -p "$NODE/auditd/plugins.d" "$NODE/auditd/log"
  printf '%s\n' "log_file = $NODE/auditd/log/audit.log" 'log_group = root' 'flush = NONE' \
    'num_logs = 0' 'max_log_file_action = IGNORE' 'space_left_action = IGNORE' \
    'space_left = 2' 'admin_space_left = 1' 'admin_space_left_action = IGNORE' \
    'disk_full_action = IGNORE' 'disk_error_action = IGNORE' >"$NODE/auditd/auditd.conf"
  chmod -R go-rwx "$NODE/auditd"
  auditd -n -c "$NODE/auditd" >"$NODE/auditd/out" 2>&1 &
  OTHERS+=($!)
  runs() { [ "$(kernels pid)" != 0 ] && [ -s "$NODE/auditd/log/audit.log" ]; }
  if eventually 10 runs; then
    goes_on "with auditd beside, denials are logged as before" "$LONG"
    same "status knows of it, and that auditing is enabled" "true $(kernels pid)" \
      "$(state '"\(.audit.enabled) \(.audit.daemon_pid)"')"
    check "auditd gets the same records" eventually 10 grep -q 'type=SECCOMP.*denied_caller' "$NODE/auditd/log/audit.log"
    kill "${OTHERS[-1]}"
    wait "${OTHERS[-1]}" 2>/dev/null
    goes_on "and when auditd ended, they still are" "$LONG"
    auditctl -e 0 >/dev/null
    goes_on "with auditing switched off at run time, too" "$LONG"
    same "and nothing was lost by any of it" 0 "$(state '[.watch.state.losses[]] | add')"
  else
    skip "auditd beside" "it does not run here: $(tail -n 1 "$NODE/auditd/out")"
  fi
  stop_watch
fi
finish
