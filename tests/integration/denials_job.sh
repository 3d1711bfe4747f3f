#!/bin/bash
# Find a denial and allow it, by the exact lines of the guide in a real terminal: in at most five commands and without
# jq. By every runtime of this machine, and in its own pid namespace: the kernel tells the watcher of processes there
# alone.
# shellcheck disable=SC2317  # functions that trap and eventually call
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
watching_node "$@"
command -v tmux >/dev/null || { skip "a denial in a terminal" "tmux is not here"; finish; }
need_shim
install_program bulkhead

RUNTIME=${1:-}
if [ -z "$RUNTIME" ]; then
  for runtime in $(runtimes); do again_in_view "$runtime" "$runtime"; done
  finish
fi
# shellcheck source=helpers/jobs.sh
. "$ROOT/tests/integration/helpers/jobs.sh"
WATCHER=''
end_all() {
  [ -z "$WATCHER" ] || kill "$WATCHER" 2>/dev/null
  mux kill-server 2>/dev/null
  end web
}
trap end_all EXIT
trap 'exit 130' INT TERM HUP

DENIALS=/var/log/bulkhead/denials.jsonl
start_watch() {
  bulkhead watch --interval 1 >"$WORK/watch.out" 2>"$WORK/watch.err" &
  WATCHER=$!
  eventually 10 grep -q watching "$WORK/watch.err" && return
  stop_watch
}
stop_watch() {
  [ -n "$WATCHER" ] || return 0
  kill "$WATCHER" 2>/dev/null
  { wait "$WATCHER"; } 2>/dev/null
  WATCHER=''
}
is_logged() { jq -e --arg id "web-$RUNTIME" 'select(.id == $id and .syscall == "mkdir")' "$DENIALS" | grep -q .; }
# Where the kernel tells the watcher nothing (it tells of processes in its first pid namespace alone).
prepare_record() {
  skip "$RUNTIME: denial: recorded by the watcher" "$(head -n 1 "$WORK/watch.err")"
  jq -c --arg id "web-$RUNTIME" --arg now "$(date -u +%FT%T.000Z)" \
    'select(.syscall == "mkdir") | .id = $id | .time = $now | .seccomp = .profile' \
    "$ROOT/tests/docs/denials.jsonl" >"$DENIALS"
}

cp "$ROOT/examples/web.json" /etc/bulkhead/seccomp/profiles/web.json
write_policy <<<'{"version": 1, "rules": [{"name": "web", "match": {"namespace": "shop"},
  "seccomp": {"profile": "localhost/profiles/web.json"}}]}'
make_bundle "$WORK/web" "$(pod shop web-7d4 registry.example/shop/web:1.4)" \
  "$(args /bin/sh -c 'mkdir /dev/shm/made && echo made; exec sleep 1000')"
start_watch
start web
is_denied() { grep -q "can't create directory" "$WORK/web.out"; }
check "$RUNTIME: denial: before, the program is denied mkdir" eventually 5 is_denied
if [ -z "$WATCHER" ]; then prepare_record; else check "$RUNTIME: denial: the watcher records it" eventually 10 is_logged; fi
meanwhile() { start web; }
do_job denial "0 0 0 0"
contains "$RUNTIME: denial: the terminal says what to allow" "allow mkdir" "$SCREEN"
check "$RUNTIME: denial: then the program does it" eventually 5 grep -q made "$WORK/web.out"
contains "$RUNTIME: denial: confined as before" holds "$SCREEN"
end web
stop_watch
remove_policy
rm -f "$DENIALS"
finish
