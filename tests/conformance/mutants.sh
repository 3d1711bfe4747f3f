# shellcheck shell=bash
# The mutants: what a runtime may do wrong, and the cases that it must be caught by. To be sourced.
#
#   mutants    calls `mutant NAME CASES WORD…` for each; the words write the wrapper (wrapper.sh)
#
# CASES are globs of names, apart by spaces; `refusals` are all cases in which create or start must fail. A case belongs
# to the first mutant that names it, and that one must make it fail.
# shellcheck disable=SC2016  # jq's variables, and the wrapper's

mutants() {
  mutants_of_hooks
  mutants_of_the_command_line
  mutants_of_the_process
  mutants_of_the_filter
  mutants_of_the_root
  mutants_of_namespaces
}

mutants_of_the_command_line() {
  mutant "an error is not told" 'refusals lifecycle.*-no-such lifecycle.*-twice lifecycle.create-id-* lifecycle.delete-created
    lifecycle.delete-running lifecycle.kill-stopped lifecycle.kill-unknown-signal lifecycle.start-stopped exec.no-such-program
    exec.not-started exec.cwd-descriptor apparmor.exec-missing apparmor.exec-off' wrapper '"$runtime" "$@"; exit 0'
  mutant "create starts the program as well" 'lifecycle.create-does-not-run lifecycle.state-created' wrapper \
    'if [ $command = create ]; then "$runtime" "$@" && shift $(($# - 1)) && exec "$runtime" --root "$PWD/state/root" start "$1"; fi'
  mutant "state is always running" 'lifecycle.state-stopped' wrapper \
    'if [ $command = state ]; then "$runtime" "$@" | sed "s/\"status\": *\"[a-z]*\"/\"status\": \"running\"/"; exit; fi'
  mutant "state is always created" 'lifecycle.state-running' wrapper \
    'if [ $command = state ]; then "$runtime" "$@" | sed "s/\"status\": *\"[a-z]*\"/\"status\": \"created\"/"; exit; fi'
  mutant "the program is killed soon" 'lifecycle.exit-code' wrapper \
    'if [ $command = start ]; then "$runtime" "$@" && sleep 0.3 && kill -KILL "$(cat pid-0)"; exit; fi'
  mutant "kill does nothing" 'lifecycle.kill-*' wrapper '[ $command != kill ] || exit 0'
  mutant "delete does nothing" 'lifecycle.delete-frees-the-id' wrapper '[ $command != delete ] || [ "$4" = --force ] || exit 0'
  mutant "no annotations" 'lifecycle.state-annotations' on_create 'del(.annotations)'
  mutant "the pid file names another process" 'namespaces.mount-new namespaces.pid-new' wrapper \
    'if [ $command = create ]; then "$runtime" "$@" || exit; setsid sleep 60 </dev/null >/dev/null 2>&1 & echo $! >pid-0; exit 0; fi'
  mutant "descriptors are handed on to create" 'descriptors.none descriptors.of-the-caller' wrapper \
    'if [ $command = create ]; then shift 3; exec 3</dev/null; exec "$runtime" --root "$PWD/state/root" create --preserve-fds 1 "$@"; fi'
  mutant "descriptors are handed on to exec" 'descriptors.exec' wrapper \
    'if [ $command = exec ]; then shift 3; exec 3</dev/null; exec "$runtime" --root "$PWD/state/root" exec --preserve-fds 1 "$@"; fi'
  mutant "unknown properties are refused" 'document.unknown-* document.annotation-unknown exec.unknown-field hooks.unknown-stage
    seccomp.rules.unknown-member' wrapper \
    '! grep -qE "flavour|org.example.nothing|postlunch|comment" config.json process-*.json 2>/dev/null || exit 1'
  mutant "keys are taken in any case" 'document.other-case*' on_create \
    '(select(.root.ReadOnly) | .root.readonly) = true | (select(.process.NoNewPrivileges) | .process.noNewPrivileges) = true'
  mutant "exec starts its program beside the container" 'exec.namespaces exec.root exec.cgroup exec.filter*
    exec.read-only-root masked.exec' wrapper \
    'if [ $command = exec ]; then mkdir beside && ln rootfs/bulkhead beside/bulkhead && process_elsewhere beside; fi'
  mutant "exec takes the container's process" 'exec.user exec.cwd exec.rlimits exec.env exec.umask exec.oom' wrapper \
    '[ $command != exec ] || process --slurpfile config config.json ".args as \$a | \$config[0].process | .args = \$a"'
  mutant "exec without no_new_privs" 'exec.no-new-privileges*' on_exec '.noNewPrivileges = false'
  mutant "exec with more capabilities" 'exec.capabilities*' on_exec '.capabilities.bounding += ["CAP_SYS_ADMIN"]'
}

mutants_of_the_process() {
  mutant "no no_new_privs" 'no-new-privileges.true no-new-privileges.set-user-id-gains-nothing' on_create \
    '.process.noNewPrivileges = false'
  mutant "no_new_privs always" 'no-new-privileges.*' on_create '.process.noNewPrivileges = true'
  mutant "no capabilities means all" 'capabilities.absent' on_create \
    '.process.capabilities //= (["CAP_CHOWN", "CAP_SYS_ADMIN"] | {bounding: ., effective: ., permitted: .})'
  mutant "no ambient set" 'capabilities.ambient*' on_create 'del(.process.capabilities.ambient)'
  mutant "an ambient set that nobody asked for" 'capabilities.user-without-ambient' on_create \
    '.process.capabilities |= (.ambient = .effective | .inheritable = .effective)'
  mutant "one capability less" 'capabilities.effective capabilities.inheritable capabilities.twice capabilities.unknown-name
    capabilities.exec-inherits' on_create '.process.capabilities |= map_values(select(. != null) - ["CAP_CHOWN"])'
  mutant "every capability" 'capabilities.use' on_create \
    '.process.capabilities |= map_values(select(. != null) + ["CAP_CHOWN", "CAP_SYS_ADMIN"])'
  mutant "one capability more" 'capabilities.*' on_create '.process.capabilities.bounding += ["CAP_SYS_PTRACE"]'
  mutant "never root" 'user.uid-0-gid-0' on_create '.process.user |= (.uid = 1 | .gid = 1)'
  mutant "always root" 'user.uid-* seccomp.load.setuid-errno-0 seccomp.load.*uid-1000' on_create \
    '.process.user |= (.uid = 0 | .gid = 0)'
  mutant "a group more" 'user.groups-none user.groups' on_create '.process.user.additionalGids += [4242]'
  mutant "no groups" 'user.groups-root seccomp.load.setgroups-errno-0' on_create 'del(.process.user.additionalGids)'
  mutant "another umask" 'user.umask-*' on_create '.process.user.umask = 7'
  mutant "no limits" 'rlimits.*' on_create 'del(.process.rlimits)'
  mutant "an oom score that nobody asked for" 'oom.absent' on_create '.process.oomScoreAdj //= 300'
  mutant "no oom score" 'oom.*' on_create 'del(.process.oomScoreAdj)'
  mutant "another directory to work in" 'process.cwd process.cwd-made' on_create '.process.cwd = "/etc"'
  mutant "the runtime's environment" 'process.env-nothing-else' on_create '.process.env += ["OF_THE_RUNTIME=yes"]'
  mutant "no environment" 'process.env process.args-path' on_create '.process.env = []'
  mutant "a home that is the root" 'process.env-home' on_create '.process.env += ["HOME=/"]'
  mutant "the first of two variables" 'process.env-twice' on_create '.process.env |= unique_by(split("=")[0])'
  mutant "a variable ends at its second =" 'process.env-equals-in-value' on_create \
    '.process.env |= map(split("=")[:2] | join("="))'
  mutant "exec without an AppArmor profile" 'apparmor.exec apparmor.exec-absent' on_exec '.apparmorProfile = "unconfined"'
  mutant "no AppArmor profile" 'apparmor.enforced apparmor.inherited apparmor.complain apparmor.stack' on_create 'del(.process.apparmorProfile)'
  mutant "an AppArmor profile that nobody asked for" 'apparmor.*' on_create '.process.apparmorProfile = "bulkhead-conformance-other"'
}

mutants_of_the_filter() {
  mutant "a filter that nobody asked for" 'seccomp.absent seccomp.null seccomp.json.other-case' on_create \
    '.linux.seccomp //= {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["sched_get_priority_max"], action: "SCMP_ACT_ERRNO"}]}'
  mutant "a filter that is kept from the container before" 'seccomp.again.*' wrapper \
    '[ $command != create ] || { [ -e first ] || jq .linux.seccomp config.json >first
       config --slurpfile first first ".linux.seccomp = \$first[0]"; }'
  mutant "a rule too many" 'seccomp.default.allow seccomp.default.log seccomp.names.only-unknown seccomp.rules.default-again
    seccomp.empty-object' on_create '.linux.seccomp.defaultAction //= "SCMP_ACT_ALLOW"
      | .linux.seccomp.syscalls += [{names: ["sched_get_priority_max"], action: "SCMP_ACT_ERRNO", errnoRet: 5}]'
  mutant "the listener does not get the calls" 'seccomp.listener.value seccomp.listener.errno seccomp.listener.exec
    seccomp.listener.without-*' on_create \
    '(.linux.seccomp.syscalls[]? | select(.action == "SCMP_ACT_NOTIFY") | .action) = "SCMP_ACT_ERRNO"'
  mutant "the listener is not told" 'seccomp.listener.one-state seccomp.listener.state-of-container' on_create \
    'del(.linux.seccomp.listenerPath, .linux.seccomp.listenerMetadata)'
  mutant "the listener does not get its metadata" 'seccomp.listener.state' on_create 'del(.linux.seccomp.listenerMetadata)'
  mutant "no filter" 'seccomp.inherited.* seccomp.flags.* seccomp.listener.unused user-namespace.filter' on_create \
    'del(.linux.seccomp)'
  mutant "the default allows" 'seccomp.default.* seccomp.names.newer-default' on_create \
    '(select(.linux.seccomp != null) | .linux.seccomp.defaultAction) = "SCMP_ACT_ALLOW" | del(.linux.seccomp.defaultErrnoRet)'
  mutant "another errno" 'seccomp.action.errno-* seccomp.action.trace-with-errno seccomp.rules.other-errno' on_create \
    '(.linux.seccomp.syscalls[]? | select(.errnoRet != null) | .errnoRet) = 2'
  mutant "the first name alone" 'seccomp.names.several seccomp.names.unknown' on_create \
    '(.linux.seccomp.syscalls[]? | .names) |= .[:1]'
  mutant "every architecture" 'seccomp.arch.x32-not-listed seccomp.arch.x86-not-listed seccomp.arch.native' on_create \
    '(select(.linux.seccomp != null) | .linux.seccomp.architectures) = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]'
  mutant "one architecture alone" 'seccomp.arch.x86-listed' on_create \
    '(select(.linux.seccomp != null) | .linux.seccomp.architectures) = ["SCMP_ARCH_X86_64"]'
  mutant "no conditions are none that hold" 'seccomp.condition.empty-list' on_create \
    '.linux.seccomp.syscalls |= map(select(.args != []))'
  mutant "the first condition alone" 'seccomp.condition.two-* seccomp.condition.six-* seccomp.condition.range' on_create \
    '(.linux.seccomp.syscalls[]? | select(.args != null) | .args) |= .[:1]'
  mutant "the first rule for a call alone" 'seccomp.condition.alternatives' on_create \
    '.linux.seccomp.syscalls |= (reduce .[] as $r ([]; if any(.[]; .names == $r.names) then . else . + [$r] end))'
  mutant "values of 32 bits" 'seccomp.operator.eq-border seccomp.operator.eq-above seccomp.operator.eq-high
    seccomp.operator.eq-all seccomp.condition.index-*' on_create \
    '(.linux.seccomp.syscalls[]?.args[]? | .value) |= (. % 4294967296)'
  # At its end of the range LE, or GE, is EQ.
  mutant "conditions are left out" 'seccomp.operator.eq-* seccomp.operator.le-zero seccomp.operator.ge-all
    seccomp.condition.*' on_create \
    'del(.linux.seccomp.syscalls[]?.args)'
  mutant "EQ for every operator" 'seccomp.operator.*' on_create \
    '(.linux.seccomp.syscalls[]?.args[]? | .op) = "SCMP_CMP_EQ"'
  mutant "a filter without its rules" 'seccomp.*' on_create 'del(.linux.seccomp.syscalls)'
}

mutants_of_the_root() {
  mutant "a path that is not there is an error" 'masked.missing read-only.path-missing' wrapper '! grep -q "\"/nothing\"" config.json || exit 1'
  mutant "nothing masked" 'masked.*' on_create 'del(.linux.maskedPaths)'
  mutant "a root that is read-only" 'read-only.root-false read-only.root-absent' on_create '.root.readonly = true'
  mutant "mounts are read-only" 'read-only.root-with-writable-mount mounts.option-rw' on_create '.mounts[3:][].options += ["ro"]'
  mutant "nothing read-only" 'read-only.*' on_create 'del(.linux.readonlyPaths) | .root.readonly = false'
  mutant "a root that is always in the bundle" 'root.absolute' on_create '.root.path |= ltrimstr("/")'
  mutant "another propagation" 'root.propagation-* mounts.propagation-*' on_create \
    '{shared: "private", private: "unbindable", slave: "unbindable", unbindable: "private"} as $other
     | .linux.rootfsPropagation |= ($other[. // ""] // "shared") | (.mounts[3:][] | .options) |= map($other[.] // .)'
  mutant "mounts the other way round" 'mounts.order' on_create '.mounts = .mounts[:3] + (.mounts[3:] | reverse)'
  mutant "the first option of a mount alone" 'mounts.option-dev mounts.option-exec mounts.option-suid mounts.option-data' on_create \
    '(.mounts[3:][] | .options) |= .[:1]'
  mutant "noatime for relatime" 'mounts.option-relatime' on_create \
    '(.mounts[3:][] | .options) |= map(if . == "relatime" then "noatime" else . end)'
  mutant "mount options are left out" 'mounts.option-* mounts.bind-read-only' on_create \
    '(.mounts[3:][] | .options) |= map(select(. == "bind" or . == "rbind"))'
  mutant "no mount but the base's" 'mounts.*' on_create '.mounts |= .[:3]'
  mutant "no devices" 'devices.own*' on_create 'del(.linux.devices)'
  mutant "no default devices" 'devices.*' wrapper \
    'if [ $command = create ]; then "$runtime" "$@" && rm -f "/proc/$(cat pid-0)"/root/dev/* && exit; fi'
  mutant "every device is allowed" 'cgroup.device-denied' on_create '.linux.resources.devices += [{allow: true, access: "rwm"}]'
  mutant "no device is allowed" 'cgroup.device-allowed' on_create '(.linux.resources.devices[]? | .allow) = false'
  mutant "no control group of its own" 'cgroup.path' on_create '.linux.cgroupsPath = "/elsewhere"'
  mutant "no resources" 'cgroup.*' on_create 'del(.linux.resources)'
}

mutants_of_namespaces() {
  mutant "namespaces are inherited" 'namespaces.*-new' on_create \
    'del(.hostname, .domainname) | .linux.namespaces |= map(select(.type == "mount" or .type == "pid"))'
  mutant "namespaces are new, not joined" 'namespaces.*-joined' on_create 'del(.linux.namespaces[].path)'
  mutant "every namespace is new" 'namespaces.*-inherited' on_create \
    '.linux.namespaces |= (. + (["pid", "network", "ipc", "uts", "cgroup"] - map(.type) | map({type: .})))'
  mutant "no names" 'namespaces.hostname namespaces.domainname' on_create 'del(.domainname) | .hostname = "localhost"'
  mutant "the mapping of the host" 'user-namespace.*' on_create \
    '(.linux.uidMappings[]?, .linux.gidMappings[]?) |= (.hostID = .containerID)'
  mutant "no sysctl" 'sysctl.*' on_create 'del(.linux.sysctl)'
}

mutants_of_hooks() {
  mutant "hooks the other way round" 'hooks.order-within' on_create '.hooks |= map_values(reverse)'
  mutant "the first hook alone" 'hooks.failing-poststop' on_create '.hooks[] |= .[:1]'
  mutant "no hook fails" 'hooks.failing-first-ends' on_create '(.hooks[]?[]? | .args[5]) = "0"'
  mutant "hooks are not waited for" 'hooks.slow hooks.poststart-after-*' on_create '(.hooks.createRuntime, .hooks.startContainer)[]? |=
    (.args = ["sh", "-c", "exec 3<&0; \"$0\" \"$@\" <&3 3<&- &", .path] + .args[1:] | .path = "/bin/sh")'
  mutant "the runtime's environment for hooks" 'hooks.environment-* hooks.no-environment-*' on_create \
    '(.hooks[]?[]?.env) |= (. // [] | . + ["OF_THE_RUNTIME=yes"])'
  mutant "hooks run elsewhere" 'hooks.cwd-createRuntime hooks.cwd-prestart hooks.cwd-createContainer hooks.cwd-post*' on_create \
    '(.hooks[]?[]?) |= (.args = ["sh", "-c", "cd /etc && exec \"$0\" \"$@\"", .path] + .args[1:] | .path = "/bin/sh")'
  mutant "no hooks" 'hooks.*' on_create 'del(.hooks)'
}
