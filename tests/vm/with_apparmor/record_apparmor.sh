#!/bin/bash
# `bulkhead record` and AppArmor: a server is recorded from nothing to an enforced profile under which it works and
# /etc cannot be written; what confines it while it is recorded is what confined it before, to itself and to others;
# and whatever records may be missing or killed.
# shellcheck disable=SC2317  # functions that check calls
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
watching_node "$@"
need_bulkhead
need_attempt

B=$BUILD/bulkhead
LOG=/var/log/bulkhead/denials.jsonl
SPACE=:bulkhead-record:
WATCHER=
start_watch() {
  rm -f "$NODE/watch.err"
  "$B" watch --interval 1 --backlog-limit 8192 2>"$NODE/watch.err" &
  WATCHER=$!
  eventually 10 grep -q watching "$NODE/watch.err" || { not_ok "the command watches" "$(cat "$NODE/watch.err")"; finish; }
}
trap 'kill $WATCHER 2>/dev/null' EXIT
start_watch

record_json() { "$B" record >/dev/null 2>&1; cat "/var/log/bulkhead/record/$1.json"; }
accesses() { record_json "$1" | jq -r '.containers[].accesses[]? | select(.count > 0) | "\(.kind) \(.object // .object_hex // "") \(.permission // "")"' | sort -u; }
has_access() { accesses "$1" | grep -qxF "$2"; } # RECORD ACCESS
recorders() { grep -cF "$SPACE" "$APPARMOR/profiles"; }
no_recorders() { [ "$(recorders)" = 0 ]; }
named() { jq --arg name "$1" '.annotations = {"io.kubernetes.cri.container-type": "container",
  "io.kubernetes.cri.sandbox-id": "pod", "io.kubernetes.cri.sandbox-namespace": "shop",
  "io.kubernetes.cri.sandbox-name": "web-1", "io.kubernetes.cri.container-name": $name}' "$NODE/b/config.json" \
  >"$NODE/b/.new" && mv "$NODE/b/.new" "$NODE/b/config.json"; }
# named_bundle NAME LABEL PROGRAM…: a container of that name behind the shim; MORE as for bundle.
named_bundle() {
  local name=$1
  shift
  bundle shim "$@"
  named "$name"
}

# ---- what holds is what held -----------------------------------------------------------------------------

cat >"$NODE/rootfs/etc/held.sh" <<'SCRIPT'
grep -E "^(Cap|NoNewPrivs|Seccomp:|Uid|Gid|Groups)" /proc/self/status
(sleep 60 & kill $! && echo killed)
cat /proc/1/environ >/dev/null && echo seen
(echo x >/etc/silent) 2>/dev/null || echo denied
SCRIPT
# As engines write theirs: its processes know each other by its name, and what it denies leaves no record.
cat >"$PROFILES/vm-engine" <<'PROFILE'
abi <abi/3.0>,
profile vm-engine flags=(attach_disconnected,mediate_deleted) {
  file, network, capability, umount, unix,
  signal (receive) peer=unconfined,
  signal (send, receive) peer=vm-engine,
  ptrace (trace, read, tracedby, readby) peer=vm-engine,
  deny /etc/** w,
}
PROFILE
export MORE='.root.readonly = false'
for runtime in $(runtimes); do
  named_bundle plain vm-engine /bin/sh /etc/held.sh
  without=$(start shim "$runtime")
  "$B" record start "held-$runtime" --container held >/dev/null 2>&1
  named_bundle held vm-engine /bin/sh /etc/held.sh
  with=$(start shim "$runtime")
  contains "$runtime: what is compared is a container that may signal and trace its own" "killed seen denied" "$without"
  same "$runtime: under record the same holds" "$without" "$with"
  check "$runtime: what it did is recorded" eventually 10 has_access "held-$runtime" "file /etc/held.sh r"
  check "$runtime: a signal among its own, too" eventually 10 has_access "held-$runtime" "signal  send"
  check "$runtime: what its profile denied without a word is not" eval "! has_access held-$runtime 'file /etc/silent w'"
  same "$runtime: nothing was lost" "" "$(record_json "held-$runtime" | jq -r '.containers[] | .losses // .apparmor_loss // empty')"
  "$B" record stop "held-$runtime" >/dev/null 2>&1
done
same "records of what is recorded are no denials" "" "$([ ! -s "$LOG" ] || jq -c 'select(.profile | tostring | startswith("rec-"))' "$LOG")"

# ---- what a plain deny denies ------------------------------------------------------------------------------

cat >"$NODE/rootfs/etc/silent.sh" <<'SCRIPT'
sleep 60 & child=$!
touch /tmp/mine /tmp/kept
chown 7 /tmp/mine 2>/dev/null || echo no chown
chroot / /bin/true && echo chroot
attempt socket 2 socket 10 socket 1 signal $child trace $child | sed '/^socket/! s/ .*:/ child:/'
ln /tmp/mine /tmp/kept-link 2>/dev/null || echo no link
ln /tmp/mine /tmp/link && rm /tmp/link && echo linked
sleep 3
kill -USR2 $child && echo killed
SCRIPT
cat >"$PROFILES/vm-silent" <<'PROFILE'
abi <abi/3.0>,
profile vm-silent flags=(attach_disconnected,mediate_deleted) {
  file, network, capability, umount, unix,
  signal (receive) peer=unconfined,
  signal (send, receive) peer=vm-silent,
  ptrace (trace, read, tracedby, readby) peer=vm-silent,
  deny capability chown,
  deny network inet6 stream,
  deny network unix stream,
  deny signal (send) set=(cont) peer=vm-silent,
  deny ptrace (trace) peer=vm-silent,
  deny /tmp/kept-* l,
}
PROFILE
silently() { # LABEL RUNTIME: what the work prints under that profile.
  MORE='.root.readonly = false | .process.capabilities |= map_values(. + ["CAP_CHOWN", "CAP_SYS_CHROOT"])' \
    named_bundle silent "$1" /bin/sh /etc/silent.sh
  rm -f "$NODE"/rootfs/tmp/*
  start shim "$2"
}
rules_of() { sed 's/^  //' "$PROFILES/vm-quiet"; }
has_rule() { rules_of | grep -qE "$1"; }
for runtime in $(runtimes); do
  "$B" record start "silent-$runtime" --container silent >/dev/null 2>&1
  done_=$(silently vm-silent "$runtime")
  contains "$runtime: what a plain deny denies is denied under record" \
    "no chown chroot socket 2: 0 socket 10: EACCES socket 1: EACCES signal" "$done_"
  contains "$runtime: and what it allows is not" "no link linked killed" "$done_"
  check "$runtime: that is recorded" eventually 10 has_access "silent-$runtime" "signal  send"
  "$B" record stop "silent-$runtime" >/dev/null 2>&1
  unload vm-quiet
  check "$runtime: a profile is made of it" "$B" record profile "silent-$runtime" --apparmor -o "$PROFILES/vm-quiet" 2>"$NODE/told"
  same "$runtime: of which there is nothing to compare by hand" "" "$(grep note: "$NODE/told")"
  for allowed in 'capability sys_chroot,' 'network inet stream,' 'signal \(send\) set=\(.*usr2' 'link /tmp/link -> /tmp/mine,'; do
    check "$runtime: it allows what was done: $allowed" has_rule "^$allowed"
  done
  check "$runtime: and tells what was denied: capability 'chown'" grep -qx "  #   capability 'chown'" "$PROFILES/vm-quiet"
  for denied in 'capability chown' 'network inet6' 'network unix|unix type' 'signal \(send\).*cont' 'ptrace \(.*trace[,)]' 'link /tmp/kept'; do
    check "$runtime: it is not looser than what confined: $denied" eval "! has_rule '^($denied)'"
  done
  check "$runtime: the parser takes it" "$B" apparmor load "$PROFILES/vm-quiet"
  same "$runtime: under it the same is done and denied" "$done_" "$(silently vm-quiet "$runtime")"
done

# ---- while it runs ---------------------------------------------------------------------------------------

# label_of PID-FILE: of the program that was executed there. A runtime that detaches may be gone before that is: until then
# its own process is there, unconfined.
label_of() {
  local label
  label=/proc/$(cat "$1")/attr/apparmor/current
  eventually 10 eval "! grep -q unconfined $label" || :
  cat "$label"
}

"$B" record start web --container web >/dev/null 2>&1
named_bundle web vm-engine /bin/sleep 60
"$(program shim runc)" run --detach --bundle "$NODE/b" --pid-file "$NODE/pid" web </dev/null >"$NODE/out" 2>&1 ||
  not_ok "a container under record starts" "$(cat "$NODE/out")"
label=$(label_of "$NODE/pid")
contains "the confining profile and the one that records are its label" "vm-engine//&${SPACE}rec-web-" "$label"
contains "ps tells both" "vm-engine (recorded)" "$("$B" ps --json | jq -r '.containers[].record
  | select(.id == "web") | "\(.apparmor) (\(.apparmor_recorder | if . then "recorded" else "" end))"')"
check "verify finds that the plan holds" "$B" verify web
"$(program shim runc)" exec --detach --pid-file "$NODE/joined" web /bin/sh -c 'cat /etc/held.sh >/dev/null; sleep 20' \
  </dev/null >"$NODE/out" 2>&1
same "who joins has the label of the container" "$label" "$(label_of "$NODE/joined")"
check "and what it does is recorded" eventually 10 has_access web "file /etc/held.sh r"
apparmor_parser --replace --skip-cache -C "$PROFILES/vm-engine"
if "$B" verify web >"$NODE/out"; then not_ok "a confining profile that only complains meanwhile is found" "$(cat "$NODE/out")"
else contains "a confining profile that only complains meanwhile is found" "complain mode" "$(tr -s ' \n' ' ' <"$NODE/out")"; fi
apparmor_parser --replace --skip-cache "$PROFILES/vm-engine"
runc kill web KILL
eventually 10 runc delete web
check "when it has ended the profile that recorded it is gone" eventually 10 no_recorders

"$B" record start often --container often >/dev/null 2>&1
# shellcheck disable=SC2016  # expanded by the inner shell
named_bundle often vm-engine /bin/sh -c 'for i in $(seq 25); do cat /etc/held.sh >/dev/null; sleep 0.3; done; echo done'
same "a container that does the same again and again does its work" "done " "$(start shim crun)"
check "it is recorded" eventually 10 has_access often "file /etc/held.sh r"
reads=$(record_json often | jq '[.containers[].accesses[] | select(.object == "/etc/held.sh" and .permission == "r").count] | add')
check "and what is known is not recorded again while it runs: $reads of 25 times" test "$reads" -lt 20
"$B" record stop often >/dev/null 2>&1

# ---- tricks ----------------------------------------------------------------------------------------------

printf 'profile %srec-web-0123456789abcdef flags=(complain) {\n}\n' "$SPACE" | apparmor_parser --replace --skip-cache
named_bundle other "${SPACE}rec-web-0123456789abcdef" /bin/sh /etc/held.sh
contains "a container that asks for a profile that records is refused" "confines nothing" "$(start shim runc)"
named_bundle other "vm-engine//&${SPACE}rec-web-0123456789abcdef" /bin/sh -c 'cat /proc/self/attr/current'
same "beside a profile that confines it is taken away" "vm-engine (enforce) " "$(start shim runc)"
echo -n "${SPACE}rec-web-0123456789abcdef" >"$APPARMOR/.remove"

# ---- what may be missing ---------------------------------------------------------------------------------

kill -KILL $WATCHER
named_bundle web vm-engine /bin/sh /etc/held.sh
contains "a container whose recorder is killed notices nothing" "killed seen denied" "$(start shim crun)"
start_watch
unheard() { record_json web | jq -e '.containers[-1].apparmor_loss' >/dev/null; }
check "and that nobody read is told in the record" eventually 10 unheard
status=0
"$B" record profile web --apparmor >"$NODE/out" 2>&1 || status=$?
same "no profile is made that passes for complete" 8 "$status"

"$B" record start early --container early >/dev/null 2>&1
mv /sbin/apparmor_parser /sbin/apparmor_parser.away
named_bundle early vm-engine /bin/sh /etc/held.sh
contains "a container starts where no parser is" "killed seen denied" "$(start shim runc)"
contains "the event says that AppArmor is not recorded" "what AppArmor sees is not recorded" "$(cat "$EVENTS")"
mv /sbin/apparmor_parser.away /sbin/apparmor_parser
named_bundle early vm-engine /bin/sh /etc/held.sh
bundle hook vm-engine /bin/sh /etc/held.sh
named early
contains "with the hook alone a container starts under its own profile" "killed seen denied" "$(start hook runc)"
contains "and the event says that config.json was read already" "before a hook is called" "$(cat "$EVENTS")"
for name in web early; do "$B" record stop $name >/dev/null 2>&1; done

# ---- from nothing to an enforced profile -----------------------------------------------------------------

TREE=/run/record-tree LOWER=/run/record-lower
mkdir -p $TREE $LOWER /run/record-upper /run/record-work "$NODE/app"
if ! mount -t ext4 -o ro /dev/vda $LOWER 2>/dev/null; then
  skip "a Node.js server is recorded" "its root tree is not built (tests/integration/rootfs.sh)"
  finish
fi
mount -t overlay -o "lowerdir=$LOWER,upperdir=/run/record-upper,workdir=/run/record-work" overlay $TREE
cat >"$NODE/app/index.js" <<'SERVER'
const fs = require('fs'), http = require('http'), { execFileSync } = require('child_process');
const server = http.createServer((request, response) => {
  fs.appendFileSync('/tmp/access.log', request.url + '\n');
  response.end(fs.readFileSync('/app/page.html'));
});
server.listen(8080, '127.0.0.1', () => http.get('http://127.0.0.1:8080/', (response) => {
  response.on('data', (data) => process.stdout.write(data));
  response.on('end', () => {
    process.stdout.write(execFileSync('/bin/cat', ['/tmp/access.log']));
    if (process.argv[2]) {
      try { fs.writeFileSync('/etc/planted', 'x'); console.log('planted'); }
      catch (error) { console.log('/etc: ' + error.code); }
    }
    process.exit(0);
  });
}));
SERVER
echo 'it serves' >"$NODE/app/page.html"
# serve RUNTIME LABEL [ARGUMENT]: what the server prints.
serve() {
  MORE=".root = {path: \"$TREE\", readonly: false} | .process.cwd = \"/app\" | .mounts += [
    {destination: \"/tmp\", type: \"tmpfs\", source: \"tmpfs\", options: [\"nosuid\", \"nodev\"]},
    {destination: \"/app\", type: \"bind\", source: \"$NODE/app\", options: [\"rbind\", \"ro\"]}]" \
    named_bundle server "$2" /usr/bin/node /app/index.js "${@:3}"
  start shim "$1"
}
"$B" record start server --container server >/dev/null 2>&1
same "the server works while it is recorded" "it serves / " "$(serve runc -)"
check "and is recorded to its end" eventually 10 has_access server "file /usr/bin/cat x"
"$B" record stop server >/dev/null 2>&1
unload vm-server
check "a profile is made of it" "$B" record profile server --apparmor -o "$PROFILES/vm-server"
same "lint finds nothing in it" "$PROFILES/vm-server: 0 errors, 0 warnings, 0 notes" "$("$B" apparmor lint "$PROFILES/vm-server")"
check "the parser takes it" "$B" apparmor load "$PROFILES/vm-server"
denied() { jq -r 'select(.action == "DENIED") | .path // .object' "$LOG" 2>/dev/null; }
is_denied() { denied | grep -qxF "$1"; }
rm -f "$LOG"
same "under it, enforced, the server works" "it serves / " "$(serve runc vm-server)"
same "on both runtimes, and cannot write to /etc" "it serves / /etc: EACCES " "$(serve crun vm-server attack)"
check "that is told" eventually 10 is_denied /etc/planted
same "and nothing else was denied" /etc/planted "$(denied | sort -u)"
umount $TREE $LOWER
finish
