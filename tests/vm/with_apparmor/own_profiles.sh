#!/bin/bash
# The AppArmor profiles of bulkhead-shim and bulkhead-hook: loaded as shipped they only complain, and
# have nothing to complain about; enforced, everything works, and the runtime is not confined by them.
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
private_node "$@"
need_bulkhead

# The profiles attach by the path of an installed program.
cp "$BUILD/bulkhead-shim" "$BUILD/bulkhead-hook" /usr/bin/
for runtime in $(runtimes); do
  ln -sf bulkhead-shim "/usr/bin/bulkhead-$runtime"
  ln -sf "/usr/bin/bulkhead-$runtime" "$NODE/both/bulkhead-$runtime"
done

# The kernel asks for capabilities it can do without (memory overcommit), and says so.
complaints() { dmesg | grep -E 'apparmor="(ALLOWED|DENIED)"' | grep -F 'profile="bulkhead-' |
    grep -vF "optional: no audit"; }

each_way() { # what is told of the mode
  local runtime
  for runtime in $(runtimes); do
    dmesg -C 2>/dev/null || dmesg -c >/dev/null
    unload vm-own
    profile_file vm-own
    bundle both vm-own /bin/probe label
    contains "$1: $runtime starts a container whose profile must be loaded" "label=vm-own (enforce)" \
      "$(start both "$runtime")"
    bundle both - /bin/sleep 300
    "$(program both "$runtime")" run --detach --bundle "$NODE/b" --pid-file "$NODE/pid" "own-$runtime" \
      </dev/null >"$NODE/out" 2>&1 || not_ok "$1: $runtime starts one with the fallback" "$(cat "$NODE/out")"
    contains "$1: $runtime execs into it" "label=bulkhead-default (enforce)" \
      "$("$(program both "$runtime")" exec "own-$runtime" /bin/probe label 2>&1 </dev/null)"
    check "$1: $runtime stops it" "$(program both "$runtime")" delete --force "own-$runtime"
    bundle both vm-nowhere /bin/probe label
    contains "$1: $runtime refuses what must be refused" "is not loaded" "$(start both "$runtime")"
    same "$1: $runtime had nothing to complain about" "" "$(complaints | sed 's/.*apparmor=/apparmor=/' | cut -c1-200 | sort -u | head -n 8)"
  done
}

cp "$ROOT"/packaging/apparmor/bulkhead-* "$PROFILES/"
for profile in bulkhead-shim bulkhead-hook; do
  check "$profile loads" "$BUILD/bulkhead" apparmor load "$PROFILES/$profile"
done
check "both only complain" test 2 = "$(grep -cE '^bulkhead-(shim|hook) \(complain\)' "$APPARMOR/profiles")"
each_way complaining

sed -i 's/flags=(complain,/flags=(/' "$PROFILES/bulkhead-shim" "$PROFILES/bulkhead-hook"
for profile in bulkhead-shim bulkhead-hook; do
  check "$profile is enforced" "$BUILD/bulkhead" apparmor load "$PROFILES/$profile"
done
check "both enforce" test 2 = "$(grep -cE '^bulkhead-(shim|hook) \(enforce\)' "$APPARMOR/profiles")"
each_way enforced

unload bulkhead-shim bulkhead-hook
rm -f /usr/bin/bulkhead-*
finish
