# shellcheck shell=bash disable=SC2016,SC2034,SC2119,SC2120  # text for other shells; for the script
# What tests/integration/transparency.sh looks at: each function runs the words RT, which call the runtime,
# and prints what happened. `bundle` makes the bundle as the door under test would have it.

# ---- scenarios ---------------------------------------------------------------------------------------

run_succeeds() {
  bundle "$(args /bin/sh -c 'echo to stdout; echo to stderr >&2')"
  tell "${RT[@]}" run --bundle "$NODE/t" "$ID"
}
run_exit_code() {
  bundle "$(args /bin/sh -c 'exit 42')"
  tell "${RT[@]}" run -b "$NODE/t" "$ID"
}
run_death_by_signal() {
  local pid code=0
  bundle "$(args /bin/sh -c 'echo ready; exec sleep 100')"
  "${RT[@]}" run --bundle="$NODE/t" "$ID" >"$NODE/died" 2>&1 </dev/null &
  pid=$!
  eventually 5 running_now
  eventually 5 grep -q ready "$NODE/died"
  tell "${RT[@]}" kill "$ID" KILL
  wait "$pid" || code=$?
  echo "code $code"
  cat "$NODE/died"
}
run_reads_stdin() {
  bundle "$(args /bin/cat)"
  echo "words on stdin" | "${RT[@]}" run --bundle "$NODE/t" "$ID"
  echo "code $?"
}
run_missing_program() {
  bundle "$(args /no/such/program)"
  tell "${RT[@]}" run --bundle "$NODE/t" "$ID"
  gone
}
run_missing_bundle_id() {
  bundle
  tell "${RT[@]}" run --bundle "$NODE/t"
}
container_environment_and_directory() {
  bundle "$(args /bin/sh -c 'env | sort; pwd; id -u; umask')" '.process.cwd = "/tmp"'
  tell "${RT[@]}" run --bundle "$NODE/t" "$ID"
}
bundle_is_the_current_directory() {
  bundle "$(args /bin/echo found)"
  (cd "$NODE/t" && tell "${RT[@]}" run "$ID")
}
state_of_each_stage() {
  local pid
  bundle "$(args /bin/sleep 100)"
  tell "${RT[@]}" create --bundle "$NODE/t" --pid-file "$NODE/t/pid" "$ID" | grep -v stdout
  tell "${RT[@]}" state "$ID"
  pid=$(cat "$NODE/t/pid")
  same_pid=$("${RT[@]}" state "$ID" | jq .pid)
  [ "$pid" = "$same_pid" ] && echo "the pid file tells the pid of state"
  tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q sleep && echo "started too early"
  tell "${RT[@]}" start "$ID"
  eventually 5 grep -q sleep "/proc/$pid/cmdline" && echo "the pid is the container's program"
  tell "${RT[@]}" state "$ID"
  tell "${RT[@]}" list
  tell "${RT[@]}" list --format json
  tell "${RT[@]}" kill "$ID" KILL
  eventually 5 stopped && tell "${RT[@]}" state "$ID"
  tell "${RT[@]}" delete "$ID"
  tell "${RT[@]}" state "$ID"
}
running_now() { "${RT[@]}" state "$ID" | grep -q '"status": "running"'; }
stopped() { "${RT[@]}" state "$ID" | grep -q '"status": "stopped"'; }
kill_sends_the_signal() {
  bundle "$(args /bin/sh -c 'trap "echo got USR1; exit 7" USR1; echo ready; while :; do sleep 0.05; done')"
  "${RT[@]}" run --bundle "$NODE/t" "$ID" >"$NODE/usr1" 2>&1 </dev/null &
  local pid=$! code=0
  eventually 5 grep -q ready "$NODE/usr1"
  tell "${RT[@]}" kill "$ID" USR1
  wait "$pid" || code=$?
  cat "$NODE/usr1"
  echo "code $code"
}
signals_to_run_are_forwarded() {
  bundle "$(args /bin/sh -c 'trap "echo got TERM; exit 9" TERM; echo ready; while :; do sleep 0.05; done')"
  "${RT[@]}" run --bundle "$NODE/t" "$ID" >"$NODE/term" 2>&1 </dev/null &
  local pid=$! code=0
  eventually 5 grep -q ready "$NODE/term"
  kill -TERM "$pid"
  wait "$pid" || code=$?
  cat "$NODE/term"
  echo "code $code"
}
preserved_descriptors() {
  bundle "$(args /bin/sh -c 'cat <&3; cat <&4; ls /proc/self/fd')"
  echo "in three" >"$NODE/three"
  echo "in four" >"$NODE/four"
  tell "${RT[@]}" run --bundle "$NODE/t" --preserve-fds 2 "$ID" 3<"$NODE/three" 4<"$NODE/four"
}
console_socket() {
  local receiver code=0
  bundle "$(args /bin/sh -c 'tty; echo on the terminal; stty size')" '.process.terminal = true' \
    '.process.consoleSize = {height: 31, width: 97}'
  rm -f "$NODE/console"
  timeout 10 "$(helper console_receiver)" "$NODE/console" >"$NODE/received" &
  receiver=$!
  eventually 5 test -S "$NODE/console"
  tell "${RT[@]}" create --bundle "$NODE/t" --console-socket "$NODE/console" "$ID"
  tell "${RT[@]}" start "$ID"
  wait "$receiver" || code=$?
  echo "receiver $code"
  cat "$NODE/received"
  gone
}
detached_with_pid_file() {
  bundle "$(args /bin/sleep 100)"
  "${RT[@]}" run --detach --bundle "$NODE/t" --pid-file "$NODE/t/pid" "$ID" >/dev/null 2>&1 </dev/null
  echo "code $?"
  [ -d "/proc/$(cat "$NODE/t/pid")" ] && echo "the pid is alive"
  tell "${RT[@]}" delete "$ID"
  tell "${RT[@]}" delete --force "$ID"
}
running() {
  bundle "$(args /bin/sleep 100)" "$@"
  "${RT[@]}" run --detach --bundle "$NODE/t" "$ID" >"$NODE/detached" 2>&1 </dev/null || cat "$NODE/detached"
  eventually 5 program_began
}
# `run --detach` returns before the program's execve.
program_began() { grep -q sleep "/proc/$("${RT[@]}" state "$ID" | jq .pid)/cmdline"; }
exec_with_words() {
  running
  tell "${RT[@]}" exec "$ID" /bin/sh -c 'echo inside; echo $FROM_CONFIG; exit 5'
  tell "${RT[@]}" exec --cwd /tmp --env EXTRA=2 "$ID" /bin/sh -c 'pwd; echo $EXTRA'
  tell "${RT[@]}" exec --user 65534:65534 "$ID" /bin/sh -c 'id -u; id -g'
  tell "${RT[@]}" exec "$ID" /no/such/program
  tell "${RT[@]}" exec "$ID"
  tell "${RT[@]}" exec no-such-container /bin/true
  gone
}
exec_with_process_json() {
  running
  jq '.process | .args = ["/bin/sh", "-c", "echo by document; pwd; echo $ONLY_HERE; exit 6"] | .cwd = "/etc"
    | .env += ["ONLY_HERE=3"] | .noNewPrivileges = false' "$NODE/t/config.json" >"$NODE/process.json"
  tell "${RT[@]}" exec --process "$NODE/process.json" "$ID"
  tell "${RT[@]}" exec "--process=$NODE/process.json" "$ID"
  tell "${RT[@]}" exec -p "$NODE/process.json" "$ID"
  cmp "$NODE/process.json" <(jq . "$NODE/process.json") && echo "process.json is as it was"
  gone
}
exec_detached_with_pid_file() {
  running
  "${RT[@]}" exec --detach --pid-file "$NODE/t/exec.pid" "$ID" /bin/sleep 50 >/dev/null 2>&1 </dev/null
  echo "code $?"
  # `exec --detach` may return before the program's execve, too.
  eventually 5 grep -q sleep "/proc/$(cat "$NODE/t/exec.pid")/cmdline"
  tr '\0' ' ' <"/proc/$(cat "$NODE/t/exec.pid")/cmdline"
  gone
}
exec_reads_stdin() {
  running
  echo "words for exec" | "${RT[@]}" exec "$ID" /bin/cat
  echo "code $?"
  gone
}
exec_preserves_descriptors() {
  running
  echo "in three" >"$NODE/three"
  jq '.process | .args = ["/bin/sh", "-c", "cat <&3; ls /proc/self/fd"] | .noNewPrivileges = false' \
    "$NODE/t/config.json" >"$NODE/process.json"
  tell "${RT[@]}" exec --preserve-fds 1 --process "$NODE/process.json" "$ID" 3<"$NODE/three"
  gone
}
ps_of_a_container() {
  running
  tell "${RT[@]}" ps "$ID" | sed -E 's/[0-9]+/N/g; s/ +/ /g'
  tell "${RT[@]}" ps --format json "$ID" | sed -E 's/[0-9]+/N/g'
  gone
}
pause_and_resume() {
  running
  tell "${RT[@]}" pause "$ID"
  "${RT[@]}" state "$ID" | jq -r .status
  tell "${RT[@]}" resume "$ID"
  "${RT[@]}" state "$ID" | jq -r .status
  gone
}
update_of_resources() {
  running
  tell "${RT[@]}" update --pids-limit 40 "$ID"
  tell "${RT[@]}" update --no-such-option 1 "$ID"
  gone
}
log_file_of_a_failure() {
  rm -f "$NODE/log.txt"
  tell "${RT[@]}" --log "$NODE/log.txt" delete no-such-container
  sed 's/^/log: /' "$NODE/log.txt"
}
json_log_file_of_a_failure() {
  rm -f "$NODE/log.json"
  tell "${RT[@]}" --log "$NODE/log.json" --log-format json delete no-such-container
  jq -c 'keys' "$NODE/log.json"
  sed 's/^/log: /' "$NODE/log.json"
}
log_file_of_a_failing_create() {
  rm -f "$NODE/log.json"
  bundle "$(args /no/such/program)"
  tell "${RT[@]}" --log "$NODE/log.json" --log-format json create --bundle "$NODE/t" "$ID"
  sed 's/^/log: /' "$NODE/log.json"
  gone
}
a_root_of_its_own() {
  bundle "$(args /bin/sleep 100)"
  tell "${RT[@]}" --root "$NODE/root" run --detach --bundle "$NODE/t" "$ID" | grep code
  tell "${RT[@]}" state "$ID"
  "${RT[@]}" --root="$NODE/root" state "$ID" | jq -r .status
  tell "${RT[@]}" --root "$NODE/root" delete --force "$ID"
}
hooks_of_the_config() {
  rm -f "$NODE/hooks"
  bundle "$(args /bin/true)" ".hooks = {
    createRuntime: [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"jq -r .id >>$NODE/hooks\"], env: [\"PATH=/usr/bin:/bin\"]}],
    poststop: [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"cat >/dev/null; echo poststop >>$NODE/hooks\"]}]}"
  tell "${RT[@]}" run --bundle "$NODE/t" "$ID"
  cat "$NODE/hooks"
}
second_create_of_one_id() {
  running
  tell "${RT[@]}" create --bundle "$NODE/t" "$ID"
  gone
}
other_subcommands() {
  tell "${RT[@]}" --version
  tell "${RT[@]}" features
  tell "${RT[@]}" --help
  tell "${RT[@]}" no-such-subcommand
  tell "${RT[@]}"
  tell "${RT[@]}" list
  (rm -rf "$NODE/empty" && mkdir "$NODE/empty" && cd "$NODE/empty" && tell "${RT[@]}" spec && ls)
}
# Where CRIU can work: tests/vm/with_apparmor/checkpoint.sh. CRIU 3.17 loses no_new_privs and a read-only
# root, which is no transparency's matter (restore.sh), and would need iptables(8) for a network namespace.
checkpoint_and_restore() {
  local image
  image=$(mktemp -d "$NODE/image-XXXXXX")
  bundle "$(args /bin/sleep 100)" '.process.noNewPrivileges = false | .root.readonly = false
    | .linux.namespaces |= map(select(.type != "network"))'
  "${RT[@]}" run --detach --bundle "$NODE/t" "$ID" < <(exec sleep 100 2>/dev/null) > >(exec cat >/dev/null 2>&1) 2>&1
  tell "${RT[@]}" checkpoint --image-path "$image" "$ID"
  "${RT[@]}" restore --detach --bundle "$NODE/t" --image-path "$image" "$ID" \
    < <(exec sleep 100 2>/dev/null) > >(exec cat >"$NODE/back" 2>/dev/null) 2>&1
  echo "code $?"
  cat "$NODE/back"
  tell "${RT[@]}" state "$ID"
  eventually 5 running_now && echo "it runs again"
  gone
  rm "$image/pstree.img"
  tell "${RT[@]}" restore --detach --bundle "$NODE/t" --image-path "$image" "$ID"
}

SCENARIOS=(run_succeeds run_exit_code run_death_by_signal run_reads_stdin run_missing_program
  run_missing_bundle_id container_environment_and_directory bundle_is_the_current_directory
  state_of_each_stage kill_sends_the_signal signals_to_run_are_forwarded preserved_descriptors
  console_socket detached_with_pid_file exec_with_words exec_with_process_json
  exec_detached_with_pid_file exec_reads_stdin exec_preserves_descriptors ps_of_a_container
  pause_and_resume update_of_resources log_file_of_a_failure json_log_file_of_a_failure
  log_file_of_a_failing_create a_root_of_its_own hooks_of_the_config second_create_of_one_id
  other_subcommands)

