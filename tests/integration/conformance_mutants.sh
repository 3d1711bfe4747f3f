#!/usr/bin/env bash
# Each case of conformance can fail: a runtime that does one thing wrong (it drops, changes or ignores what it was
# told) is caught. In `make check` every mutant meets a few cases that must catch it; with FULL=1 all of them meet all
# cases, and each case that the runtime itself passes must be failed by some mutant. Prints the sensitivity.
#
#   conformance_mutants.sh [RUNTIME]    another than crun, or runc where there is no crun
#
# Environment: FULL, see above; MUTANTS, a glob of the names of those that are to be tried.
# shellcheck disable=SC2016  # jq's variables
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

OUT=''
conformance() { # WORD…
  OUT=$(timeout 280 "$BUILD/bulkhead" conformance --data "$NODE/data" --json "$@" 2>"$NODE/errors")
}

# What the runtime itself does wrong is known (conformance/known), and is not counted.
failing() { jq -r '.runtimes[0].results[] | select(.verdict == "failed" or .verdict == "different") | .name' <<<"$OUT"; }

# Whatever a mutant does, the plainest container must start, or conformance has nothing to tell.
# wrapper TEXT: a shell script in front of the runtime; "$command" is what it is asked for.
wrapper() {
  cat >"$NODE/mutant" <<SCRIPT
#!/bin/sh
command=none
for word; do
  case \$word in
  create | start | state | kill | delete | exec) command=\$word && break ;;
  esac
done
base=$NODE/data/base.json runtime=$RUNTIME
plain() { case \$PWD in */plainest) true ;; *) false ;; esac; }
config() { jq "\$@" config.json >changed 2>/dev/null && cat changed >config.json; }
process() { for file in process-*.json; do jq "\$@" "\$file" >changed 2>/dev/null && cat changed >"\$file"; done; }
if ! plain; then
  $1
fi
exec "\$runtime" "\$@"
SCRIPT
  chmod 755 "$NODE/mutant"
}
on_create() { wrapper "[ \$command != create ] || config '$1'"; }
on_exec() { wrapper "[ \$command != exec ] || process '$1'"; }

# NAME, CASES (globs, apart by spaces) and the words that make the wrapper.
mutants() {
  mutant "all that a case asks for is dropped" 'seccomp.action.errno masked.file rlimits.core hooks.order-within' wrapper \
    '[ $command != create ] || config -s --slurpfile base $base ".[0] as \$c | \$base[0] | .process.args = \$c.process.args
       | .linux.cgroupsPath = \$c.linux.cgroupsPath"'
  mutant "no no_new_privs" 'no-new-privileges.true' on_create '.process.noNewPrivileges = false'
  mutant "no_new_privs always" 'no-new-privileges.false no-new-privileges.absent' on_create '.process.noNewPrivileges = true'
  mutant "one capability more" 'capabilities.none capabilities.bounding-only' on_create \
    '.process.capabilities.bounding += ["CAP_SYS_PTRACE"]'
  mutant "one capability less" 'capabilities.effective capabilities.inheritable' on_create \
    '.process.capabilities |= map_values(. - ["CAP_CHOWN"])'
  mutant "every capability" 'capabilities.use' on_create \
    '.process.capabilities |= map_values(. + ["CAP_CHOWN", "CAP_SYS_ADMIN"])'
  mutant "no ambient set" 'capabilities.ambient' on_create 'del(.process.capabilities.ambient)'
  mutant "always root" 'user.uid-1000-gid-1000 seccomp.load.*uid-1000' on_create '.process.user |= (.uid = 0 | .gid = 0)'
  mutant "never root" 'user.uid-0-gid-0' on_create '.process.user |= (.uid = 1 | .gid = 1)'
  mutant "a group more" 'user.groups-none user.groups' on_create '.process.user.additionalGids += [4242]'
  mutant "no groups" 'user.groups-root' on_create 'del(.process.user.additionalGids)'
  mutant "another umask" 'user.umask-0077' on_create '.process.user.umask = 7'
  mutant "a filter without its rules" 'seccomp.action.* seccomp.names.several' on_create 'del(.linux.seccomp.syscalls)'
  mutant "no filter" 'seccomp.inherited.* seccomp.flags.none' on_create 'del(.linux.seccomp)'
  mutant "a filter that nobody asked for" 'seccomp.absent seccomp.json.other-case' on_create \
    '.linux.seccomp //= {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["sched_get_priority_max"], action: "SCMP_ACT_ERRNO"}]}'
  mutant "another errno" 'seccomp.action.errno-38 seccomp.rules.other-errno' on_create \
    '(.linux.seccomp.syscalls[]? | select(.errnoRet != null) | .errnoRet) = 2'
  mutant "conditions are left out" 'seccomp.operator.eq-* seccomp.condition.index-*' on_create \
    'del(.linux.seccomp.syscalls[]?.args)'
  mutant "values of 32 bits" 'seccomp.operator.*-border seccomp.operator.*-high' on_create \
    '(.linux.seccomp.syscalls[]?.args[]? | .value) |= (. % 4294967296)'
  mutant "EQ for every operator" 'seccomp.operator.ge-low seccomp.operator.ne-low' on_create \
    '(.linux.seccomp.syscalls[]?.args[]? | .op) = "SCMP_CMP_EQ"'
  mutant "the first condition alone" 'seccomp.condition.two-arguments' on_create \
    '(.linux.seccomp.syscalls[]? | select(.args != null) | .args) |= .[:1]'
  mutant "the default allows" 'seccomp.default.errno seccomp.default.kill-process' on_create \
    '(select(.linux.seccomp != null) | .linux.seccomp.defaultAction) = "SCMP_ACT_ALLOW"'
  mutant "one architecture alone" 'seccomp.arch.x86-listed' on_create \
    '(select(.linux.seccomp != null) | .linux.seccomp.architectures) = ["SCMP_ARCH_X86_64"]'
  mutant "nothing masked" 'masked.*' on_create 'del(.linux.maskedPaths)'
  mutant "nothing read-only" 'read-only.*' on_create 'del(.linux.readonlyPaths) | .root.readonly = false'
  mutant "a root that is read-only" 'read-only.root-false read-only.root-absent' on_create '.root.readonly = true'
  mutant "no mount but the base's" 'mounts.option-ro mounts.bind-file' on_create '.mounts |= .[:3]'
  mutant "mount options are left out" 'mounts.option-no* mounts.bind-read-only' on_create \
    '(.mounts[3:][]?.options) |= map(select(. == "bind" or . == "rbind"))'
  mutant "no devices" 'devices.own*' on_create 'del(.linux.devices)'
  mutant "namespaces are inherited" 'namespaces.*-new' on_create \
    'del(.hostname, .domainname) | .linux.namespaces |= map(select(.type == "mount" or .type == "pid"))'
  mutant "namespaces are new" 'namespaces.network-joined namespaces.uts-joined' on_create 'del(.linux.namespaces[].path)'
  mutant "no sysctl" 'sysctl.ipc sysctl.net' on_create 'del(.linux.sysctl)'
  mutant "no limits" 'rlimits.*' on_create 'del(.process.rlimits)'
  mutant "no oom score" 'oom.score-500' on_create 'del(.process.oomScoreAdj)'
  mutant "an oom score that nobody asked for" 'oom.absent' on_create '.process.oomScoreAdj //= 300'
  mutant "another directory to work in" 'process.cwd' on_create '.process.cwd = "/"'
  mutant "an environment of its own" 'process.env-nothing-else hooks.environment-*' on_create \
    '.process.env += ["OF_THE_RUNTIME=yes"] | (.hooks[]?[]?.env) |= (. // [] | . + ["OF_THE_RUNTIME=yes"])'
  mutant "no hooks" 'hooks.order-of-stages hooks.state-*' on_create 'del(.hooks)'
  mutant "hooks the other way round" 'hooks.order-within' on_create '.hooks |= map_values(reverse)'
  mutant "no hostname" 'namespaces.hostname' on_create '.hostname = "localhost"'
  mutant "no annotations" 'lifecycle.state-annotations' on_create 'del(.annotations)'
  mutant "no control group of its own" 'cgroup.path' on_create '.linux.cgroupsPath = "/elsewhere"'
  mutant "no resources" 'cgroup.pids cgroup.memory' on_create 'del(.linux.resources)'
  mutant "exec takes the container's process" 'exec.user exec.cwd exec.rlimits exec.env' wrapper \
    '[ $command != exec ] || process --slurpfile config config.json ".args as \$a | \$config[0].process | .args = \$a"'
  mutant "exec without no_new_privs" 'exec.no-new-privileges' on_exec '.noNewPrivileges = false'
  mutant "exec with more capabilities" 'exec.capabilities' on_exec '.capabilities.bounding += ["CAP_SYS_ADMIN"]'
  mutant "descriptors are handed on" 'descriptors.of-the-caller' wrapper \
    'if [ $command = create ]; then shift 3; exec 3</dev/null; exec "$runtime" --root "$PWD/state/root" create --preserve-fds 1 "$@"; fi'
  mutant "no default devices" 'devices.null devices.full devices.link-fd' wrapper \
    'if [ $command = create ]; then "$runtime" "$@" && rm -f "/proc/$(cat pid-0)"/root/dev/* && exit; fi'
  mutant "unknown properties are refused" 'document.unknown-* document.annotation-unknown' wrapper \
    '! grep -qE "flavour|org.example.nothing" config.json process-*.json 2>/dev/null || exit 1'
  mutant "a path that is not there is an error" 'masked.missing read-only.path-missing' wrapper '! grep -q "\"/nothing\"" config.json || exit 1'
  mutant "every error is swallowed" 'lifecycle.*-no-such lifecycle.start-twice lifecycle.create-twice process.args-not-there' wrapper \
    '"$runtime" "$@"; exit 0'
  mutant "state is always running" 'lifecycle.state-created lifecycle.state-stopped' wrapper \
    'if [ $command = state ]; then "$runtime" "$@" | sed "s/\"status\": *\"[a-z]*\"/\"status\": \"running\"/"; exit; fi'
  mutant "kill does nothing" 'lifecycle.kill-running lifecycle.kill-created' wrapper '[ $command != kill ] || exit 0'
  mutant "delete does nothing" 'lifecycle.delete-twice lifecycle.delete-frees-the-id' wrapper \
    '[ $command != delete ] || [ "$4" = --force ] || exit 0'
  mutant "a filter that is kept from the container before" 'seccomp.again.*' wrapper \
    '[ $command != create ] || { [ -e first ] || jq .linux.seccomp config.json >first
       config --slurpfile first first ".linux.seccomp = \$first[0]"; }'
}

MADE=0 CAUGHT=0
mutant() { # NAME CASES WORD…
  local name=$1 globs=() glob
  for glob in $2; do globs+=(--case "$glob"); done
  shift 2
  # shellcheck disable=SC2053  # a glob
  [[ $name == ${MUTANTS:-*} ]] || return 0
  "$@"
  [ -z "${FULL:-}" ] || globs=()
  conformance --runtime "$NODE/mutant" "${globs[@]}"
  MADE=$((MADE + 1))
  failing >"$NODE/caught"
  if [ -s "$NODE/caught" ]; then CAUGHT=$((CAUGHT + 1)) && ok "caught: $name"; else
    not_ok "caught: $name" "${OUT:0:600}$(cat "$NODE/errors")"
  fi
  cat "$NODE/caught" >>"$NODE/all-caught"
}

on_runtime() {
  RUNTIME=$(command -v "$1")
  cp -R "$ROOT/conformance" "$NODE/data"
  wrapper :
  conformance --runtime "$NODE/mutant" --case 'seccomp.action.*' --case 'exec.*' --case 'hooks.order-*' --case 'lifecycle.*' \
    --case 'masked.*' --case 'user.*'
  same "a wrapper that does nothing wrong is not caught" "" "$(failing)"
  mutants
  echo "# sensitivity: $CAUGHT of $MADE mutants are caught"
  [ -n "${FULL:-}" ] || return 0
  conformance --runtime "$RUNTIME"
  jq -r '.runtimes[0].results[] | select(.verdict == "passed") | .name' <<<"$OUT" | sort >"$NODE/passed"
  sort -u "$NODE/all-caught" | comm -23 "$NODE/passed" - >"$NODE/never"
  echo "# $(($(wc -l <"$NODE/passed") - $(wc -l <"$NODE/never"))) of $(wc -l <"$NODE/passed") cases are failed by some mutant"
  same "each case that passes is failed by some mutant" "" "$(cat "$NODE/never")"
}

if [ -n "${BULKHEAD_INSIDE:-}" ]; then
  on_runtime "$1"
  finish
fi
runtime=${1:-$(runtimes | tail -n 1)}
again_in_view "$runtime" "$runtime"
finish
