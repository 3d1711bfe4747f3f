#!/bin/bash
# The `bulkhead` command as people use it: real bundles, real containers, exit codes and output.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

# shellcheck source-path=SCRIPTDIR source=helpers/command.sh
. "$(dirname "${BASH_SOURCE[0]}")/helpers/command.sh"

widest() { awk '{ n = gsub(/[^\200-\277]/, ""); if (n > w) w = n } END { print w + 0 }' <<<"$1"; }
fits() { check "$1 fits 80 columns" test "$(LC_ALL=C widest "$OUT")" -le 80; }

# ---- check -----------------------------------------------------------------------------------------

make_bundle "$NODE/plain" "$(args /bin/true)"
exits "a container that asks for no profile starts with the fallback" 0 check "$NODE/plain"
contains "check says why" "config.json asks for no seccomp profile" "$OUT"
contains "check shows the change to config.json" '"seccomp"' "$OUT"
contains "a long change is cut" "--full shows them" "$OUT"
fits "check"
bulkhead check --full "$NODE/plain"
lacks "--full shows all of it" "--full" "$OUT"
cp "$NODE/plain/config.json" "$NODE/before.json"
bulkhead check "$NODE/plain"
check "check changes nothing" cmp "$NODE/before.json" "$NODE/plain/config.json"
bulkhead check --json "$NODE/plain"
same "check --json names the outcome" changed "$(jq -r .decision.outcome <<<"$OUT")"
same "check --json carries the exit code" 0 "$(jq .exit_code <<<"$OUT")"

make_bundle "$NODE/broken" '.linux.seccomp = {"defaultAction": "SCMP_ACT_NOPE"}'
exits "a profile with an unknown action is bad input" 4 check "$NODE/broken"
contains "and its place is named" "/linux/seccomp/defaultAction" "$ERR"
make_bundle "$NODE/notify" '.linux.seccomp = {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["bind"], "action": "SCMP_ACT_NOTIFY"}]}'
exits "what the policy refuses gives exit code 3" 3 check "$NODE/notify"
exits "no bundle is an input error" 7 check "$NODE/none"
bulkhead check --json "$NODE/none"
same "a failure with --json is a JSON object" io "$(jq -r .error.code <<<"$OUT")"

write_policy <<<'{"version": 1, "rules": [{"name": "all", "match": {}, "because": "a test", "seccomp": {"unset": "keep"}}]}'
exits "a container that starts without a filter gives exit code 1" 1 check "$NODE/plain"
contains "and the owner's words are shown" "a test" "$OUT"
write_policy <<<'{"version": 1, "mode": "observe"}'
exits "mode observe: what enforce would change gives exit code 1" 1 check "$NODE/plain"
write_policy <<<'{"version": 1, "seccomp": {"unste": "refuse"}}'
exits "a policy that is not valid gives exit code 5" 5 check "$NODE/plain"
exits "policy check says so too" 5 policy check
contains "with the nearest key" "unset" "$OUT"
write_policy <<<'{"version": 1, "mod": "x", "prove": 3, "rules": [{"name": "a"}]}'
bulkhead policy check
same "each mistake is a line" 3 "$(grep -c '^mistake: ' <<<"$OUT")"
bulkhead policy check --json
same "or an element of a list" "false 3" "$(jq -r '"\(.valid) \(.mistakes | length)"' <<<"$OUT")"
write_policy <<<'{"version": 1, "runtimes": ["no-such-runtime"], "rules": [
  {"name": "all", "match": {}, "seccomp": {"profile": "localhost/none.json"}},
  {"name": "one", "match": {"pod": "web"}, "seccomp": {"profile": "runtime/default"}}]}'
exits "what is probably not meant is told of a valid policy" 0 policy check
for warned in "'localhost/none.json' is in none of" "none of the runtimes no-such-runtime can be executed" \
  "the rule 'one' never decides anything: 'all'"; do
  contains "warned: $warned" "$warned" "$OUT"
done
remove_policy
exits "without a policy file the built-in policy is valid" 0 policy check
exits "policy show prints it" 0 policy show
exits "policy init prints one to begin with" 0 policy init
fits "policy init"
cp "$NODE/out" "$NODE/starter.json"
exits "which is valid" 0 policy check "$NODE/starter.json"
bulkhead policy show --json
cp "$NODE/out" "$NODE/built-in.json"
cp "$NODE/starter.json" /etc/bulkhead/policy.json
bulkhead policy show --json
check "and says what the built-in one does" cmp "$NODE/built-in.json" "$NODE/out"
remove_policy
exits "policy show --json is a policy" 0 policy check "$NODE/built-in.json"
lacks "with nothing to warn of" "warning:" "$OUT"
exits "a file that is there is left alone" 2 policy init -o "$NODE/starter.json"
exits "policy explain tells of a key" 0 policy explain seccomp.unset
contains "what is built in" '"runtime-default"' "$OUT"
contains "and what is in force" "in force: runtime-default (built-in)" "$OUT"
exits "of a whole section" 0 policy explain apparmor
fits "policy explain"
exits "a key that is misspelt is a mistake" 2 policy explain secomp.unset
contains "and the nearest is named" "did you mean seccomp.unset?" "$ERR"
fits "policy show"
write_policy <<<'{"version": 1,
"mode": "enforce"}'
bulkhead policy check --json
same "policy check knows file and line of a value" "/etc/bulkhead/policy.json:2" \
  "$(jq -r '.settings[] | select(.key == "mode") | "\(.file):\(.line)"' <<<"$OUT")"
remove_policy

# ---- default, lint, explain, diff --------------------------------------------------------------------

exits "default prints a profile" 0 default
check "which is JSON with rules" jq -e '.syscalls | length > 10' "$NODE/out"
bulkhead default --format docker
cp "$NODE/out" "$NODE/default.json"
exits "the printed default and runtime/default are the same filter" 0 diff "$NODE/default.json" runtime/default
exits "an architecture that this machine does not run is refused" 2 default --arch amd64 --arch arm64

SEED=$ROOT/tests/data/seed-node-profile.json
# A path cannot be wrapped: a short one, for the width not to depend on where the checkout is.
cd "$NODE" || exit
cp "$SEED" profile.json
exits "the seed's Node.js profile is found wanting" 1 lint profile.json
contains "it cannot start a glibc program" "a dynamically linked glibc program cannot start" "$(tr -s '\n ' ' ' <<<"$OUT")"
fits "lint"
cd "$ROOT" || exit
bulkhead lint --format sarif "$SEED"
# shellcheck disable=SC2016  # $id is jq's
check "SARIF has a result for each finding, with rule and line" jq -e \
  '.version == "2.1.0" and (.runs[0].results | length > 5) and
   ([.runs[0].results[] | .ruleId as $id | any(.runs[0].tool.driver.rules[]?; .id == $id)] | length > 0) and
   all(.runs[0].results[]; .locations[0].physicalLocation.region.startLine > 0)' "$NODE/out"
pasted=$ROOT/tests/data/pasted-records/tools.txt
exits "explain-record takes lines as tools print them" 0 explain-record "$pasted"
contains "and names what would allow each" '{"names":["clone3"],"action":"SCMP_ACT_ALLOW"}' "$OUT"
OUT=$(grep -v '^  allow' <<<"$OUT")
fits "what is not a rule to copy"
OUT=$("$BULKHEAD" explain-record --json - <"$pasted" | jq -r 'select(.denied) | .record.arch // empty' | sort -u | paste -sd' ')
same "explain-record reads standard input, and tells the architectures as JSON" "aarch64 riscv64 x86 x86_64" "$OUT"
printf '{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"]}' >"$NODE/only64.json"
exits "with the profile it names the rule" 0 explain-record --profile "$NODE/only64.json" "$pasted"
contains "or the architecture that is missing" "architecture x86 is not in the profile" "$OUT"
for options in "" --json "--profile $NODE/only64.json"; do
  # shellcheck disable=SC2086  # words
  same "denials - says the same of lines from standard input${options:+, with ${options%% *}}" \
    "$("$BULKHEAD" explain-record $options <"$pasted" 2>&1; echo $?)" \
    "$("$BULKHEAD" denials $options - <"$pasted" 2>&1; echo $?)"
done
exits "lines without a record are bad input" 4 explain-record /etc/passwd
contains "and what to give is said" "dmesg" "$ERR"
cp "$SEED" "$NODE/seed.json"
chmod 640 "$NODE/seed.json"
exits "lint --fix repairs it" 0 lint --fix "$NODE/seed.json"
same "and keeps the mode of the file" 640 "$(stat -c %a "$NODE/seed.json")"
cp "$NODE/seed.json" "$NODE/once.json"
bulkhead lint --fix "$NODE/seed.json"
check "a second repair changes nothing" cmp "$NODE/once.json" "$NODE/seed.json"
exits "the fallback passes lint, by its name" 0 lint runtime/default
contains "without a warning" "runtime/default: 0 errors, 0 warnings" "$OUT"
exits "and as the document for Docker, Podman and CRI-O" 0 lint "$NODE/default.json"
exits "what is built in cannot be repaired" 2 lint --fix runtime/default
: >"$NODE/no-parser"
for parser in /usr/sbin/apparmor_parser /sbin/apparmor_parser; do
  [ ! -x "$parser" ] || mount --bind "$NODE/no-parser" "$(readlink -f "$parser")"
done
exits "apparmor lint does without a parser" 0 apparmor lint "$ROOT/tests/data/k8s-my-app"
contains "and says that the syntax was not checked" "[syntax-not-checked] apparmor_parser is not installed: nobody has read the syntax" \
  "$(xargs -d '\n' <<<"$OUT" | tr -s ' ')"
! mountpoint -q /usr/sbin/apparmor_parser || umount /usr/sbin/apparmor_parser
echo '{}' >"$NODE/empty.json"
exits "a file that is no profile gives exit code 4" 4 lint "$NODE/empty.json"

exits "explain answers questions" 0 explain runtime/default ptrace 'clone(CLONE_NEWUSER)'
contains "a user namespace is denied" "denied" "$OUT"
exits "explain of a call that came late" 0 explain runtime/default 'socket(AF_ALG)' mseal read
check "explain says since which kernel a call exists" [ "$(grep -o '^[a-z].*' "$NODE/out")" = \
  'socket(AF_ALG) (since Linux 2.0)
mseal (since a Linux after 6.1, 6.12 at the latest)
read (since Linux 1.0)' ]
bulkhead explain --json runtime/default openat2
check "explain --json does, too" jq -e '.[0].first_kernel == "5.6"' "$NODE/out"
exits "explain shows a page" 0 explain runtime/default
fits "explain"
# says_alike NAME CHECK RULE [DEFAULT-ACTION]: check, lint and explain say the same of one rule, as text and as JSON.
message_of() { jq -r --arg check "$1" '[.. | objects | select(.check? == $check) | .message] | first' <<<"$OUT"; }
says_alike() {
  local said
  jq -n --argjson rule "$3" --arg action "${4:-SCMP_ACT_ERRNO}" \
    '{defaultAction: $action, syscalls: [{names: ["read", "write", "execve", "exit_group"], action: "SCMP_ACT_LOG"}, $rule]}' \
    >"$NODE/rule.json"
  make_bundle "$NODE/rule" ".linux.seccomp = $(cat "$NODE/rule.json")"
  bulkhead lint --json "$NODE/rule.json"
  said=$(message_of "$2")
  check "$1: lint says something" test -n "$said" -a "$said" != null
  bulkhead check --json "$NODE/rule"
  same "$1: check says the same as lint" "$said" "$(message_of "$2")"
  bulkhead explain --json "$NODE/rule.json"
  same "$1: so does explain" "$said" "$(message_of "$2")"
  bulkhead explain "$NODE/rule.json" ptrace
  contains "$1: also where a call is asked about" "$said" "$(tr -s ' \n' ' ' <<<"$OUT")"
}
says_alike "a name that no kernel knows" unknown-syscall-names \
  '{"names": ["opanat", "openat"], "action": "SCMP_ACT_ALLOW"}'
says_alike "a rule that allows unknown names alone" unknown-syscall-names \
  '{"names": ["mseel"], "action": "SCMP_ACT_ALLOW"}'
says_alike "a rule that denies unknown names alone" unknown-syscall-names \
  '{"names": ["moount"], "action": "SCMP_ACT_ERRNO"}' SCMP_ACT_ALLOW
says_alike "a rule without names" rule-without-names '{"names": [], "action": "SCMP_ACT_ALLOW"}'
bulkhead lint "$NODE/rule.json"
contains "a rule without names: lint says what to do" "→ remove the rule" "$OUT"
says_alike "Docker's old key" old-name-key '{"name": "chmod", "action": "SCMP_ACT_ALLOW"}'
says_alike "two values of one argument" repeated-argument-index \
  '{"names": ["personality"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 262144, "op": "SCMP_CMP_EQ"},
    {"index": 0, "value": 4194304, "op": "SCMP_CMP_EQ"}]}'
bulkhead explain "$NODE/rule.json" 'personality(0x40000)' 'personality(0x400000)' 'personality(5)'
same "two values of one argument: explain says by which rule each is allowed" \
  'ALLOW (rule /syscalls/1) ALLOW (rule /syscalls/1) ERRNO(EPERM) (default action)' \
  "$(sed -nE 's/^    (ALLOW|ERRNO)/\1/p' <<<"$OUT" | xargs -d '\n')"
says_alike "a condition that never holds" rule-never-matches \
  '{"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 0, "op": "SCMP_CMP_LT"}]}'
jq '.archMap = [{architecture: "SCMP_ARCH_LOONGARCH64", subArchitectures: null}]' "$NODE/rule.json" >"$NODE/elsewhere.json"
exits "an architecture of another machine in archMap: explain reads the profile" 0 explain "$NODE/elsewhere.json" read
exits "and lint does" 1 lint "$NODE/elsewhere.json"
lacks "and says nothing of that architecture" LOONGARCH "$OUT"
bulkhead explain --json runtime/default
check "explain --json groups all calls" jq -e '[.groups[].calls[]] | length > 300' "$NODE/out"
exits "unconfined allows more than the fallback" 1 diff --stricter-than unconfined runtime/default
exits "the fallback allows nothing that unconfined does not" 0 diff --stricter-than runtime/default unconfined
exits "what cannot be compared gives exit code 2" 2 diff "$NODE/empty.json" unconfined
# 141 would be: killed by SIGPIPE.
{
  sleep 0.3
  "$BULKHEAD" explain runtime/default 2>"$NODE/err"
  echo $? >"$NODE/status"
} | true
same "a reader that goes away is an error, not a death" 7 "$(cat "$NODE/status")"
contains "and it is told" "Broken pipe" "$(cat "$NODE/err")"
"$BULKHEAD" status >/dev/full 2>"$NODE/err"
same "a full disk gives exit code 7" 7 $?
contains "and says so" "No space left on device" "$(cat "$NODE/err")"
check "no colour without a terminal" bash -c "! '$BULKHEAD' lint '$SEED' | grep -q $'\\033'"
if command -v script >/dev/null; then
  check "colour on a terminal" bash -c "TERM=xterm script -qec \"$BULKHEAD lint $SEED\" /dev/null | grep -q $'\\033'"
  check "no colour with NO_COLOR" bash -c "! NO_COLOR=1 script -qec \"$BULKHEAD lint $SEED\" /dev/null | grep -q $'\\033'"
else
  skip "colour on a terminal" "script(1) is not installed"
fi

# ---- documents -----------------------------------------------------------------------------------

if command -v mandoc >/dev/null; then
  for page in "$ROOT"/packaging/man/*.[1-8]; do
    check "$(basename "$page") has no fault that mandoc finds" mandoc -T lint -W warning "$page"
  done
else
  skip "man pages have no fault that mandoc finds" "mandoc is not installed"
fi
for shell in bash zsh fish; do
  case $shell in
    bash) file=bulkhead.bash ;;
    zsh) file=_bulkhead ;;
    fish) file=bulkhead.fish ;;
  esac
  if command -v $shell >/dev/null; then
    check "the completion for $shell can be read by it" $shell -n "$ROOT/packaging/completions/$file"
  else
    skip "the completion for $shell can be read by it" "$shell is not installed"
  fi
done

# ---- status, ps, verify --------------------------------------------------------------------------------

bulkhead status
contains "status speaks of the policy" "mode enforce" "$OUT"
contains "and of what is not covered" "Not covered on this node" "$OUT"
fits "status"
bulkhead status --json
check "status --json lists what is not covered" jq -e '.not_covered | length > 0' "$NODE/out"
exits "ps of an empty node" 0 ps
same "says so" "no containers" "$OUT"

# Where the kernel lets us read filters back: a real container through shim and hook.
containers() {
  local runtime=$1 shim pid
  shim=$(link_shim "$runtime")
  make_bundle "$NODE/$runtime" "$(args /bin/sleep 300)" '.process.noNewPrivileges = true'
  in_view "$runtime" "$shim" run --detach --bundle "$NODE/$runtime" --pid-file "$NODE/pid" "cli-$runtime" \
    </dev/null >"$NODE/run" 2>&1 || { not_ok "$runtime: a container starts through the shim" "$(cat "$NODE/run")"; return; }
  pid=$(cat "$NODE/pid")
  eventually 10 grep -q '^Seccomp:.2' "/proc/$pid/status"
  eventually 10 grep -q '^TracerPid:.0' "/proc/$pid/status"
  exits "$runtime: its filter is stricter than none" 0 diff --stricter-than "$pid" unconfined
  exits "$runtime: the kernel's filter allows nothing that the fallback does not" 0 \
    diff --stricter-than --cap AUDIT_WRITE --cap KILL --cap NET_BIND_SERVICE "$pid" runtime/default
  exits "$runtime: explain asks the kernel" 0 explain "$pid" 'unshare(CLONE_NEWNS)'
  contains "$runtime: and finds the call denied" "denied" "$OUT"
  if [ -s "/run/bulkhead/containers/cli-$runtime.json" ]; then
    eventually 10 grep -q '"proved"' "/run/bulkhead/containers/cli-$runtime.json"
    exits "$runtime: ps lists it" 0 ps
    contains "$runtime: as proved" "proved" "$OUT"
    fits "$runtime: ps"
    exits "$runtime: verify asks the kernel and it holds" 0 verify "cli-$runtime"
    exits "$runtime: verify finds the container by its process" 0 verify --pid "$pid"
    # As an exec past the shim would be: a process without a filter in the container's control group.
    sleep 300 &
    local stranger=$!
    if join_cgroups_of "$pid" "$stranger"; then
      exits "$runtime: verify --all finds a process that joined without a filter" 1 verify --all
      contains "$runtime: and names it" "pid $stranger" "$OUT"
      contains "$runtime: and says how that comes" "joined the container later" "$(tr -s '\n ' ' ' <<<"$OUT")"
    else
      skip "$runtime: verify --all finds a process that joined without a filter" "its control group cannot be joined"
    fi
    kill "$stranger"
  else
    skip "$runtime: ps and verify of a container" "the hook keeps no record here"
  fi
  in_view "$runtime" "$runtime" kill "cli-$runtime" KILL
  eventually 10 in_view "$runtime" "$runtime" delete "cli-$runtime"
}

# No single profile says what both allow: the shim's gate installs the floor beside the container's profile.
floor_without_hook() {
  local runtime=$1 shim BULKHEAD=$NODE/bin/bulkhead
  shim=$(link_shim "$runtime")
  install_program bulkhead
  write_policy <<<'{"version": 1, "seccomp": {"floor": "runtime-default", "floor_action": "clamp"}}'
  make_bundle "$NODE/floor" "$(args /bin/sleep 300)" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
    architectures: ["SCMP_ARCH_X86_64"], syscalls: [{names: ["socket"], action: "SCMP_ACT_ERRNO",
      args: [{index: 0, value: 255, valueTwo: 3, op: "SCMP_CMP_MASKED_EQ"}]}]}'
  in_view "$runtime" "$shim" run --detach --bundle "$NODE/floor" "floor-$runtime" </dev/null >"$NODE/run" 2>&1
  eventually 10 grep -q '"installed"' "/run/bulkhead/containers/floor-$runtime.json"
  exits "$runtime: without the hook, verify finds that floor and profile hold" 0 verify "floor-$runtime"
  exits "$runtime: without the hook, check says that it starts" 0 check "$NODE/floor"
  in_view "$runtime" "$runtime" delete --force "floor-$runtime"
  remove_policy
}

# join_cgroups_of PID OTHER: puts OTHER into the control groups of PID, whichever layout this machine has.
join_cgroups_of() {
  local controllers path joined=1
  while IFS=: read -r _ controllers path; do
    [ "$path" != / ] || continue
    if [ -n "$controllers" ]; then
      echo "$2" 2>/dev/null >"/sys/fs/cgroup/${controllers#name=}$path/cgroup.procs" && joined=0
    else
      # shellcheck disable=SC2016  # expanded by the inner shell
      in_view crun /bin/sh -c 'echo "$1" >"/sys/fs/cgroup$2/cgroup.procs"' sh "$2" "$path" 2>/dev/null &&
        joined=0
    fi
  done <"/proc/$1/cgroup"
  return $joined
}

exits "verify of an empty node" 0 verify --all
if [ "$STATUS" = 0 ] && [ -x "$BUILD/bulkhead-shim" ] && [ -x "$BUILD/bulkhead-hook" ]; then
  need_shim
  for runtime in $(runtimes); do floor_without_hook "$runtime"; done
  need_hook
  bulkhead check --full "$NODE/plain"
  lacks "check shows what the shim does, which writes no hook into config.json" "hooks" "$OUT"
  for runtime in $(runtimes); do containers "$runtime"; done
  sleep 300 &
  exits "a process outside of any container is not taken for confined" 1 verify --pid $!
  contains "and is called what it is" "unconfined" "$OUT"
  kill $!
else
  skip "containers through shim and hook" "not built, or filters cannot be read back here"
fi

# ---- from denial to allowed ---------------------------------------------------------------------------

mkdir -p /etc/bulkhead/seccomp/profiles /var/log/bulkhead
web=/etc/bulkhead/seccomp/profiles/web.json
printf '{\n  "defaultAction": "SCMP_ACT_ERRNO",\n  "syscalls": [\n    {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"}\n  ]\n}\n' >"$web"
log_denial() { # CONTAINER SOURCE CALL CAUSE [ARCH]
  jq -nc --arg c "$1" --arg s "$2" --arg n "$3" --arg cause "$4" --arg a "${5:-x86_64}" \
    '{kind: "seccomp", engine: "containerd", id: ("id-of-" + $c), namespace: "shop", pod: "web-0", container: $c,
      serial: 1, pid: 7, nr: 83, time: "2026-11-28T07:00:00.000Z", comm: "app", syscall: $n, arch: $a, action: "ERRNO",
      seccomp: $s, cause: $cause, remedy: "{}", count: 1}' >>/var/log/bulkhead/denials.jsonl
}
log_denial web localhost/profiles/web.json mkdir "default action"
log_denial web localhost/profiles/web.json brk "architecture x86 is not in the profile" x86
log_denial agent runtime/default userfaultfd "default action"
log_denial inline config mkdir "default action"
exits "what was denied of several is written for none" 2 denials --suggest --write "$NODE/new.json"
contains "and how to name one is said" "with --container" "$ERR"
exits "a denial of a container that is gone becomes a change of its profile" 0 \
  denials --container shop/web-0/web --suggest --write "$web"
same "every other byte is as its owner wrote it" '{
  "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [
    {"names": ["read", "write", "mkdir"], "action": "SCMP_ACT_ALLOW"}
  ],
  "architectures": ["SCMP_ARCH_X86_64","SCMP_ARCH_X86"]
}' "$(cat "$web")"
contains "what it opens is said" "It opens: the calls of x86 programs" "$OUT"
contains "and the rule that puts it in force" '"seccomp": {"profile": "localhost/profiles/web.json"}' "$OUT"
contains "and the lines of the pod" "localhostProfile: \"profiles/web.json\"" "$OUT"
exits "of the fallback a new file is made" 0 \
  denials --container shop/web-0/agent --suggest --write "$NODE/fallback.json"
contains "and where to lay it, for the rule to find it" "/var/lib/kubelet/seccomp/fallback.json" "$OUT"
sed -n '/{"name"/,/}}$/p' <<<"$OUT" | jq -s '{version: 1, rules: .}' >"$NODE/ruled.json"
cp "$NODE/fallback.json" /etc/bulkhead/seccomp/
exits "the rule that is printed is one of the policy" 0 policy check "$NODE/ruled.json"
exits "a profile of somebody's is not replaced by the fallback" 2 \
  denials --container shop/web-0/agent --suggest --write "$web"
contains "but changed where it is named" "--profile $web" "$ERR"
same "which allows the call" "allowed" \
  "$("$BULKHEAD" explain "$NODE/fallback.json" userfaultfd | sed -n 's/.*: \(allowed\)$/\1/p' | sort -u)"
exits "a filter of the engine's whose bundle is gone is not guessed" 2 \
  denials --container shop/web-0/inline --suggest --write "$NODE/new.json"
contains "but asked for" "with --profile" "$ERR"
exits "and taken" 0 denials --container shop/web-0/inline --suggest --write "$NODE/new.json" --profile "$web"
for asked in "denials --container wbe" "denials --suggest --container wbe" "denials --as-profile --container wbe" \
  "denials --as-apparmor --container wbe" "denials --story wbe" "events --container wbe" "events --json --container wbe"; do
  # shellcheck disable=SC2086
  exits "who asks for what nobody is called is not given an empty answer: $asked" 2 $asked
  contains "but the nearest name" "did you mean 'web'?" "$ERR"
done
for asked in denials "denials --as-profile" events "events --json" readiness "readiness --json"; do
  # shellcheck disable=SC2086
  exits "nor who names a namespace that is not there: $asked" 2 $asked --namespace shp
  contains "but the nearest one" "did you mean 'shop'?" "$ERR"
done

# AppArmor's: the file that defines the profile, by the node's policy.
mkdir -p "$NODE/apparmor.d" /etc/bulkhead/policy.d
write_policy <<<"{\"version\": 1, \"profile_roots\": {\"apparmor\": [\"$NODE/apparmor.d\"]}}"
app=$NODE/apparmor.d/k8s-app
printf 'abi <abi/3.0>,\n# the shop\nprofile k8s-app flags=(attach_disconnected) {\n\t/srv/** r,\n\taudit deny /srv/key r,\n}\n' >"$app"
log_access() { # CONTAINER PROFILE RULE [CAUTION]
  jq -nc --arg c "$1" --arg p "$2" --arg r "$3" --arg caution "${4:-}" \
    '{kind: "apparmor", engine: "containerd", id: ("id-of-" + $c), namespace: "shop", pod: "web-0", container: $c, serial: 1, pid: 7,
      time: "2026-11-28T07:00:00.000Z", comm: "app", operation: "open", action: "DENIED", profile: $p, remedy: $r, count: 1} +
      if $caution == "" then {} else {caution: $caution} end' >>/var/log/bulkhead/denials.jsonl
}
log_access files k8s-app '"/srv/key" r,'
log_access files k8s-app '"/tmp/a b" rw,'
log_access files k8s-app "capability sys_admin," "this capability reaches the whole node"
log_access engine docker-default '"/x" r,'
log_access web k8s-app '"/y" r,'
exits "what AppArmor denied becomes a change of its profile" 0 denials --container shop/web-0/files --suggest --write "$app"
same "every other byte of it is as its owner wrote it" "$(printf 'abi <abi/3.0>,\n# the shop\nprofile k8s-app flags=(attach_disconnected) {\n\t/srv/** r,\n\taudit deny /srv/key r,\n\t"/srv/key" r,\n\t"/tmp/a b" rw,\n}')" "$(cat "$app")"
contains "and what loads it is said" "To put it in force: bulkhead apparmor load $app" "$(xargs <<<"$OUT")"
contains "and what a rule with deny keeps denied" "stays denied, whatever allows it: line 5" "$(xargs <<<"$OUT")"
exits "once more" 0 denials --container shop/web-0/files --suggest --write "$app"
contains "there is nothing to change" "nothing to change" "$OUT"
exits "what opens the node is written when it is asked for" 0 \
  denials --container shop/web-0/files --suggest --dangerous --write "$NODE/copy"
contains "and said" "It opens: capability sys_admin, this capability reaches the whole node" "$(xargs <<<"$OUT")"
contains "of a copy also where it belongs" "lay it there as $app" "$(xargs <<<"$OUT")"
exits "another file is not replaced" 2 denials --container shop/web-0/files --suggest --write "$ROOT/README.md"
exits "a profile without a file cannot be changed" 2 denials --container shop/web-0/engine --suggest --write "$NODE/new"
contains "that is said" "no file in $NODE/apparmor.d defines the AppArmor profile 'docker-default'" "$ERR"
contains "with the rules to add" 'has these rules, too, and ask for that one: "/x" r,' "$ERR"
exits "unless it is named, and defines it" 2 \
  denials --container shop/web-0/engine --suggest --write "$NODE/new" --profile "$app"
contains "else that is said" "defines no AppArmor profile 'docker-default'" "$ERR"
exits "a profile that no file defines" 4 apparmor enforce k8s-ap
contains "the nearest that one defines is named" "did you mean 'k8s-app'?" "$ERR"
exits "a record begins" 0 record start shop --image shop
exits "one that did not begin cannot be stopped" 2 record stop shpo
contains "the nearest that did is named" "did you mean 'shop'?" "$ERR"
exits "it is stopped" 0 record stop shop
exits "of what both denied, the file says which is meant" 0 denials --container shop/web-0/web --suggest --write "$app"
contains "an AppArmor profile gets AppArmor's rules" '"/y" r,' "$(cat "$app")"
exits "and a seccomp profile the calls" 0 denials --container shop/web-0/web --suggest --write "$web"
contains "and the other is not forgotten" "AppArmor denied something, too" "$OUT"
remove_policy
rm -r /etc/bulkhead/seccomp /var/log/bulkhead/denials.jsonl

# ---- events, readiness -------------------------------------------------------------------------------

rm -f /var/log/bulkhead/events.jsonl*
exits "events of a node on which nothing was logged" 0 events
contains "says so" "no such events" "$OUT"
exits "readiness of it is not known, and no" 1 readiness
if [ -n "${SHIM:-}" ] && [ -n "$(runtimes)" ]; then
  write_policy <<<'{"version": 1, "mode": "observe"}'
  runtime=$(runtimes | head -n 1)
  start_observed() { in_view "$runtime" "$(link_shim "$runtime")" run --bundle "$NODE/plain" "$1" </dev/null >/dev/null 2>&1; }
  start_observed observed-1
  exits "what mode observe would change is told" 0 readiness
  contains "by what it would be" "would be changed" "$OUT"
  same "and the verdict is the last line" "ready: 1 changed" "$(tail -n 1 <<<"$OUT")"
  contains "and what to do about it" "Try them under enforce on one node first" "$(xargs <<<"$OUT")"
  write_policy <<<'{"version": 1, "mode": "observe", "seccomp": {"unset": "refuse"}}'
  start_observed observed-2
  exits "and what it would refuse is no readiness" 1 readiness
  contains "with the sentence" "not ready: 1 refused, 1 changed" "$OUT"
  bulkhead readiness --json
  same "the same as JSON" "false 1 1 0" "$(jq -r '"\(.ready) \(.refused) \(.changed) \(.unchanged)"' <<<"$OUT")"
  exits "events shows them" 0 events --observed
  contains "with the one answer to what enforce would have done" "would refuse:" "$OUT"
  fits "events"
  remove_policy
  write_policy <<<'{"version": 1, "seccomp": {"unset": "refuse"}}'
  start_observed refused-1
  bulkhead events --refused --json
  same "events --refused --json prints the lines of the log" "refused refused-1" "$(jq -r '"\(.event) \(.id)"' <<<"$OUT")"
  remove_policy
else
  skip "events of real starts" "no shim or no runtime here"
fi
bulkhead status --json
VERDICT=$(jq -c '.state[] | select(.what == "denials") | [.state == "ok", .detail]' <<<"$OUT")
bulkhead report --json
same "report says of denials what status says" "$VERDICT" "$(jq -c '[.denials_recorded,
  (.controls[] | select(.title | contains("Rogue")) | .evidence | sub(".*; denials: "; ""))]' <<<"$OUT")"
exits "a container that is not there" 2 verify nothing
finish
