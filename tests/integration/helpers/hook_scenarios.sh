# shellcheck shell=bash disable=SC2016,SC2034  # text for other shells; the lists are for the script
# What tests/integration/transparency.sh looks at where config.json declares hooks, and where the runtime is
# an unusual one; as helpers/scenarios.sh.

# hook STAGE TEXT: a jq filter that adds a hook of that stage, a shell that runs TEXT when it has read the state:
# crun gives up where a hook has ended before it wrote all of that.
hook() {
  jq -nr --arg stage "$1" --arg text "state=\$(cat); $2" '".hooks[\($stage | tojson)] += [{path: \"/bin/sh\",
    args: [\"sh\", \"-c\", \($text | tojson)], env: [\"PATH=/usr/sbin:/usr/bin:/sbin:/bin\"]}]"'
}
OUT_MOUNT='.mounts += [{destination: "/out", type: "bind", source: "/run/node/stages", options: ["rbind", "rw"]}]'
# The container's stages run inside its namespaces, the last one in its root file system: /run/node/stages there
# is the mount /out.
say_stage() { # STAGE DIRECTORY
  hook "$1" "echo \"$1\" \$(echo \"\$state\" | grep -c '\"id\"') \
    \$(grep TracerPid /proc/self/status) \$(if [ \"\$(readlink /proc/self/ns/mnt)\" = $(readlink /proc/self/ns/mnt) ]; \
    then echo outside; else echo inside; fi) >>$2/stages"
}
out_directory() {
  rm -rf "$NODE/stages"
  mkdir -p "$NODE/stages" "$NODE/rootfs/out"
}
stages_seen_in() { if [ "$1" = startContainer ]; then echo /out/stages; else echo "$NODE/stages/stages"; fi; }
stages() { sort "$NODE/stages/stages" 2>/dev/null; }

hooks_of_every_stage() {
  out_directory
  bundle "$OUT_MOUNT" "$(args /bin/sh -c 'echo program; exit 4')" "$(say_stage prestart "$NODE/stages")" \
    "$(say_stage createRuntime "$NODE/stages")" "$(say_stage createContainer "$NODE/stages")" \
    "$(say_stage startContainer /out)" "$(say_stage poststart "$NODE/stages")" "$(say_stage poststop "$NODE/stages")"
  tell "${RT[@]}" run --bundle "$NODE/t" "$ID"
  stages
}
a_hook_fails() { # STAGE
  out_directory
  bundle "$OUT_MOUNT" "$(args /bin/touch /out/program)" "$(hook "$1" 'echo words of the hook; exit 3')"
  # crun says this beside it, or does not: its two processes race.
  tell "${RT[@]}" run --bundle "$NODE/t" "$ID" | grep -vx 'stderr: executable path not specified'
  find "$NODE/stages" -type f
  gone
}
a_createRuntime_hook_fails() { a_hook_fails createRuntime; }
a_createContainer_hook_fails() { a_hook_fails createContainer; }
a_startContainer_hook_fails() { a_hook_fails startContainer; }
a_poststop_hook_fails() { a_hook_fails poststop; }
# Each leaves a process that outlives it, and a second later that one says who traces it.
hooks_that_live_on() {
  local stage filters=()
  out_directory
  for stage in createRuntime createContainer startContainer; do
    filters+=("$(hook "$stage" "exec >>$(stages_seen_in "$stage") 2>/dev/null </dev/null; echo $stage
      { sleep 1; echo later: $stage \$(grep TracerPid /proc/self/status); sleep 0.5; } &")")
  done
  bundle "$OUT_MOUNT" "$(args /bin/sh -c 'sleep 2; echo program; exit 5')" "${filters[@]}"
  tell "${RT[@]}" run --bundle "$NODE/t" "$ID"
  stages
}
# It ends with the state unread in its pipe, not before crun has written that.
a_createContainer_hook_that_reads_nothing() {
  bundle "$(args /bin/sh -c 'echo program; exit 6')" '.hooks.createContainer = [{path: "/bin/sleep", args: ["sleep", "0.1"]}]'
  tell "${RT[@]}" run --bundle "$NODE/t" "$ID"
}
hooks_of_a_shared_pid_namespace() {
  out_directory
  bundle "$OUT_MOUNT" '.linux.namespaces |= map(select(.type != "pid"))' "$(args /bin/sh -c 'echo program; exit 7')" \
    "$(say_stage createRuntime "$NODE/stages")" "$(say_stage startContainer /out)"
  tell "${RT[@]}" run --bundle "$NODE/t" "$ID"
  stages
}

# ---- terminals ---------------------------------------------------------------------------------------

# A terminal of the caller's, as a person at one has it. script(1) shows the end of its input as ^@, and crun
# tells of that end in red, sooner or later.
# A line ends in one return more where the program writes before the runtime has set the terminal.
at_a_terminal() {
  tell script -qec "${RT[*]} $*" /dev/null | tr -d '\0' |
    sed -E 's/\^@//; s/\x1b\[1;31m[^ ]*: //; s/\x1b\[0m//; s/\r+$/\r/' | grep -vE '^stdout: *.?$'
}
a_terminal_in_the_foreground() {
  bundle "$(args /bin/sh -c 'tty; echo on the terminal; exit 8')" '.process.terminal = true'
  at_a_terminal run --bundle "$NODE/t" "$ID"
}
exec_on_a_terminal() {
  running
  at_a_terminal exec --tty "$ID" /bin/sh -c '"tty; echo on the terminal; exit 9"'
  gone
}
exec_with_a_console_socket() {
  local receiver code=0
  running
  rm -f "$NODE/console"
  timeout 10 "$(helper console_receiver)" "$NODE/console" >"$NODE/received" &
  receiver=$!
  eventually 5 test -S "$NODE/console"
  tell "${RT[@]}" exec --tty --detach --console-socket "$NODE/console" --pid-file "$NODE/t/exec.pid" "$ID" \
    /bin/sh -c 'tty; echo on the terminal'
  wait "$receiver" || code=$?
  echo "receiver $code"
  cat "$NODE/received"
  gone
}

# ---- an unusual runtime -----------------------------------------------------------------------------

# A hundred threads beside the runtime's own, some of which end while it works.
a_runtime_of_a_hundred_threads() {
  local threads
  threads=$BUILD/tests/helpers/hundred_threads.so
  compile "$threads" "$ROOT/tests/integration/helpers/hundred_threads.c" \
    gcc -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -shared -fPIC -pthread
  bundle "$(args /bin/sh -c 'grep TracerPid /proc/self/status; exit 10')"
  tell env LD_PRELOAD="$threads" "${RT[@]}" run --bundle "$NODE/t" "$ID"
  running
  tell env LD_PRELOAD="$threads" "${RT[@]}" exec "$ID" /bin/sh -c 'grep TracerPid /proc/self/status; exit 11'
  gone
}

HOOK_SCENARIOS=(hooks_of_every_stage a_createRuntime_hook_fails a_createContainer_hook_fails
  a_startContainer_hook_fails a_poststop_hook_fails hooks_that_live_on
  a_createContainer_hook_that_reads_nothing hooks_of_a_shared_pid_namespace a_terminal_in_the_foreground
  exec_on_a_terminal exec_with_a_console_socket a_runtime_of_a_hundred_threads)
