# shellcheck shell=bash disable=SC2034  # names for the scripts
# What the scripts about records stand on.

# web_bundle NAME PROGRAM…: a bundle of a container that is named web, as an engine names one.
web_bundle() {
  local name=$1
  shift
  make_bundle "$NODE/$name" "$(args "$@")" '.annotations = {
    "io.kubernetes.cri.container-type": "container", "io.kubernetes.cri.sandbox-id": "pod",
    "io.kubernetes.cri.sandbox-namespace": "shop", "io.kubernetes.cri.sandbox-name": "web-1",
    "io.kubernetes.cri.container-name": "web", "io.kubernetes.cri.image-name": "registry/web:1"}'
}

# record NAME JQ-FILTER: of the record as it is by now.
record() {
  "$BULKHEAD" record >/dev/null && jq -r "$2" "/var/log/bulkhead/record/$1.json"
}

# The kernel's numbers of this machine, and of the calls that a C library makes there for these names (on arm64 mkdirat
# for mkdir, and symlinkat).
case $(uname -m) in
  aarch64)
    declare -r NATIVE=3221225655 COMPAT=1073741864
    declare -A CALLS=([write]=64 [getppid]=173 [chdir]=49 [pivot_root]=41 [mkdir]=34 [getpid]=172 [symlink]=36
      [clock_nanosleep]=115 [clone]=220 [kill]=129 [openat]=56 [exit_group]=94 [ptrace]=117 [wait4]=260)
    ;;
  *)
    declare -r NATIVE=3221225534 COMPAT=1073741827
    declare -A CALLS=([write]=1 [getppid]=110 [chdir]=80 [pivot_root]=155 [mkdir]=83 [getpid]=39 [symlink]=88
      [clock_nanosleep]=230 [clone]=56 [kill]=62 [openat]=257 [exit_group]=231 [ptrace]=101 [wait4]=61)
    ;;
esac

# calls NAME CALL [MEMBER [ARCH]]: how often it was made, in all containers; 0 where it is not there.
calls() {
  record "$1" "[.containers[].calls[] | select(.arch == ${4:-$NATIVE} and .number == ${CALLS[$2]:-$2})
    | .${3:-count} // 0] | add // 0"
}
has_call() { [ "$(calls "$@")" -gt 0 ]; }
counts_calls() { [ "$(calls "$1" "$2")" = "$3" ]; }  # NAME CALL NUMBER
not_recorded() { [ "$(calls "$1" "$2")" = 0 ]; }
ended() { [ "$(record "$1" '[.containers[] | select(.ended)] | length')" = "$2" ]; }  # NAME NUMBER
losses() { record "$1" '[.losses, .containers[].losses | select(.)] | tojson'; }
no_losses() { [ "$(losses "$1")" = '[]' ]; }
