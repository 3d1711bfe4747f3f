#!/bin/bash
# `bulkhead apparmor`, and what `bulkhead verify`, `ps` and `status` say of AppArmor.
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
private_node "$@"
need_bulkhead

B=$BUILD/bulkhead
says() { "$B" "$@" 2>&1 | tr -s '\n ' ' '; }
exits() { # name, code, words…
  local name=$1 code=$2 status=0
  shift 2
  "$B" "$@" >"$NODE/out" 2>&1 </dev/null || status=$?
  same "$name" "$code" "$status"
}

# ---- query -------------------------------------------------------------------------------------------

unload k8s-my-app
cp "$ROOT/tests/data/k8s-my-app" "$PROFILES/"
exits "load takes the tutorial's profile" 0 apparmor load "$PROFILES/k8s-my-app"
exits "query: /app may be read" 0 apparmor query k8s-my-app /app/index.js read
exits "query: /etc may not be written" 1 apparmor query k8s-my-app /etc/passwd read write
contains "and says which of both" "write denied" "$(says apparmor query k8s-my-app /etc/passwd read write)"
exits "query: the last byte of a path counts" 1 apparmor query k8s-my-app /proc/self/statu read
exits "query: of a profile that is not loaded" 4 apparmor query vm-nowhere /x read
contains "says so" "no AppArmor profile 'vm-nowhere' is loaded" "$(says apparmor query vm-nowhere /x read)"
contains "of a misspelt name the nearest is named" "did you mean 'k8s-my-app'?" "$(says apparmor query k8s-my-ap /x read)"
contains "query: of a capability the kernel is not to be trusted" "whatever the profile says" \
  "$(says apparmor query k8s-my-app capability net_admin)"
contains "query: an unknown permission is answered with the known" "read (r)" \
  "$(says apparmor query k8s-my-app /x fly)"

# ---- modes, under a running container --------------------------------------------------------------------

unload vm-verify
profile_file vm-verify 'deny /nothing r,'
bundle both vm-verify /bin/sleep 600
"$(program both runc)" run --detach --bundle "$NODE/b" --pid-file "$NODE/pid" verified </dev/null \
  >"$NODE/out" 2>&1 || not_ok "a container runs" "$(cat "$NODE/out")"
eventually 10 grep -q '"proved"' /run/bulkhead/containers/verified.json
contains "ps shows its label" "vm-verify" "$(says ps)"
exits "verify: it holds" 0 verify --all
contains "status counts the profiles" "profiles loaded" "$(says status)"
contains "list names its container" "verified" "$(says apparmor list)"

exits "complain" 0 apparmor complain vm-verify
check "the running container only complains" grep -q 'vm-verify (complain)' "/proc/$(cat "$NODE/pid")/attr/apparmor/current"
exits "verify --all finds that" 1 verify --all
contains "and names it" "'vm-verify' is loaded in complain mode" "$(says verify --all)"
contains "query says that its answers are as if enforced" "is in complain mode" \
  "$(says apparmor query vm-verify /x read)"
exits "enforce" 0 apparmor enforce vm-verify
exits "verify: it holds again" 0 verify --all

profile_file vm-verify 'deny /something r,'
apparmor_parser --replace --skip-cache "$PROFILES/vm-verify"
profile_file vm-verify 'deny /nothing r,'
exits "verify --all finds a profile that was replaced" 1 verify --all
contains "and names it" "'vm-verify' in the kernel is not what '$PROFILES/vm-verify' says now" "$(says verify --all)"
exits "loading the file again" 0 apparmor load "$PROFILES/vm-verify"
exits "ends that" 0 verify --all

apparmor_parser --remove "$PROFILES/vm-verify"
exits "verify --all finds a profile that was removed" 1 verify --all
contains "and names it" "'vm-verify' must hold" "$(says verify --all)"
runc delete --force verified

profile_file vm-quiet '' complain
exits "enforce claims nothing when the file itself complains" 1 apparmor enforce vm-quiet
contains "and says why" "the file's own flags say otherwise" "$(says apparmor enforce vm-quiet)"
unload vm-quiet

# ---- lint and default ------------------------------------------------------------------------------------

exits "lint: the tutorial's profile has no error" 0 apparmor lint --name k8s-my-app "$ROOT/tests/data/k8s-my-app"
exits "lint: another name is one" 1 apparmor lint --name my-app "$ROOT/tests/data/k8s-my-app"
contains "lint says what the file defines" "the pod asks for 'my-app', but the file defines 'k8s-my-app'" \
  "$(says apparmor lint --name my-app "$ROOT/tests/data/k8s-my-app")"
printf 'profile x {\n /a r\n}\n' >"$NODE/x"
contains "lint asks the parser" "does not compile" "$(says apparmor lint "$NODE/x")"
"$B" apparmor default >"$PROFILES/bulkhead-default"
exits "the printed fallback loads" 0 apparmor load "$PROFILES/bulkhead-default"
bundle shim - /bin/probe label
contains "a file takes the place of Bulkhead's own text" "label=bulkhead-default (enforce)" "$(start shim runc)"
check "and is what is loaded" jq -e '.profiles[] | select(.name == "bulkhead-default") | .content == "same" and (.path | length > 0)' \
  <("$B" apparmor list --json)
unload bulkhead-default
finish
