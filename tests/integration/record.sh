#!/bin/bash
# `bulkhead record` with real containers on whatever kernel this is: what is recorded, that nothing which
# confines changes, and that whoever reads may be killed or absent. Where the kernel counts calls
# (CONFIG_HIST_TRIGGERS) the counts are held against a tracer in tests/vm/with_apparmor/record.sh.
# shellcheck disable=SC2119,SC2153,SC2317  # options are for some; functions that trap and eventually call
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$ROOT/tests/integration/helpers/denials.sh"
denials_node "$@"
# shellcheck source=helpers/record.sh
. "$ROOT/tests/integration/helpers/record.sh"
EVENTS=/var/log/bulkhead/events.jsonl
# What is read and counted takes some seconds on a busy machine.
soon() { eventually 30 "$@"; }

start_watch --backlog-limit 8192

# ---- beginning, and what is refused ----------------------------------------------------------------------

check "a record is begun" "$BULKHEAD" record start web --container web
contains "a second one of that name is refused, with what to do" "bulkhead record stop web" \
  "$("$BULKHEAD" record start web --container web 2>&1)"
contains "one of no container in particular, too" "--image, --namespace" "$("$BULKHEAD" record start all 2>&1)"
contains "and a name that could be a path" "beginning with a letter or a digit" \
  "$("$BULKHEAD" record start ../x --container web 2>&1)"
contains "one that is recorded cannot be deleted" "record stop web" "$("$BULKHEAD" record rm web 2>&1)"

# ---- the first run, and the second -------------------------------------------------------------------------

web_bundle a /bin/sh -c 'echo hello | cat; cd /tmp'
run_container "$RUNTIME" web-1 "$NODE/a"
same "a container under record does its work" hello "$(cat "$NODE/out")"
check "its calls are in the record" soon has_call web chdir
check "and the container has ended" soon ended web 1
check "none of them is the runtime's own" not_recorded web pivot_root
same "nothing was lost" '[]' "$(losses web)"
lacks "and what was let through is no denial" '"id":"web-1"' "$(cat "$LOG" 2>/dev/null)"
contains "the event tells that it is recorded" "recorded as 'web'" "$(grep web-1 $EVENTS | head -n 1)"
contains "and that it is proved as ever" '"event":"proved"' "$(grep web-1 $EVENTS)"

before=$(calls web write)
web_bundle b /bin/sh -c 'echo hello | cat; mkdir /tmp/x'
run_container "$RUNTIME" web-2 "$NODE/b"
check "in the second run a call that is new is seen" soon has_call web mkdir
same "and those that the record has are not told again" "$before" "$(calls web write)"
news() { "$BULKHEAD" events --json | jq -r 'select(.event == "new-call") | "\(.id) \(.container): \(.message)"'; }
same "which is an event" "web-2 web: called what the record 'web' did not have: mkdir" "$(news)"
contains "that events shows" "new-call" "$("$BULKHEAD" events)"
same "as does --new-since" "mkdir" "$("$BULKHEAD" record show web --new-since "$(record web '.containers[1].started / 1000 | todate')" --json |
  jq -r '[.calls[].name] | join(" ")')"
run_container "$RUNTIME" web-3 "$NODE/b"
check "once it is in the record" soon ended web 3
same "it is no news any more" 1 "$(news | wc -l)"

# ---- as confined as without --------------------------------------------------------------------------------

HELD='grep -E "^(Cap|NoNewPrivs|Seccomp:|Uid|Gid|Groups)" /proc/self/status'
web_bundle held /bin/sh -c "$HELD; hostname x 2>&1; unshare -U true 2>&1; echo \$?"
for runtime in $(runtimes); do
  run_container "$runtime" "with-$runtime" "$NODE/held"
  with=$(cat "$NODE/out")
  jq '.annotations["io.kubernetes.cri.container-name"] = "other"' "$NODE/held/config.json" >"$NODE/held/.new"
  mkdir -p "$NODE/other" && mv "$NODE/held/.new" "$NODE/other/config.json"
  run_container "$runtime" "without-$runtime" "$NODE/other"
  same "$runtime: a container under record holds, and is denied, exactly what it is without" \
    "$(cat "$NODE/out")" "$with"
  contains "$runtime: which is a filter" "Seccomp:	2" "$with"
done

# ---- exec ----------------------------------------------------------------------------------------------------

web_bundle long /bin/sleep 600
start_container "$RUNTIME" long "$NODE/long"
in_view "$RUNTIME" "$(link_shim "$RUNTIME")" exec long /bin/sh -c 'ln -s a /tmp/l; true' >"$NODE/out" 2>&1
check "a process that joins by exec is recorded" soon has_call web symlink by_exec
same "and told apart from what the container does" "$(calls web symlink)" "$(calls web symlink by_exec)"
same "it is proved as ever" installed-or-proved \
  "$(grep '"gate exec"' $EVENTS | tail -n 1 | grep -qE '"event":"(proved|installed)"' && echo installed-or-proved)"
check "what is recorded holds for verify as well" "$BULKHEAD" verify long

"$BULKHEAD" record stop web
check "a record is stopped" test ! -e /etc/bulkhead/record.d/web.json
"$BULKHEAD" record start alone --container web --without-exec >/dev/null
web_bundle alone /bin/sleep 600
start_container "$RUNTIME" alone "$NODE/alone"
in_view "$RUNTIME" "$(link_shim "$RUNTIME")" exec alone /bin/sh -c 'ln -s a /tmp/l; true' >"$NODE/out" 2>&1
check "with --without-exec the container is recorded" soon has_call alone clock_nanosleep
check "and what joins it is not" not_recorded alone symlink
"$BULKHEAD" record stop alone

# ---- names, the hook's door, nobody there ------------------------------------------------------------------------

HOSTILE=$'we\nb \e[31m"x'
"$BULKHEAD" record start hostile --image 'registry/*' >/dev/null
web_bundle hostile /bin/true
jq --arg name "$HOSTILE" '.annotations["io.kubernetes.cri.container-name"] = $name' \
  "$NODE/hostile/config.json" >"$NODE/hostile/.new" && mv "$NODE/hostile/.new" "$NODE/hostile/config.json"
run_container "$RUNTIME" hostile "$NODE/hostile"
check "a container of any name is recorded" soon ended hostile 1
same "under that name" "$HOSTILE" "$(record hostile '.containers[0].name')"
lacks "which never reaches a terminal" $'\e' "$("$BULKHEAD" record)"
"$BULKHEAD" record stop hostile

"$BULKHEAD" record start hooked --container web >/dev/null
web_bundle hooked /bin/sh -c 'cd /tmp'
jq --arg hook "$HOOK" '.hooks.createRuntime = [{path: $hook, args: ["bulkhead-hook", "createRuntime"]}]' \
  "$NODE/hooked/config.json" >"$NODE/hooked/.new" && mv "$NODE/hooked/.new" "$NODE/hooked/config.json"
check "behind the hook alone it runs, too" in_view "$RUNTIME" "$RUNTIME" run --bundle "$NODE/hooked" hooked
check "and is recorded" soon has_call hooked chdir
same "as what it is" hook "$(record hooked '.containers[0].door')"
"$BULKHEAD" record stop hooked

stop_watch
contains "beginning without a watcher says what is missing" "bulkhead watch" \
  "$("$BULKHEAD" record start unheard --container web)"
run_container "$RUNTIME" unheard "$NODE/a"
same "a container whose calls nobody reads does its work" hello "$(cat "$NODE/out")"
contains "and its record tells what was missed" "did not run" "$(losses unheard)"
"$BULKHEAD" record stop unheard
contains "a profile of it does not pass for complete" "incomplete" \
  "$("$BULKHEAD" record profile unheard 2>&1 >/dev/null)"

# ---- around one command ----------------------------------------------------------------------------------------

web_bundle once /bin/sh -c 'cd /tmp; exit 3'
in_view "$RUNTIME" "$BULKHEAD" record run -o "$NODE/once.json" -- \
  "$(link_shim "$RUNTIME")" run --bundle "$NODE/once" once >"$NODE/out" 2>&1 </dev/null
same "a command around which a record is made ends as it would" 3 $?
check "and its container's profile is written" jq -e '[.syscalls[].names[]] | index("chdir")' "$NODE/once.json"
check "which lint accepts" "$BULKHEAD" lint "$NODE/once.json"
lacks "and nothing else stays" run- "$("$BULKHEAD" record)"
web_bundle again /bin/sh -c 'cd /tmp; exit 3'
jq --slurpfile profile "$NODE/once.json" '.linux.seccomp = $profile[0]' "$NODE/again/config.json" >"$NODE/again/.new" &&
  mv "$NODE/again/.new" "$NODE/again/config.json"
run_container "$RUNTIME" again "$NODE/again"
same "under that profile the same work ends in the same way" 3 $?

# ---- trying a profile --------------------------------------------------------------------------------------------

start_watch
"$BULKHEAD" default --cap KILL | jq '.syscalls |= map(.names -= ["mkdir"] | select(.names != []))' >"$NODE/no-mkdir.json"
check "a profile is tried" "$BULKHEAD" record try "$NODE/no-mkdir.json" --container web
web_bundle tried /bin/sh -c 'mkdir /dev/shm/x && echo made'
run_container "$RUNTIME" tried "$NODE/tried"
same "what it would deny is let through" made "$(cat "$NODE/out")"
check "and is told" soon has_call trial mkdir
same "nothing else is" mkdir "$("$BULKHEAD" record show trial --json | jq -r '[.calls[].name] | join(" ")')"
contains "the container is proved as ever" '"event":"proved"' "$(grep tried $EVENTS)"
contains "no profile is made of a trial" "is a trial of" "$("$BULKHEAD" record profile trial 2>&1)"
contains "and none is continued as a record" "is a trial, not a record" \
  "$("$BULKHEAD" record stop trial; "$BULKHEAD" record start trial --container web 2>&1)"
"$BULKHEAD" record rm trial || not_ok "a trial is deleted"

# ---- a rule of the policy ----------------------------------------------------------------------------------------

write_policy <<<'{"version": 1, "rules": [{"name": "web", "match": {"container": "web"}, "record": "ruled"}]}'
web_bundle ruled /bin/sh -c 'cd /tmp; echo done'
run_container "$RUNTIME" ruled "$NODE/ruled"
same "a container of which a rule of the policy says that it is recorded does its work" "done" "$(cat "$NODE/out")"
check "and is recorded" soon has_call ruled chdir
remove_policy
"$BULKHEAD" record rm ruled || not_ok "what a rule began is deleted when it says so no more"
stop_watch

# ---- what is left -------------------------------------------------------------------------------------------------

for name in web alone hostile hooked unheard; do "$BULKHEAD" record rm "$name" || not_ok "$name is deleted"; done
same "when all is deleted nothing is recorded" "nothing is recorded" "$("$BULKHEAD" record)"
echo '{"version":1,"rules":[{"name":"x","match":{},"record":"../x"}]}' >/etc/bulkhead/record.d/bad.json
check "a recording that cannot be understood keeps no container from starting" \
  run_container "$RUNTIME" last "$NODE/hostile"
contains "and is told" record.d/bad.json "$("$BULKHEAD" policy show)"
contains "by policy check, too, with what is wrong" "bad.json: is ignored: nothing is recorded by it" "$("$BULKHEAD" policy check)"
contains "and stays when Bulkhead goes, which is told" "what is to be recorded stays" "$("$BULKHEAD" uninstall podman --no-restart)"
finish
