#!/usr/bin/env bash
# What runtime-tools' validation sees of the mutants of tests/conformance/mutants.sh, for a number beside ours. Each mutant
# meets the programs that are about the same part of config.json and that pass twice with the real runtime. A program
# fails when it tells a failure (TAP's "not ok"), ends with another exit code than 0, or does not end. One that fails with a mutant
# is run again, alone, twice with the mutant and twice with the real runtime: the mutant is caught when it fails and passes.
#
#   runtime_tools.sh [RUNTIME]    another than crun
#
# Environment: MUTANTS, a glob of the names of those that are to be tried.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"
# shellcheck source=wrapper.sh
. "$ROOT/tests/conformance/wrapper.sh"
# shellcheck source=mutants.sh
. "$ROOT/tests/conformance/mutants.sh"
[ -n "${BULKHEAD_NODE_ID:-}${BULKHEAD_INSIDE:-}" ] || PROGRAMS=$("$ROOT/tests/conformance/fetch_runtime_tools.sh" "$BUILD/runtime-tools")
export PROGRAMS
private_node "$@"
BOUND=60 # seconds for one program

# Not tried: those that take their words, or files in the bundle, to be as `bulkhead conformance` has them; those of exec,
# which none of the programs calls; and where AppArmor is off those of AppArmor, which ours cannot tell apart there either.
OURS='create starts the program as well|the program is killed soon|the pid file names another process|no default devices
  |descriptors are handed on to create|a filter that is kept .*|unknown properties are refused|a path that is not there is an error'
OF_EXEC='exec .*|descriptors are handed on to exec'
OF_APPARMOR='.*AppArmor.*'
not_to_be_tried() { # NAME
  [[ $1 =~ ^(${OURS//$'\n'  /}|$OF_EXEC)$ ]] ||
    { [[ $1 =~ ^($OF_APPARMOR)$ ]] && ! grep -qs Y /sys/module/apparmor/parameters/enabled; }
}

programs_of() { # GROUP
  case $1 in
  hooks) echo hooks hooks_stdin prestart prestart_fail poststart poststart_fail poststop poststop_fail ;;
  the_command_line) echo create start state kill kill_no_effect killsig delete pidfile misc_props default process ;;
  the_process) echo process process_capabilities process_capabilities_fail process_user process_rlimits process_rlimits_fail \
    process_oom_score_adj linux_process_apparmor_profile default ;;
  the_filter) echo linux_seccomp default ;;
  the_root) echo linux_masked_paths linux_readonly_paths root_readonly_true linux_rootfs_propagation mounts linux_devices \
    linux_cgroups_devices linux_cgroups_memory linux_cgroups_pids linux_cgroups_cpus default ;;
  namespaces) echo linux_ns_itype linux_ns_nopath linux_ns_path hostname linux_sysctl linux_uid_mappings default ;;
  esac
}

# The same as in wrapper.sh, but the runtime gets the changed config.json from a directory beside: the programs compare
# with the one in the bundle.
wrapper() {
  cat >"$NODE/mutant" <<SCRIPT
#!/bin/sh
command=none bundle='' before=''
for word; do
  case \$command in none) case \$word in create | start | state | kill | delete) command=\$word ;; esac ;; esac
  [ "\$before" != --bundle ] || bundle=\$word
  before=\$word
done
base=$ROOT/conformance/base.json runtime=$RUNTIME
config() { jq "\$@" config.json >changed 2>/dev/null && cat changed >config.json; }
process() { :; }
if [ \$command = create ] && [ -s "\$bundle/config.json" ]; then
  beside=\$(mktemp -d $NODE/beside.XXXXXX)
  # crun 1.8 takes no version after 1.0.
  jq --arg bundle "\$bundle" '.ociVersion = "1.0.2" | if .root.path then .root.path |= (if startswith("/") then . else \$bundle + "/" + . end) else . end' \
    "\$bundle/config.json" >"\$beside/config.json"
  left=\$#
  while [ \$left -gt 0 ]; do
    word=\$1 && shift && left=\$((left - 1))
    [ "\$word" != "\$bundle" ] || word=\$beside
    set -- "\$@" "\$word"
  done
  cd "\$beside"
fi
$1
exec "\$runtime" "\$@"
SCRIPT
  chmod 755 "$NODE/mutant"
}

# fails RUNTIME PROGRAM
fails() {
  (cd "$PROGRAMS/.." && TMPDIR=$NODE/bundles RUNTIME=$1 timeout -k 5 "$BOUND" "$PROGRAMS/$2") >"$NODE/out-$2" 2>&1 </dev/null ||
    return 0
  awk '/^not ok/ && !/# TODO/ { found = 1 } END { exit !found }' "$NODE/out-$2"
}

# failing RUNTIME PROGRAM…: those that fail. All at a time, but for those that make the same control group.
failing() {
  local runtime=$1 one groups=()
  shift
  for one; do
    case $one in
    linux_cgroups_*) groups+=("$one") ;;
    *) { ! fails "$runtime" "$one" || echo "$one"; } & ;;
    esac
  done
  for one in "${groups[@]}"; do ! fails "$runtime" "$one" || echo "$one"; done
  wait
  # Some make their mounts in our namespace; what lies below those is not ours.
  rm -rf --one-file-system "$NODE"/bundles/* "$NODE"/beside.* 2>/dev/null
}
caught_by() { # PROGRAM
  fails "$NODE/mutant" "$1" && ! fails "$NODE/real" "$1" && fails "$NODE/mutant" "$1" && ! fails "$NODE/real" "$1"
}

ALL=(hooks the_command_line the_process the_filter the_root namespaces)
MADE=0 CAUGHT=0 NOT_TRIED=0
mutant() { # NAME CASES WORD…
  local name=$1 program programs by=''
  shift 2
  # shellcheck disable=SC2053  # a glob
  [[ $name == ${MUTANTS:-*} ]] || return 0
  if not_to_be_tried "$name"; then NOT_TRIED=$((NOT_TRIED + 1)) && return; fi
  "$@"
  MADE=$((MADE + 1))
  mapfile -t programs < <(programs_of "$GROUP" | tr ' ' '\n' | grep -xFf "$NODE/pass")
  for program in $(failing "$NODE/mutant" "${programs[@]}" | sort); do
    if caught_by "$program"; then by=$program && break; fi
    echo "# not so each time: $program with $name"
  done
  if [ -n "$by" ]; then CAUGHT=$((CAUGHT + 1)) && echo "caught: $name ($by)"; else echo "not caught: $name"; fi
}

# Those that pass twice, into $NODE/pass.
find_those_that_pass() {
  local all
  mapfile -t all < <(for group in "${ALL[@]}"; do programs_of "$group"; done | tr ' ' '\n' | sort -u)
  { failing "$NODE/real" "${all[@]}" && failing "$NODE/real" "${all[@]}"; } | sort -u >"$NODE/fail"
  printf '%s\n' "${all[@]}" | grep -vxFf "$NODE/fail" >"$NODE/pass"
  echo "of $1 itself $(wc -l <"$NODE/pass") of ${#all[@]} programs pass: $(xargs <"$NODE/pass")"
}

on_runtime() {
  RUNTIME=$(command -v "$1")
  mkdir -p "$NODE/bundles"
  wrapper : && mv "$NODE/mutant" "$NODE/real"
  find_those_that_pass "$1"
  for GROUP in "${ALL[@]}"; do "mutants_of_$GROUP"; done
  echo "runtime-tools catches $CAUGHT of $MADE mutants; $NOT_TRIED were not tried"
}

if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  on_runtime "$1"
  finish
fi
runtime=${1:-crun}
again_in_view "$runtime" "$runtime"
exit 0
