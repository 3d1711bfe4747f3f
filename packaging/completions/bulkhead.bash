# shellcheck shell=bash
# Completion of bulkhead(8) for bash.

_bulkhead() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local commands='status ps verify watch denials record events readiness report check install uninstall default policy apparmor lint explain diff explain-record conformance'
  local command=${COMP_WORDS[1]} words=''
  [ "$command" = policy ] && command="policy ${COMP_WORDS[2]:-}"
  [ "$command" = record ] && [[ "${COMP_WORDS[2]:--}" != -* ]] && command="record ${COMP_WORDS[2]}"
  [ "$command" = apparmor ] && command="apparmor ${COMP_WORDS[2]:-}"

  if [ "$COMP_CWORD" = 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$current")
    return
  fi
  if [ "$COMP_CWORD" = 2 ] && [ "${COMP_WORDS[1]}" = policy ]; then
    mapfile -t COMPREPLY < <(compgen -W 'check show init explain' -- "$current")
    return
  fi
  if [ "$COMP_CWORD" = 2 ] && [ "${COMP_WORDS[1]}" = record ]; then
    mapfile -t COMPREPLY < <(compgen -W 'start stop rm run show profile try merge export import --json' -- "$current")
    return
  fi
  if [ "$COMP_CWORD" = 2 ] && [ "${COMP_WORDS[1]}" = apparmor ]; then
    mapfile -t COMPREPLY < <(compgen -W 'list load complain enforce query lint default' -- "$current")
    return
  fi
  case "$command $previous" in
    'apparmor lint --format') words='text json sarif' ;;
    'default --format') words='oci docker' ;;
    'lint --format') words='text json sarif' ;;
    'record profile --format' | 'record run --format') words='oci docker spo' ;;
    'record profile --base') words='runtime-default none' ;;
    'install --mode') words='observe enforce' ;;
    *' --root')
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      return ;;
    *' --arch') words='amd64 386 arm64 arm riscv64 s390x ppc64le' ;;
    *' --cap')
      words='ALL AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_ADMIN NET_BIND_SERVICE
        NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_ADMIN SYS_CHROOT SYS_PTRACE' ;;
    *' --pid')
      mapfile -t COMPREPLY < <(cd /proc && compgen -G "${current}[0-9]*")
      return ;;
    *' --runtime' | *' --profile' | *' --write')
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return ;;
  esac
  if [ -n "$words" ]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    return
  fi
  case $command in
    status) words='--check --json --help' ;;
    ps) words='--all --reasons --json --watch --help' ;;
    verify) words='--pid --all --json --help' ;;
    watch) words='--print --interval --backlog-limit --json --help' ;;
    denials)
      words='--container --namespace --since --syscall --top --would --follow --story --suggest
        --dangerous --write --profile --as-profile --as-apparmor --json --help' ;;
    events)
      words='--container --namespace --since --refused --observed --changed --failed --exec --top --json --help' ;;
    readiness) words='--namespace --since --json --help' ;;
    report) words='--since --html --json --help' ;;
    check) words='--id --runtime --full --json --help' ;;
    install) words='--all-found --dry-run --mode --runtime-class --no-restart --no-verify --no-watch --root --json --help' ;;
    uninstall) words='--all-found --dry-run --no-restart --root --json --help' ;;
    default) words='--cap --arch --format --json --help' ;;
    conformance)
      words='--runtime --case --list --explain --tap --json --html --markdown --compare --keep --jobs --data --help' ;;
    'apparmor list') words='--check --json --help' ;;
    'apparmor lint') words='--name --format --json --help' ;;
    'apparmor load') words='--json --help' ;;
    'apparmor complain') words='--json --help' ;;
    'apparmor enforce') words='--json --help' ;;
    'apparmor query') words='--json --help' ;;
    'apparmor default') words='--json --help' ;;
    'record start') words='--image --namespace --pod --container --without-exec --json --help' ;;
    'record stop') words='--json --help' ;;
    'record rm') words='--json --help' ;;
    'record run')
      words='--name --output --format --image --namespace --pod --container --without-exec --incomplete --json --help' ;;
    record) words='--json --help' ;;
    'record try') words='--name --cap --image --namespace --pod --container --json --help' ;;
    'record show') words='--new-since --without-exec --json --help' ;;
    'record profile')
      words='--output --apparmor --format --base --cap --arguments --without-exec --incomplete --json --help' ;;
    'record merge') words='--output --json --help' ;;
    'record export') words='--output --json --help' ;;
    'record import') words='--name --json --help' ;;
    'policy check') words='--json --help' ;;
    'policy show') words='--json --help' ;;
    'policy test') words='--id --json --help' ;;
    'policy init') words='--output --json --help' ;;
    'policy explain') words='--json --help' ;;
    lint) words='--cap --fix --format --json --needs --help' ;;
    explain) words='--cap --json --html --help' ;;
    diff) words='--cap --stricter-than --html --json --help' ;;
    explain-record) words='--profile --json --help' ;;
  esac
  case $current in
    -*) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current") ;;
    *)
      case $command in
        install | uninstall) mapfile -t COMPREPLY < <(compgen -W 'containerd crio podman docker' -- "$current") ;;
        explain | diff) mapfile -t COMPREPLY < <(compgen -f -W 'runtime/default unconfined' -- "$current") ;;
        lint) mapfile -t COMPREPLY < <(compgen -f -W 'runtime/default' -- "$current") ;;
        *) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      esac
      ;;
  esac
}
complete -o filenames -F _bulkhead bulkhead
