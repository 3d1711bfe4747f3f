# shellcheck shell=dash
# Profiles and policy, from ConfigMaps onto the node. A document is tried under a hidden name in the
# directory where it will stand, and gets its name by rename(2) when it is valid: nobody ever sees half
# of one, and one that is refused leaves the version before it in place. The directories below are ours
# alone, or the names in them are: what is no longer in the ConfigMap goes.

SECCOMP=${BULKHEAD_SECCOMP_ROOT:-/var/lib/kubelet/seccomp}/bulkhead  # localhost/bulkhead/<file> in a Pod
APPARMOR=/etc/apparmor.d  # our files are bulkhead.<name> there: profiles below it are not read
POLICY=/etc/bulkhead/policy.d/50-cluster.json

# A profile with a warning is the owner's choice; one with an error is none.
seccomp_is_valid() {
  bulkhead lint --json "$1" >"$STATE/lint" 2>"$STATE/why"
  case $? in
    0) return 0 ;;
    1) grep -q '"severity": *"error"' "$STATE/lint" || return 0 ;;
  esac
  bulkhead lint "$1" >"$STATE/why" 2>&1
  return 1
}
apparmor_is_valid() { bulkhead apparmor lint "$1" >"$STATE/why" 2>&1; }

# The node's policy with this file in it, in a root of its own: the policy in force is never one that
# is not valid, because then no container starts.
policy_is_valid() {
  root=$STATE/policy-root
  rm -rf "$root"
  mkdir -p "$root/etc/bulkhead/policy.d" && cp "$PACKAGE/bin/bulkhead" "$root/bulkhead" || return 1
  settings=$(host_path /etc/bulkhead)
  [ ! -e "$settings/policy.json" ] || cp "$settings/policy.json" "$root/etc/bulkhead/"
  for file in "$settings"/policy.d/*.json; do
    [ ! -e "$file" ] || cp "$file" "$root/etc/bulkhead/policy.d/"
  done
  cp "$(host_path "$1")" "$root$POLICY"
  chroot "$root" /bulkhead policy check >"$STATE/why" 2>&1
  valid=$?
  rm -rf "$root"
  return $valid
}

# put_document CHECK PATH SOURCE
put_document() {
  target=$(host_path "$2")
  cmp -s "$3" "$target" && return 0
  tried=${2%/*}/.${2##*/}.bulkhead-new
  new=${target%/*}/.${target##*/}.bulkhead-new
  if ! write_new "$new" 644 "$3"; then
    problem "cannot write $2 on the node"
    return 1
  fi
  if "$1" "$tried"; then
    mv -f "$new" "$target" && sync "${target%/*}" && say "$2: brought"
    return
  fi
  rm -f "$new"
  problem "${3##*/} is not valid and was not brought; what was there before stays: $(tail -n 20 "$STATE/why")"
  return 1
}

# remove_gone DIRECTORY PREFIX SOURCES: files of ours whose source is gone.
remove_gone() {
  directory=$(host_path "$1")
  rm -f "$directory/.$2"*.bulkhead-new  # of a Pod that was killed
  for file in "$directory/$2"*; do
    name=${file##*/}
    if [ ! -e "$file" ] || [ -e "$3/${name#"$2"}" ]; then continue; fi
    rm -f "$file" && say "$1/$name: removed, its ConfigMap no longer has it"
  done
}

sync_documents() {
  for file in "$DOCUMENTS"/seccomp/*; do
    [ -f "$file" ] && put_document seccomp_is_valid "$SECCOMP/${file##*/}" "$file"
  done
  remove_gone "$SECCOMP" '' "$DOCUMENTS/seccomp"
  for file in "$DOCUMENTS"/apparmor/*; do
    [ -f "$file" ] && put_document apparmor_is_valid "$APPARMOR/bulkhead.${file##*/}" "$file"
  done
  remove_gone "$APPARMOR" bulkhead. "$DOCUMENTS/apparmor"
  if [ -s "$DOCUMENTS/policy/policy.json" ]; then
    put_document policy_is_valid "$POLICY" "$DOCUMENTS/policy/policy.json"
  elif [ -e "$(host_path "$POLICY")" ]; then
    remove_file "$POLICY" && say "$POLICY: removed, its ConfigMap no longer has it"
  fi
}
