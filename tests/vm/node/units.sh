#!/bin/bash
# Bulkhead's units under systemd: the watcher logs denials with the container's name, hardened as it is; the
# check tells when what was installed no longer holds.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

DENIALS=/var/log/bulkhead/denials.jsonl
HOOK=/usr/share/containers/oci/hooks.d/50-bulkhead.json
CONFIG=/etc/containerd/config.toml

state() { systemctl show --property "$2" --value "$1"; }
said() { journalctl --no-pager --output cat --unit "$1" --since "$2"; }

units() {
  local unit
  for unit in bulkhead-watch.service bulkhead-check.timer; do
    check "$unit is enabled by the package" systemctl is-enabled "$unit"
    check "$unit is active" systemctl is-active "$unit"
  done
  same "the watcher did not fail" 0 "$(state bulkhead-watch.service NRestarts)"
  check "systemd finds no fault in them" systemd-analyze verify --man=no \
    bulkhead-watch.service bulkhead-check.service bulkhead-check.timer
}

# What systemd-analyze says of a running unit, as a number without its point: 0 (best) to 100.
exposure() {
  systemd-analyze security --no-pager "$1" | sed -nE 's/.*Overall exposure level[^:]*: ([0-9]+)\.([0-9]).*/\1\2/p'
}
hardening() { # unit limit
  local score
  score=$(exposure "$1")
  echo "# systemd-analyze security: $1 has $score of 100"
  if [ -n "$score" ] && [ "$((10#$score))" -le "$2" ]; then ok "$1: its exposure is at most $2 of 100"
  else not_ok "$1: its exposure is at most $2 of 100" "$score"; fi
}

watching() {
  local id
  printf 'abi <abi/3.0>,\nprofile node-deny flags=(attach_disconnected,mediate_deleted) {\n  file, network, capability, umount, signal, ptrace,\n  audit deny /etc/passwd r,\n}\n' \
    >/etc/apparmor.d/node-deny
  bulkhead apparmor load /etc/apparmor.d/node-deny >/dev/null
  podman_run --detach --name denied --security-opt apparmor=node-deny "$CRI_IMAGE" "${WAITS[@]}" >/dev/null
  id=$(podman inspect --format '{{.Id}}' denied)
  podman exec denied /bin/cat /etc/passwd >"$NODE/out" 2>&1
  contains "a denial reaches the program" "Permission denied" "$(cat "$NODE/out")"
  check "the watcher logs it under the container's id" eventually 60 grep -q "${id:0:12}.*/etc/passwd" "$DENIALS"
  contains "bulkhead denials shows it" /etc/passwd "$(bulkhead denials)"
  systemctl restart bulkhead-watch.service
  check "the watcher is active after a restart" systemctl is-active bulkhead-watch.service
  podman rm --force --time 0 denied >/dev/null
  apparmor_parser --remove /etc/apparmor.d/node-deny && rm /etc/apparmor.d/node-deny
}

# check_unit NAME FRAGMENT: the check fails, and the journal holds the sentence; with "" it succeeds.
check_unit() {
  local since code=0
  since=$(date '+%F %T')
  systemctl start bulkhead-check.service 2>"$NODE/err" || code=$?
  if [ -z "$2" ]; then
    same "$1: the check unit is content" "0 success" "$code $(state bulkhead-check.service Result)"
    return
  fi
  same "$1: the check unit fails" "exit-code failed" \
    "$(state bulkhead-check.service Result) $(systemctl is-failed bulkhead-check.service)"
  contains "$1: the journal says so" "$2" "$(said bulkhead-check.service "$since")"
  systemctl reset-failed bulkhead-check.service
}

promises() {
  check_unit "as installed" ""
  mv "$HOOK" "$NODE/hook.json"
  check_unit "a hook's file is gone" "$HOOK is gone"
  mv "$NODE/hook.json" "$HOOK"
  cp "$CONFIG" "$NODE/config.toml"
  # As an upgrade of containerd's package does when it replaces the configuration.
  printf 'version = 2\n' >"$CONFIG"
  check_unit "containerd's configuration was replaced" "containerd"
  cp "$NODE/config.toml" "$CONFIG"
  check_unit "put back" ""
  default_profile_missing
  mv /usr/bin/bulkhead-hook "$NODE/bulkhead-hook"
  check_unit "the hook's program is gone" bulkhead-hook
  mv "$NODE/bulkhead-hook" /usr/bin/bulkhead-hook
  printf '{"version": 1, "mode": "enforced"}' >/etc/bulkhead/policy.json
  check_unit "a policy that is not valid" enforced
  rm /etc/bulkhead/policy.json
  check_unit "all mended" ""
}
# Taken out of the kernel, it leaves those that ran under it unconfined, and loading it again changes nothing
# for them. With no such container there is nothing to tell: the next start loads it.
default_profile_missing() {
  podman_run --detach --name lost --security-opt apparmor=unconfined "$CRI_IMAGE" "${WAITS[@]}" >/dev/null
  printf bulkhead-default >/sys/kernel/security/apparmor/.remove
  check_unit "the default profile is missing under a container" "bulkhead-default: no longer loaded"
  podman rm --force --time 0 lost >/dev/null
  check_unit "no container is left that had it" ""
  same "the next start loads it" "label=bulkhead-default (enforce)" \
    "$(podman_run --rm --security-opt apparmor=unconfined "$CRI_IMAGE" /bin/probe label | tr -d '\r')"
}

timer_runs() {
  contains "the timer's next run is planned" bulkhead-check.service "$(systemctl list-timers --no-pager bulkhead-check.timer)"
}

units
hardening bulkhead-watch.service 25
hardening bulkhead-check.service 60
watching
promises
timer_runs
finish
