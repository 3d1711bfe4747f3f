#!/bin/bash
# The tests that need an AppArmor kernel and every privilege, in the test node.
#
#   tests/vm/run.sh [SUITE…]     suites are those of suites.sh, by name without .sh; all when none is named
#                                FULL=1: the long ones as well, which are run when named
#   tests/vm/run.sh --bench      what AppArmor and a record cost, as ratios; writes $BUILD/bench-vm.json, and joins
#                                $BUILD/bench.json where that is there. Fails when a goal is missed
#   tests/vm/run.sh --short      a few of them, those that show the most, in one boot
#   tests/vm/run.sh --shell      a shell in the node, with everything that the tests have
#
# Every kernel of tests/vm/kernels is booted, and the first one without AppArmor (apparmor=0) as well. Two
# nodes run at a time where there are two processors. Ends with "N passed, N failed, N skipped" over all
# boots. Logs are kept in ${LOGS:-build/test-logs}; those of a boot that failed are shown.
#
# Environment: BUILD, the build directory; UNIT_BUILD, another one that the unit tests are taken from; ARCH, the
# architecture that both are of (machines.sh); VM_KERNELS, names of kernels to use instead of all; VM_LANES, how many nodes
# run at a time; and those of boot.sh.

set -euo pipefail

ROOT=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$ROOT"
BUILD=$(realpath -m "${BUILD:-build}")
export BUILD
LOGS=$(realpath -m "${LOGS:-$BUILD/test-logs}")
PASSED=0 FAILED=0 SKIPPED=0

# shellcheck source-path=SCRIPTDIR source=machines.sh
. tests/vm/machines.sh
# shellcheck source-path=SCRIPTDIR source=suites.sh
. tests/vm/suites.sh
# shellcheck source-path=SCRIPTDIR source=checkout.sh
. tests/vm/checkout.sh

cannot() {
  echo "# SKIP the test node: $*"
  echo "0 passed, 0 failed, 1 skipped"
  exit 0
}

for tool in "$EMULATOR" cpio lz4 dpkg-deb busybox "$STRIP"; do
  command -v "$tool" >/dev/null || cannot "$tool is not installed (packaging/dependencies.sh ${PURPOSES[*]})"
done
for program in bulkhead bulkhead-shim bulkhead-hook; do
  [ -x "$BUILD/$program" ] || cannot "$BUILD/$program is not built (make${FOREIGN:+ check-vm-$ARCH})"
done

TREE='' LANES_RUNNING=()
# Who ends this ends the nodes: each lane is a process group.
leave() {
  local lane
  for lane in "${LANES_RUNNING[@]}"; do kill -- "-$lane" 2>/dev/null || true; done
  [ -z "$TREE" ] || rm -rf "$TREE"
}
trap leave EXIT

# ---- what goes into the node -------------------------------------------------------------------------

make_tree() { # [bench]
  TREE=$(mktemp -d)
  make_checkout "$TREE"
  # The younger parsers are tried by running them.
  [ -n "$FOREIGN" ] || add_parsers
  if [ "${1:-}" = bench ]; then
    mkdir -p "$TREE/build/tests/bench"
    g++ -std=c++23 -O2 -static -o "$TREE/build/tests/bench/bench" tests/bench/bench.cc tests/bench/measure.cc
    cp -a --parents tests/bench "$TREE/"
    g++ -std=c++23 -O2 -static -I. -o "$TREE/build/tests/bench/load_profile" tests/vm/bench/load_profile.cc \
      "$BUILD"/lib/lib{kernel,policy,oci-config,base}.a -lseccomp -lapparmor -lcap -lmd
  fi
}

# AppArmor parsers younger than the node's own, without what else their packages bring.
add_parsers() {
  local root place
  while read -r root; do
    [[ "$root" != */apparmor-3.* ]] || continue
    place=$TREE/build/parsers/$(basename "$root")
    mkdir -p "$place"
    (cd "$root" && find usr/sbin/apparmor_parser usr/lib64 etc/apparmor.d/abi usr/lib/x86_64-linux-gnu -name '*perl*' -prune \
      -o ! -type d -print | cpio --quiet -pdm "$place")
  done < <(tests/matrix/parsers.sh "$BUILD/matrix")
}

# The tree of tests/integration/rootfs.sh as a disk; without one the suite that wants it is skipped.
make_disk() {
  local tree=$BUILD/rootfs image=$BUILD/vm/rootfs.ext4
  DISK=
  ! command -v debootstrap >/dev/null || tests/integration/rootfs.sh "$tree" || true
  [ -f "$tree/.bulkhead-rootfs" ] && command -v mke2fs >/dev/null || return 0
  # The tree's own word for what it holds; times tell less.
  if ! cmp -s "$tree/.bulkhead-rootfs" "$image.holds"; then
    # The disk is read-only in the node, where real_software.sh and the bench of records mount their scripts.
    mkdir -p "$BUILD/vm" "$tree/software" "$tree/bench" && rm -f "$image" "$image.holds"
    mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$tree" "$image" 1200M || return 0
    cp "$tree/.bulkhead-rootfs" "$image.holds"
  fi
  DISK=$image
}

# ---- boots -------------------------------------------------------------------------------------------

# name_of SUITE: "x" of "tests/vm/…/x.sh".
name_of() { basename "$1" .sh; }

suites_of() { # scripts… -- wanted suites…: those wanted, all when none is
  local -a scripts=()
  while [ "$1" != -- ]; do scripts+=("$1") && shift; done
  shift
  local script
  for script in "${scripts[@]}"; do
    [ "$#" -gt 0 ] && [[ " $* " != *" $(name_of "$script") "* ]] && continue
    echo "$script"
  done
}

# split LANES FIRST SUITES…: "lane suite" a line, the longest first and each to the lane that is free first;
# the first lane has FIRST seconds of other work.
split() {
  local -a load=("$2")
  local lanes=$1 suite seconds lane least
  shift 2
  for ((lane = 1; lane < lanes; lane++)); do load[lane]=0; done
  for suite in "$@"; do echo "${TAKES[$(name_of "$suite")]:-15} $suite"; done | sort -rns | while read -r seconds suite; do
    least=0
    for lane in "${!load[@]}"; do [ "${load[lane]}" -ge "${load[least]}" ] || least=$lane; done
    load[least]=$((load[least] + seconds))
    echo "$least $suite"
  done
}

add_counts() { # results
  local line passed failed skipped
  line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped' "$1" | tail -n 1 | tr -d '\r,')
  [ -n "$line" ] || return 1
  read -r passed _ failed _ skipped _ <<<"$line"
  PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed)) SKIPPED=$((SKIPPED + skipped))
}

run_node_command() { # kernel, log, the kernel's words, command…
  local kernel=$1 log=$2 words=$3
  shift 3
  rm -f "$log.results" "$log.console"
  VM_APPEND=$words VM_DISK=$DISK tests/vm/boot.sh "$BUILD/vm/$kernel" "$TREE" "$log.console" "$log.results" "$@"
}
run_node() { # kernel, log, the kernel's words, suites…
  run_node_command "${@:1:3}" tests/vm/inside.sh "${@:4}"
}

# boot NAME KERNEL WORDS SUITES…: runs them in a node that is booted with these words. What is to be shown
# goes to the report of that name, and the count to the last line of it.
boot() {
  local name=$1 kernel=$2 words=$3
  shift 3
  local log="$LOGS/vm-$name" started=$SECONDS status=0 PASSED=0 FAILED=0 SKIPPED=0
  echo "# $name: $*"
  run_node "$kernel" "$log" "$words" "$@" || status=$?
  if [ "$status" != 0 ] && emulator_erred "$log.console"; then
    echo "# the emulation ended it after $((SECONDS - started)) s: booting once more"
    cp "$log.console" "$log.erred.console"
    status=0
    run_node "$kernel" "$log" "$words" "$@" || status=$?
  fi
  if [ "$status" = 0 ] && add_counts "$log.results"; then
    tr -d '\r' <"$log.results" | grep -avE '^[0-9]+ passed|^exit code'
  else
    FAILED=$((FAILED + 1))
    echo "not ok - the test node '$name' came to its end"
    tail -n 60 "$log.results" 2>/dev/null | sed 's/^/#   /'
    echo "#   the console:"
    tail -n 60 "$log.console" 2>/dev/null | sed 's/^/#   /'
  fi
  echo "# $((SECONDS - started)) s"
  echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
}

# plan LANE NAME KERNEL WORDS SUITES…: a boot for later, if there is anything to run.
declare -a LANE_BOOTS=()
plan() {
  local lane=$1
  shift
  [ "$#" -gt 3 ] || return 0
  LANE_BOOTS[lane]+="boot $(printf '%q ' "$@")>$(printf '%q' "$LOGS/vm-$1.report");"
}

# Runs what was planned, one lane beside the other; then shows all reports and adds their counts up.
run_lanes() {
  local lane report
  rm -f "$LOGS"/vm-*.report
  set -m
  for lane in "${!LANE_BOOTS[@]}"; do
    eval "${LANE_BOOTS[lane]}" </dev/null &
    LANES_RUNNING+=("$!")
  done
  set +m
  wait
  LANES_RUNNING=()
  for report in "$LOGS"/vm-*.report; do
    [ -f "$report" ] || continue
    head -n -1 "$report"
    add_counts "$report" || FAILED=$((FAILED + 1))
  done
}

kernels() {
  if [ -n "${VM_KERNELS:-}" ]; then tr ' ' '\n' <<<"$VM_KERNELS"
  else awk -v arch="$ARCH" '$1 == arch { print $2 }' tests/vm/kernels; fi
}
# The suites that a kernel runs beside the first one.
suites_on() {
  local -a names
  read -r -a names < <(awk -v arch="$ARCH" -v name="$1" '$1 == arch && $2 == name { $1 = $2 = $3 = ""; print }' tests/vm/kernels)
  suites_of "${SUITES[@]}" -- "${names[@]}"
}

# bpf_hook KERNEL LOG RELEASE: "microseconds KiB", what oci-seccomp-bpf-hook takes for one container.
bpf_hook() {
  local image=$BUILD/vm/bpf-hook-$3.ext4
  if [ ! -s "$image" ] && ! tests/vm/bench/bpf_hook_disk.sh "$3" "$image" >&2; then
    echo "# SKIP record-over-bpf-hook: its packages, or the headers of Linux $3, cannot be had here" >&2
    return
  fi
  DISK=$image VM_MEMORY=2560 run_node_command "$1" "$2" "" tests/vm/bench/bpf_hook.sh || cat "$2.console" >&2
  tr -d '\r' <"$2.results" | sed -n 's/^BPF_HOOK //p'
}
# against_bpf_hook KERNEL LOG RELEASE: rows of a start under record, and of the tables for all containers, over that. LOG is
# of the boot that measured ours.
against_bpf_hook() {
  local start tables us kib
  start=$(sed -nE 's/^#.* record-start-crun: with Bulkhead +([0-9]+).*/\1/p' "$2.results" | tail -n 1)
  tables=$(sed -n 's/^BENCH //p' "$2.results" | jq -r 'select(.name == "record-memory").ratio')
  read -r us kib < <(bpf_hook "$1" "$2-bpf-hook" "$3") || return 0
  echo "# oci-seccomp-bpf-hook: $us us until it records, $kib KiB while it does; a start under record: $start us"
  jq -nc --argjson ours "$start" --argjson theirs "$us" --argjson tables "$tables" --argjson kib "$kib" '
    {name: "record-start-over-bpf-hook", ratio: ($ours / $theirs), goal: 0.05, unit: "x CPU time until it records"},
    {name: "record-memory-over-bpf-hook", ratio: ($tables * 1024 / $kib), goal: 0.05, unit: "x memory for one container"}
    | .ratio |= (. * 1000 | round / 1000)' | sed 's/^/BENCH /' >>"$2.results"
}

# Rows as tests/bench/run.sh has them; where it wrote bench.json in this build directory, they join it.
run_bench() {
  local kernel rows="$BUILD/bench-vm.json" all="$BUILD/bench.json" log="$LOGS/vm-bench"
  make_tree bench
  kernel=$(kernels | head -n 1)
  tests/vm/make_root.sh "$kernel" "$BUILD/vm/$kernel"
  echo "# the cost of AppArmor, in a virtual machine"
  DISK='' run_node_command "$kernel" "$log" "" tests/vm/bench/apparmor.sh || cat "$log.console"
  echo "# the cost of a record where the kernel counts, in a virtual machine"
  make_disk
  run_node_command "$kernel" "$log-record" "" tests/vm/bench/record.sh || cat "$log-record.console"
  tr -d '\r' <"$log-record.results" >"$log-record.plain" && mv "$log-record.plain" "$log-record.results"
  against_bpf_hook "$kernel" "$log-record" "$(sed -nE 's/^# the test node is up after .*: (.*)/\1/p' "$log-record.console" | tr -d '\r')"
  cat "$log-record.results" >>"$log.results"
  grep -a '^#' "$log.results" | tr -d '\r' || true
  tr -d '\r' <"$log.results" | sed -n 's/^BENCH //p' | jq -s . >"$rows"
  jq -r '.[] | [.name, .ratio, .goal, .unit, (if .ratio <= .goal then "met" else "MISSED" end)] | @tsv' "$rows" |
    awk -F'\t' '{ printf "%-36s %8.3f %8.3f  %-34s %s\n", $1, $2, $3, $4, $5 }'
  if [ -s "$all" ]; then
    jq -s '(.[1] | map(.name)) as $new | (.[0] | map(select(.name | IN($new[]) | not))) + .[1]' \
      "$all" "$rows" >"$all.new" && mv "$all.new" "$all"
  fi
  jq -e 'length > 0 and all(.ratio <= .goal)' "$rows" >/dev/null
}

mkdir -p "$LOGS"
if [ "${1:-}" = --bench ]; then
  run_bench
  exit
fi
make_tree
DISK=''
[ -n "$FOREIGN" ] || make_disk
KERNELS=()
for kernel in $(kernels); do
  # A release of Debian may lack another one's kernel; its own must be there.
  if [ "${#KERNELS[@]}" = 0 ]; then tests/vm/make_root.sh "$kernel" "$BUILD/vm/$kernel"
  elif ! tests/vm/make_root.sh "$kernel" "$BUILD/vm/$kernel"; then
    echo "# SKIP the kernel '$kernel': it cannot be had here"
    SKIPPED=$((SKIPPED + 1))
    continue
  fi
  KERNELS+=("$kernel")
done
FIRST=${KERNELS[0]}
if [ "${1:-}" = --shell ]; then
  VM_DISK=$DISK tests/vm/boot.sh "$BUILD/vm/$FIRST" "$TREE" --shell
  exit
fi

if [ "${1:-}" = --short ]; then
  plan 0 "$FIRST-short" "$FIRST" "" "${SHORT[@]}"
  run_lanes
  echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
  [ "$FAILED" = 0 ]
  exit
fi

LANES=${VM_LANES:-$(($(nproc) > 1 ? 2 : 1))}
[ -n "${FULL:-}" ] || [ "$#" -gt 0 ] || only_what_is_short
mapfile -t suites < <(suites_of "${SUITES[@]}" "${LONG[@]}" -- "$@")
mapfile -t lines < <(split "$LANES" "$OTHER_SECONDS" "${suites[@]}")
for ((lane = 0; lane < LANES; lane++)); do
  mapfile -t suites < <(printf '%s\n' "${lines[@]}" | sed -n "s/^$lane //p")
  plan "$lane" "$FIRST-with_apparmor-$lane" "$FIRST" "" "${suites[@]}"
done
mapfile -t suites < <(suites_of "${OFF[@]}" -- "$@")
plan 0 "$FIRST-without_apparmor" "$FIRST" "apparmor=0 audit=0" "${suites[@]}"
for kernel in "${KERNELS[@]:1}"; do
  mapfile -t suites < <(suites_on "$kernel")
  mapfile -t suites < <(suites_of "${suites[@]}" -- "$@")
  plan 0 "$kernel-with_apparmor" "$kernel" "" "${suites[@]}"
done
run_lanes
echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
[ "$FAILED" = 0 ]
