#!/bin/bash
# Loading under bad conditions: never half a state, always a sentence.
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
private_node "$@"
need_bulkhead

CACHE=/var/cache/bulkhead/apparmor
BULKHEAD=$BUILD/bulkhead
label() { start "$1" "${2:-crun}"; }

# ---- the cache -----------------------------------------------------------------------------------------

profile_file vm-cached
bundle shim vm-cached /bin/probe label
contains "a file is compiled and loaded" "label=vm-cached (enforce)" "$(label shim)"
same "what it compiled to is kept" 1 "$(find "$CACHE" -name '*.bin' | wc -l)"

echo -n vm-cached >"$APPARMOR/.remove"
cat >"$NODE/no-parser" <<'SCRIPT'
#!/bin/sh
echo 'the parser was called' >>/run/node/parser-calls
exit 99
SCRIPT
chmod +x "$NODE/no-parser"
parser=$(command -v apparmor_parser)
touch -r "$parser" "$NODE/no-parser"
contains "the second time it comes from the cache" "compiled before" \
  "$(label shim >/dev/null; cat "$EVENTS")"

echo -n vm-cached >"$APPARMOR/.remove"
for file in "$CACHE"/*.bin; do
  head -c 200 "$file" >"$file.cut" && mv "$file.cut" "$file"
done
contains "a file of the cache that was cut is compiled again" "label=vm-cached (enforce)" "$(label shim)"
echo -n vm-cached >"$APPARMOR/.remove"
for file in "$CACHE"/*.bin; do
  size=$(stat -c %s "$file")
  printf 'X' | dd of="$file" bs=1 seek=$((size - 5)) conv=notrunc 2>/dev/null
done
contains "one with another byte too" "label=vm-cached (enforce)" "$(label shim)"
echo -n vm-cached >"$APPARMOR/.remove"
chmod 666 "$CACHE"/*.bin
contains "one that anybody may write is not believed" "label=vm-cached (enforce)" "$(label shim)"
lacks "and is compiled again" "compiled before" "$(cat "$EVENTS")"

echo -n vm-cached >"$APPARMOR/.remove"
rm -rf "$CACHE" && mkdir "$CACHE" && mount -t tmpfs -o size=4k tmpfs "$CACHE"
head -c 4096 /dev/zero >"$CACHE/full"
contains "a full cache directory only costs time" "label=vm-cached (enforce)" "$(label shim)"
umount "$CACHE"

# ---- what changed since --------------------------------------------------------------------------------

mkdir -p "$PROFILES/abstractions"
echo 'deny /first r,' >"$PROFILES/abstractions/vm-part"
profile_file vm-cached 'include <abstractions/vm-part>'
check "a profile with an include loads" "$BULKHEAD" apparmor load "$PROFILES/vm-cached"
check "and is the same as its file" jq -e '.profiles[] | select(.name == "vm-cached").content == "same"' \
  <("$BULKHEAD" apparmor list --json)
echo 'deny /second r,' >"$PROFILES/abstractions/vm-part"
check "a changed include makes it stale" jq -e \
  '.profiles[] | select(.name == "vm-cached").content == "stale"' \
  <("$BULKHEAD" apparmor list --check --json)
contains "the finding names the file and the remedy" "bulkhead apparmor load $PROFILES/vm-cached" \
  "$("$BULKHEAD" apparmor list | tr -s '\n ' ' ')"
check "loading it again ends that" "$BULKHEAD" apparmor load "$PROFILES/vm-cached"
check "and it is the same again" jq -e '.profiles[] | select(.name == "vm-cached").content == "same"' \
  <("$BULKHEAD" apparmor list --json)

# ---- sentences -------------------------------------------------------------------------------------------

refused() { # name, label, fragments…: refused with each of them, and nothing of that name loaded
  local name=$1 profile=$2 got fragment
  shift 2
  bundle shim "$profile" /bin/probe label
  got=$(label shim)
  for fragment in refused: "$@"; do contains "$name: $fragment" "$fragment" "$got"; done
  check "$name: nothing is loaded" bash -c "! grep -qF '$profile (' $APPARMOR/profiles"
}

printf 'profile vm-broken {\n  /a r\n}\n' >"$PROFILES/vm-broken"
refused "a profile that does not compile" vm-broken "the AppArmor profile file '$PROFILES/vm-broken' does not compile" \
  "syntax error" "line"
printf 'profile vm-broken {\n  include <abstractions/vm-nowhere>\n}\n' >"$PROFILES/vm-broken"
refused "a missing include" vm-broken "Could not open" "vm-nowhere"
printf 'profile vm-broken { file, }\n' >"$PROFILES/vm-broken"
cp "$PROFILES/vm-broken" "$PROFILES/vm-broken-too"
refused "a name that two files define" vm-broken "is defined in '$PROFILES/vm-broken' and in '$PROFILES/vm-broken-too'"
rm "$PROFILES/vm-broken-too"
chmod 666 "$PROFILES/vm-broken"
refused "a file that anybody may write" vm-broken "can be written by others than root"
chmod 644 "$PROFILES/vm-broken"
mkdir -p "$PROFILES/disable" && ln -s "$PROFILES/vm-broken" "$PROFILES/disable/vm-broken"
refused "a file that its owner disabled" vm-broken "disables"
rm "$PROFILES/disable/vm-broken"

mount --bind /dev/null "$parser"
refused "a node without a parser" vm-broken "this node has no apparmor_parser" "package apparmor"
umount "$parser"
cat >"$NODE/killed-parser" <<'SCRIPT'
#!/bin/sh
head -c 1000 /dev/zero
kill -KILL $$
SCRIPT
chmod +x "$NODE/killed-parser"
mount --bind "$NODE/killed-parser" "$parser"
refused "a parser that is killed half way" vm-broken "was killed by signal 9" "nothing was loaded"
umount "$parser"
bundle shim vm-broken /bin/probe label
contains "with the parser back it starts" "label=vm-broken (enforce)" "$(label shim)"
unload vm-broken

printf 'profile vm-first { %s }\nprofile vm-second { %s }\n' "$BASE_RULES" "$BASE_RULES" >"$PROFILES/vm-pair"
check "a file with two profiles loads" "$BULKHEAD" apparmor load "$PROFILES/vm-pair"
echo -n vm-second >"$APPARMOR/.remove"
bundle shim vm-second /bin/probe label
contains "one of them is not loaded over the other" "loading the file would replace them" "$(label shim)"
unload vm-first vm-pair

printf 'profile vm-host /usr/bin/vm-host { %s }\n' "$BASE_RULES" >"$PROFILES/vm-host"
refused "a file that confines programs of the host" vm-host "also confines a program of this node ('/usr/bin/vm-host')"
unload vm-host

profile_file vm-quiet '' complain
bundle shim vm-quiet /bin/probe label
contains "a file in complain mode is refused once it is loaded" "does not enforce" "$(label shim)"
unload vm-quiet
profile_file vm-quiet '' complain
write_policy <<'POLICY'
{ "version": 1, "apparmor": { "complain": "keep" } }
POLICY
bundle both vm-quiet /bin/probe label
contains "and kept where the policy keeps it" "label=vm-quiet (complain)" "$(label both)"
remove_policy
unload vm-quiet

# ---- at once -----------------------------------------------------------------------------------------------

for i in $(seq 20); do profile_file "vm-many-$i"; done
started=$SECONDS
for i in $(seq 100); do
  number=$((i % 20 + 1))
  mkdir -p "$NODE/many/$i"
  MORE=".linux.cgroupsPath = \"/$NODE_ID/many\"" bundle shim "vm-many-$number" /bin/probe label
  sed "s#/many\"#/many-$i\"#" "$NODE/b/config.json" >"$NODE/many/$i/config.json"
  ( "$(program shim crun)" run --bundle "$NODE/many/$i" "many-$i" >"$NODE/many/$i/out" 2>&1 </dev/null
    grep -q "^label=vm-many-$number (enforce)" "$NODE/many/$i/out" && touch "$NODE/many/$i/held" ) &
done
wait
held=$(find "$NODE/many" -name held | wc -l)
same "100 containers at once with 20 profiles that were not loaded" 100 "$held"
[ "$held" = 100 ] || diagnose "$(grep -hv '^label=' "$NODE"/many/*/out | sort | uniq -c | sort -rn)"
same "each profile was compiled once" 20 \
  "$(jq -r 'select(.stage | startswith("shim")) | .findings[]? | select(.check == "apparmor-loaded").message' "$EVENTS" | grep -c vm-many-)"
echo "# 100 containers with 20 compilations: $((SECONDS - started)) s"
for i in $(seq 20); do unload "vm-many-$i"; done

# ---- while it runs -----------------------------------------------------------------------------------------

for runtime in $(runtimes); do
  profile_file vm-gone
  bundle both vm-gone /bin/sleep 300
  "$(program both "$runtime")" create --bundle "$NODE/b" "gone-$runtime" >"$NODE/out" 2>&1 </dev/null ||
    not_ok "$runtime: created" "$(cat "$NODE/out")"
  apparmor_parser --remove "$PROFILES/vm-gone"
  rm -f "$EVENTS"
  "$(program both "$runtime")" start "gone-$runtime" >"$NODE/out" 2>&1 </dev/null
  eventually 10 grep -q '"proof-failed"' "$EVENTS"
  contains "$runtime: a profile removed between create and start: the container is killed" \
    "'vm-gone' must hold" "$(last_event proof-failed)"
  "$runtime" delete --force "gone-$runtime" >/dev/null 2>&1
  unload vm-gone
done
finish
