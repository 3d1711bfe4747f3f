# shellcheck shell=bash
# What the suites of the test node stand on, on top of tests/integration/lib.sh: AppArmor profiles, and
# the ways in which Bulkhead meets a container.
#
# The node is thrown away after the tests, so its /etc/apparmor.d is ours.

# shellcheck source=../integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"

APPARMOR=/sys/kernel/security/apparmor
PROFILES=/etc/apparmor.d
EVENTS=/var/log/bulkhead/events.jsonl

# ---- profiles ------------------------------------------------------------------------------------

# What every profile of these tests needs so that its program runs and the runtime can stop it.
BASE_RULES='file, network, capability, umount, signal, ptrace, unix,'

# profile_file NAME [RULES [FLAGS]]: defines a profile in the node's directory.
profile_file() {
  printf 'abi <abi/3.0>,\nprofile %s flags=(attach_disconnected,mediate_deleted%s) {\n  %s\n  %s\n}\n' \
    "$1" "${3:+,$3}" "$BASE_RULES" "${2:-}" >"$PROFILES/$1"
}

# loaded_profile NAME [RULES [FLAGS]]: the same, loaded and without a file.
loaded_profile() {
  profile_file "$@"
  apparmor_parser --replace --skip-cache "$PROFILES/$1" && rm "$PROFILES/$1"
}

is_loaded() { grep -qF "$1 (" "$APPARMOR/profiles"; }

unload() { # NAME…
  local name
  for name in "$@"; do
    rm -f "$PROFILES/$name"
    if is_loaded "$name"; then echo -n "$name" >"$APPARMOR/.remove"; fi
  done
}

# Several suites run in one boot: none begins with what another one left, in the kernel or as a file. The node itself
# loads none.
forget_profiles() {
  local names
  mapfile -t names < <(sed 's/ ([a-z]*)$//; /\/\//d' "$APPARMOR/profiles"; cd "$PROFILES" && printf '%s\n' vm-*)
  unload "${names[@]}"
}
[ ! -e "$APPARMOR/profiles" ] || [ -n "${BULKHEAD_NODE_ID:-}" ] || forget_profiles

# attempt WORD OPERAND…: what tests/vm/helpers/attempt.c finds, in the bundle that `bundle` wrote.
need_attempt() {
  make_rootfs
  cp "$BUILD/tests/helpers/attempt" "$NODE/rootfs/bin/attempt"
}

# ---- ways -----------------------------------------------------------------------------------------

# The node with both programs; WAYS are how a container meets them.
need_bulkhead() {
  need_shim
  mkdir -p "$NODE/both" "$NODE/hook"
  cp "$BUILD/bulkhead-shim" "$BUILD/bulkhead-hook" "$NODE/both/"
  cp "$BUILD/bulkhead-hook" "$NODE/hook/"
  local runtime
  for runtime in $(runtimes); do
    ln -sf bulkhead-shim "$NODE/bin/bulkhead-$runtime"
    ln -sf bulkhead-shim "$NODE/both/bulkhead-$runtime"
  done
}
# shellcheck disable=SC2034  # for the suites
WAYS=(shim hook both)

# program WAY RUNTIME: what is called as the runtime.
program() {
  case $1 in
    shim) echo "$NODE/bin/bulkhead-$2" ;;
    both) echo "$NODE/both/bulkhead-$2" ;;
    hook | none) echo "$2" ;;
  esac
}

# bundle WAY LABEL PROGRAM…: the bundle $NODE/b as an engine would hand it over that way. LABEL is
# process.apparmorProfile, or - for none. NO_NEW_PRIVILEGES (true) and MORE, a jq filter for the rest,
# may be set beside it. Written from a text that was made once: a jq for each would take longer than
# the container.
declare -A TEMPLATES=()
bundle() {
  local way=$1 label=$2 words more=${MORE:-.} template
  shift 2
  template=${TEMPLATES["$way $more"]:-}
  if [ -z "$template" ]; then
    make_bundle "$NODE/b"
    template=$(jq -c --arg hook "$NODE/hook/bulkhead-hook" --arg way "$way" "$more
      | .process.args = [\"@ARGS@\"] | .process.noNewPrivileges = \"@NNP@\"
      | .process = {apparmorProfile: \"@LABEL@\"} + .process
      | if \$way == \"hook\" then
          .hooks.createRuntime = [{path: \$hook, args: [\"bulkhead-hook\", \"createRuntime\"]}]
        else . end" "$NODE/b/config.json")
    TEMPLATES["$way $more"]=$template
  fi
  printf -v words '"%s",' "$@"
  template=${template/'"@ARGS@"'/"${words%,}"}
  template=${template/'"@NNP@"'/${NO_NEW_PRIVILEGES:-true}}
  if [ "$label" = - ]; then template=${template/'"apparmorProfile":"@LABEL@",'/}
  else template=${template/@LABEL@/"$label"}; fi
  printf '%s' "$template" >"$NODE/b/config.json"
}

# start WAY RUNTIME: runs the bundle; what its program printed on one line, or "refused: " and all that
# was said, where people read it: crun tells nothing of a hook but its exit code, so the event counts.
start() {
  local id=vm-$RANDOM status=0
  rm -f "$EVENTS"
  "$(program "$1" "$2")" run --bundle "$NODE/b" "$id" >"$NODE/out" 2>"$NODE/err" </dev/null || status=$?
  if [ "$status" = 0 ]; then tr '\n' ' ' <"$NODE/out"
  else
    echo "refused: $(tr '\n' ' ' <"$NODE/out") $(tr '\n' ' ' <"$NODE/err")" \
      "$(grep -o '"message":"[^"]*"' "$EVENTS" 2>/dev/null | tail -n 2 | tr '\n' ' ')"
  fi
}

# The last event of a kind, as one line.
last_event() { jq -c "select(.event == \"$1\")" "$EVENTS" 2>/dev/null | tail -n 1; }
