#!/bin/bash
# Mistakes that people make (tests/tables/mistakes.table): each ends with its exit code, and says what is wrong and what
# to do.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

TABLE=$ROOT/tests/tables/mistakes.table
for program in bulkhead bulkhead-shim bulkhead-hook; do install_program "$program"; done
ln -s bulkhead-shim "$NODE/bin/bulkhead-runc"
export PATH=$NODE/bin:$PATH

# ---- what the commands name --------------------------------------------------------------------------

make_bundle "$NODE/desk/web"
make_bundle "$NODE/desk/bypass" '.annotations = {"run.oci.seccomp_bpf_data": "AAAA"}'
cd "$NODE/desk" || exit
mkdir empty cut tree rooted
head -c 100 web/config.json >cut/config.json
mkdir -p tree/usr/bin rooted/usr/bin rooted/etc
cp /bin/true rooted/usr/bin/podman
ln rooted/usr/bin/podman rooted/usr/bin/runc
ln "$NODE/bin/bulkhead-shim" rooted/usr/bin/
echo '{}' >empty.json
echo '{"defaultAction": "SCMP_ACT_ALOW"}' >typo.json
echo '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["raed"], "action": "SCMP_ACT_ALLOW"}]}' >misspelt.json
echo '{"version": 1,}' >comma.json
echo '{"version": 1, "seccomp": {"unste": "refuse"}}' >key.json
echo '{"version": 1, "mode": "enforced"}' >value.json
echo '{"version": 1, "annotations": {"keep": []}}' >elsewhere.json
echo '{"version": 1, "rules": [{"name": "cni", "match": {}, "seccomp": {"unset": "keep"}}]}' >reason.json
echo '{"version": 1, "rules": [{"name": "db", "match": {"engine": "podman", "image": "db"}, "seccomp": {"unset": "refuse"}}]}' >idle.json
echo '{"version": 1, "seccomp": {"floor": "localhost/none.json"}}' >missing.json
echo 'Nov 28 10:00:00 node kernel: eth0: link up' >nothing.log

# What only root may look into, as after a while in use.
mkdir -p /run/bulkhead/containers /var/log/bulkhead/record
chmod 755 "$NODE" "$NODE/bin" "$NODE/desk" /var/log/bulkhead
chmod 700 /run/bulkhead /run/bulkhead/containers /var/log/bulkhead/record
for log in denials events; do : >"/var/log/bulkhead/$log.jsonl"; chmod 600 "/var/log/bulkhead/$log.jsonl"; done

# ---- the table ---------------------------------------------------------------------------------------

trimmed() { sed 's/^ *//; s/ *$//' <<<"$1"; }
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }

# made_by USER COMMAND: what a person reads, without its line breaks. Sets STATUS.
made_by() {
  local as=()
  [ "$1" != nobody ] || as=(as_nobody)
  STATUS=0
  "${as[@]}" timeout 20 bash -c "$2" >"$NODE/told" 2>&1 </dev/null || STATUS=$?
  TOLD=$(tr -s ' \n' ' ' <"$NODE/told")
}

told() { [[ $TOLD == *"$1"* ]]; }

declare -A programs
ROWS=0
while IFS='|' read -r command code sentence remedy; do
  command=$(trimmed "$command") code=$(trimmed "$code") sentence=$(trimmed "$sentence") remedy=$(trimmed "$remedy")
  case $command in '' | '#'*) continue ;; esac
  user=root
  [[ $command != nobody:* ]] || { user=nobody command=$(trimmed "${command#nobody:}"); }
  made_by "$user" "$command"
  ROWS=$((ROWS + 1)) programs[${command%% *}]=1
  if [ "$STATUS" = "$code" ] && told "$sentence" && told "$remedy"; then ok "$user: $command"; else
    not_ok "$user: $command" "exit code $STATUS, wanted $code with '$sentence' and '$remedy'
$TOLD"
  fi
done <"$TABLE"

check "the table has sixty mistakes and more" test "$ROWS" -ge 60
same "of every program" "bulkhead bulkhead-hook bulkhead-runc" "$(printf '%s\n' "${!programs[@]}" | sort | paste -sd' ')"
finish
