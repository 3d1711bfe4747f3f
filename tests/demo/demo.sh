#!/usr/bin/env bash
# `make demo`: the main job of Bulkhead on real containers, as a short story. Every line of it is
# checked, and the exit code says whether all of them held.
#
# It runs in a private node (tests/integration/lib.sh): nothing on this machine is changed.
# shellcheck source=../integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
[ "$(id -u)" = 0 ] || { echo "make demo starts real containers: run it as root" >&2; exit 1; }
private_node "$@"
need_shim

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  BOLD=$'\e[1m' GOOD=$'\e[32m' BAD=$'\e[31m' PLAIN=$'\e[0m'
else
  BOLD='' GOOD='' BAD='' PLAIN=''
fi

LINES=0 WRONG=0
chapter() { printf '\n%s%s%s\n' "$BOLD" "$*" "$PLAIN"; }
row() { # asked, what the kernel reports, expected, actual
  LINES=$((LINES + 1))
  local mark="${GOOD}as it must be$PLAIN"
  if [ "$3" != "$4" ]; then
    WRONG=$((WRONG + 1))
    mark="${BAD}WRONG: expected $3$PLAIN"
  fi
  printf '  %-34s %-31s %s\n' "$1" "$2" "$mark"
}
says() { # what, expected fragment, text
  LINES=$((LINES + 1))
  case $3 in
    *"$2"*) printf '  %-34s %sas it must be%s\n' "$1" "$GOOD" "$PLAIN" ;;
    *) WRONG=$((WRONG + 1))
       printf '  %-34s %sWRONG: it does not say: %s%s\n' "$1" "$BAD" "$2" "$PLAIN" ;;
  esac
  printf '%s\n' "$3" | fold -s -w 74 | sed 's/^/      /'
}

# What containerd writes into the config.json of a Kubernetes pod's container.
SHOP='.annotations = {
  "io.kubernetes.cri.container-type": "container", "io.kubernetes.cri.sandbox-id": "5f2c",
  "io.kubernetes.cri.sandbox-namespace": "shop", "io.kubernetes.cri.sandbox-name": "web-7d4",
  "io.kubernetes.cri.container-name": "app",
  "io.kubernetes.cri.image-name": "registry.example/shop/web:1.4" }'

# Runs a bundle and puts what its probe printed on one line: "Seccomp: 2, unshare: errno 1".
report() { # program bundle
  local id output
  id=demo-$RANDOM
  output=$(in_view "$1" "$1" run --bundle "$2" "$id" 2>"$NODE/stderr") || true
  sed -nE 's/^seccomp=[[:space:]]*/Seccomp: /p; s/^unshare=0$/unshare succeeds/p;
           s/^unshare=([0-9]+)$/unshare: errno \1/p' <<<"$output" | paste -sd, - | sed 's/,/, /g'
}

tell() { # runtime name
  local runtime=$1 shim
  shim=$(link_shim "$runtime")
  rm -rf "$NODE/story" && mkdir -p "$NODE/story"
  local open="Seccomp: 0, unshare succeeds" confined="Seccomp: 2, unshare: errno 1"

  chapter "$runtime alone, config.json without a seccomp profile"
  make_bundle "$NODE/story/open" "$(args /bin/probe seccomp unshare)"
  local got
  got=$(report "$runtime" "$NODE/story/open")
  row "asked for: nothing" "$got" "$open" "$got"

  chapter "The same bundle through Bulkhead, which stands in front of $runtime"
  got=$(report "$shim" "$NODE/story/open")
  row "asked for: nothing" "$got" "$confined" "$got"
  make_bundle "$NODE/story/empty" "$(args /bin/probe seccomp unshare)" '.linux.seccomp = {}'
  got=$(report "$shim" "$NODE/story/empty")
  row "asked for: linux.seccomp = {}" "$got" "$confined" "$got"

  chapter "The node's owner says which profile governs: the tutorial's, with what a libc needs"
  mkdir -p /etc/bulkhead/seccomp/profiles
  cp "$(data_profile node-profile)" /etc/bulkhead/seccomp/profiles/my-app.json
  write_policy <<'POLICY'
{ "version": 1,
  "rules": [ { "name": "my-app", "match": { "namespace": "shop", "image": "*/web:*" },
               "seccomp": { "profile": "localhost/profiles/my-app.json" } } ] }
POLICY
  make_bundle "$NODE/story/rule" "$(args /bin/probe seccomp unshare)" "$SHOP"
  got=$(report "$shim" "$NODE/story/rule")
  row "rule: profiles/my-app.json" "$got" "$confined" "$got"
  same_names_row "$NODE/story/rule/config.json"

  chapter "A profile that engines would silently run unconfined"
  echo '{"apiVersion": "v1", "kind": "SeccompProfile", "spec": {}}' \
    >/etc/bulkhead/seccomp/profiles/my-app.json
  make_bundle "$NODE/story/broken" "$(args /bin/probe seccomp unshare)" "$SHOP"
  got=$(report "$shim" "$NODE/story/broken")
  row "a custom resource, no profile" "${got:-not started}" "" "$got"
  says "and the sentence says why:" "profiles/my-app.json" "$(cat "$NODE/stderr")"
  remove_policy

  chapter "exec joins a running container and is confined too"
  make_bundle "$NODE/story/exec" "$(args /bin/sleep 60)"
  in_view "$shim" "$shim" run --detach --bundle "$NODE/story/exec" "demo-exec-$runtime" \
    >"$NODE/out" 2>&1 </dev/null
  got=$(in_view "$shim" "$shim" exec "demo-exec-$runtime" /bin/probe seccomp unshare 2>&1 </dev/null |
    sed -nE 's/^seccomp=[[:space:]]*/Seccomp: /p; s/^unshare=([0-9]+)$/unshare: errno \1/p' |
    paste -sd, - | sed 's/,/, /g')
  row "exec: /bin/probe" "$got" "$confined" "$got"
  in_view "$shim" "$shim" delete --force "demo-exec-$runtime" >/dev/null 2>&1

  chapter "With bulkhead-hook installed too, the kernel is asked before the first instruction"
  need_hook
  make_bundle "$NODE/story/proved" "$(args /bin/probe seccomp unshare)" "$SHOP"
  got=$(report "$shim" "$NODE/story/proved")
  row "asked for: nothing" "$got" "$confined" "$got"
  rm "$HOOK"
  got=$(jq -r 'select(.stage == "gate") | .event' /var/log/bulkhead/events.jsonl | tail -n 1)
  row "the gate's verdict" "$got" proved "$got"
}

same_names_row() { # config.json that was rewritten
  local asked in_force
  asked=$(jq -cS '[.syscalls[].names[]] | sort | unique' "$(data_profile node-profile)" | md5sum)
  in_force=$(jq -cS '[.linux.seccomp.syscalls[].names[]] | sort | unique' "$1" | md5sum)
  row "config.json carries that profile" "$(jq '[.linux.seccomp.syscalls[].names[]] | unique | length' "$1") system calls" \
    "$asked" "$in_force"
}

echo "Bulkhead on $(runc --version | head -n 1), kernel $(uname -r)"
printf '  %-34s %-31s %s\n' "what was asked" "what the kernel reports" ""
for runtime in $(runtimes); do tell "$runtime"; done

chapter "What Bulkhead recorded (events.jsonl)"
events=$(jq -r '"\(.event) \(.stage)"' /var/log/bulkhead/events.jsonl | sort | uniq -c | sed 's/^/    /')
printf '%s\n' "$events"
runs=$(runtimes | wc -l)
row "refusals" "$(jq -c 'select(.event == "refused")' /var/log/bulkhead/events.jsonl | wc -l) of them" \
  "$runs" "$(jq -c 'select(.event == "refused")' /var/log/bulkhead/events.jsonl | wc -l)"

echo
if [ "$WRONG" != 0 ]; then
  echo "${BAD}$WRONG of $LINES lines are wrong.$PLAIN"
  exit 1
fi
echo "${GOOD}All $LINES lines are as they must be.$PLAIN"
