#!/bin/bash
# Measures which system calls programs need to reach main() and runtimes need between loading the
# filter and execve, and compares with the table in policy/checks/startup_needs.cc (`bulkhead lint --needs`).
#
# A call is needed when the program does not start with it denied (EPERM) by a real filter. What is
# needed is enough when the program starts with nothing else allowed. What strace sees must be in the
# table. Measured on x86-64 with the libraries and runtimes of this machine.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

BULKHEAD=$BUILD/bulkhead
HELPERS=$ROOT/tests/integration/helpers
STARTED=42

if [ "$(uname -m)" != x86_64 ]; then
  skip "the table of startup needs" "it was measured on x86-64"
  finish
fi
[ -x "$BULKHEAD" ] || { not_ok "the command is built" "$BULKHEAD is missing: run make"; finish; }

FILTERED=$BUILD/tests/helpers/filtered
# A static library stands behind what uses it.
# shellcheck disable=SC2016  # expanded by the inner shell
compile "$FILTERED" "$HELPERS/filtered.c" bash -c \
  'gcc -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -static "$@" -lseccomp' gcc ||
  { not_ok "the helper is built"; finish; }
TABLE=$("$BULKHEAD" lint --needs --json)

# words ID NO_NEW_PRIVILEGES COLUMN: a list of the table, one word a line.
words() {
  jq -r --arg id "$1" --argjson nnp "$2" --arg column "$3" \
    '.[] | select(.id == $id and .no_new_privileges == $nnp) | .[$column][]' <<<"$TABLE"
}
commas() { paste -sd, -; }
last_alternatives() { sed 's/.*|//'; }

# ---- programs ----------------------------------------------------------------------------------------

# The group takes the message that the shell writes when a program dies by a signal.
start_program() { { "$FILTERED" "$1" "$2" -- "$3"; } >/dev/null 2>&1; }

# check_needs ID NNP STARTER TARGET: the questions. STARTER MODE LIST TARGET ends with $STARTED
# when the target was started under a filter that allows or denies the list.
check_needs() {
  local id=$1 nnp=$2 starter=$3 target=$4 need call wrong=''
  "$starter" deny swapon "$target"
  same "$id ($nnp): starts under a filter that denies nothing it needs" $STARTED $?
  for need in $(words "$id" "$nnp" needed); do
    "$starter" deny "${need//|/,}" "$target"
    [ $? = $STARTED ] && wrong="$wrong $need"
  done
  same "$id ($nnp): what the table calls needed is needed" "" "$wrong"

  wrong=''
  for call in $(words "$id" "$nnp" used) $(words "$id" "$nnp" needed | grep '|' | tr '|' '\n'); do
    "$starter" deny "$call" "$target"
    [ $? = $STARTED ] || wrong="$wrong $call"
  done
  same "$id ($nnp): what the table calls used, and one of two, can be missed" "" "$wrong"

  local enough
  enough=$( (words "$id" "$nnp" needed | last_alternatives; words "$id" "$nnp" sometimes; echo exit_group) | commas)
  wrong=''
  for _ in 1 2 3; do
    "$starter" allow "$enough" "$target"
    [ $? = $STARTED ] || wrong="did not start with only: $enough"
  done
  same "$id ($nnp): what the table calls needed is enough" "" "$wrong"
}

# check_observed ID NNP FILE: every call in the file, one a line, is in the table.
check_observed() {
  local unknown
  unknown=$(sort -u "$3" | grep -vxF -f <(
    for column in needed sometimes used; do words "$1" "$2" $column; done | tr '|' '\n'
    printf '%s\n' execve exit_group
  ) | tr '\n' ' ')
  same "$1 ($2): every call that was observed is in the table" "" "$unknown"
}

observe_program() {
  for _ in 1 2 3; do
    strace -f -qq -o trace "$1" >/dev/null 2>&1
    sed -nE 's/^[0-9]+ +([a-z0-9_]+)\(.*/\1/p' trace
  done >observed
}

check_program() {
  local id=$1 program=$2
  check_needs "$id" null start_program "$program"
  if command -v strace >/dev/null; then
    observe_program "$program"
    check_observed "$id" null observed
  else
    skip "$id: every call that was observed is in the table" "strace is not installed"
  fi
}

mkdir -p programs
gcc -static -o programs/glibc-static "$HELPERS/reach_main.c" && check_program glibc-static programs/glibc-static
gcc -o programs/glibc-dynamic "$HELPERS/reach_main.c" && check_program glibc-dynamic programs/glibc-dynamic
if command -v musl-gcc >/dev/null; then
  musl-gcc -static -o programs/musl-static "$HELPERS/reach_main.c" && check_program musl-static programs/musl-static
  musl-gcc -o programs/musl-dynamic "$HELPERS/reach_main.c" && check_program musl-dynamic programs/musl-dynamic
else
  skip "musl programs" "musl-gcc (package musl-tools) is not installed"
fi
if command -v go >/dev/null; then
  cat >programs/main.go <<'GO'
package main

import "syscall"

func main() { syscall.RawSyscall(syscall.SYS_EXIT_GROUP, 42, 0, 0) }
GO
  (cd programs && HOME=$PWD GOCACHE=$PWD/cache GOFLAGS=-mod=mod go build -o go main.go) &&
    check_program go programs/go
else
  skip "a Go program" "go (package golang-go) is not installed"
fi

# ---- runtimes ----------------------------------------------------------------------------------------

make_rootfs
gcc -nostdlib -static -O1 -o "$NODE/rootfs/bin/nothing" "$HELPERS/reach_nothing.c"
RUNS=0

profile_json() {
  local names
  names=$(jq -Rc 'split(",")' <<<"$2")
  if [ "$1" = allow ]; then
    echo "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":$names,\"action\":\"SCMP_ACT_ALLOW\"}]}"
  else
    echo "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":$names,\"action\":\"SCMP_ACT_ERRNO\"}]}"
  fi
}

runtime_bundle() {
  make_bundle "$NODE/b" "$(args /bin/nothing)" ".process.noNewPrivileges = $NNP" \
    ".linux.seccomp = $(profile_json "$1" "$2")"
}

start_container() {
  local status
  RUNS=$((RUNS + 1))
  runtime_bundle "$1" "$2"
  in_view "$3" timeout 20 "$3" run -b "$NODE/b" "c$RUNS" >out 2>&1
  status=$?
  [ "$status" = "$STARTED" ] || in_view "$3" "$3" delete -f "c$RUNS" >/dev/null 2>&1
  return "$status"
}

# The calls of the thread group that executes the program, from the installation of the filter on.
observe_runtime() {
  runtime_bundle deny swapon
  for _ in 1 2 3; do
    RUNS=$((RUNS + 1))
    in_view "$1" strace -f -qq -o trace "$1" run -b "$NODE/b" "c$RUNS" >/dev/null 2>&1
    awk '
      { pid = $1; line = $0; sub(/^[0-9]+ +/, "", line); name = line; sub(/\(.*/, "", name) }
      line ~ /^clone3?\(.*CLONE_THREAD/ {
        if (match(line, /= [0-9]+$/)) leader[substr(line, RSTART + 2)] = pid in leader ? leader[pid] : pid
        else pending[pid] = 1
      }
      line ~ /<\.\.\. clone3? resumed>/ && pending[pid] {
        if (match(line, /= [0-9]+$/)) leader[substr(line, RSTART + 2)] = pid in leader ? leader[pid] : pid
        delete pending[pid]
      }
      { group = pid in leader ? leader[pid] : pid }
      line ~ /^(seccomp\(SECCOMP_SET_MODE_FILTER|prctl\(PR_SET_SECCOMP, SECCOMP_MODE_FILTER), .*\{len=|^seccomp\(SECCOMP_SET_MODE_FILTER, [^N]*0x[0-9a-f]+\)/ { init = group; on = 1; next }
      on && group == init && line ~ /^execve\(/ { print "execve"; exit }
      on && group == init && name ~ /^[a-z0-9_]+$/ { print name }
    ' trace
  done >observed
}

for runtime in $(runtimes); do
  for NNP in true false; do
    check_needs "$runtime" $NNP start_container "$runtime"
    if command -v strace >/dev/null; then
      observe_runtime "$runtime"
      check "$runtime ($NNP): strace saw the filter and execve" grep -qx execve observed
      check_observed "$runtime" $NNP observed
    else
      skip "$runtime ($NNP): every call that was observed is in the table" "strace is not installed"
    fi
  done
done
finish
