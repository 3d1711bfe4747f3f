#!/bin/bash
# A denied system call and a denied path in one container, each by its own mechanism; and a filter that
# allows mount(2) still meets AppArmor's denial.
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
private_node "$@"
need_bulkhead
need_attempt

CAPABLE='.process.capabilities.bounding += ["CAP_SYS_ADMIN"]
  | .process.capabilities.effective += ["CAP_SYS_ADMIN"]
  | .process.capabilities.permitted += ["CAP_SYS_ADMIN"]
  | .process.user = {uid: 0, gid: 0}'

for runtime in $(runtimes); do
  for way in "${WAYS[@]}"; do
    bundle "$way" - /bin/attempt unshare - read /proc/kcore read /etc/passwd
    got=$(start "$way" "$runtime")
    contains "$runtime, $way: seccomp denies the call" "unshare -: EPERM" "$got"
    contains "$runtime, $way: AppArmor denies the path" "read /proc/kcore: EACCES" "$got"
    contains "$runtime, $way: what neither denies works" "read /etc/passwd: 0" "$got"

    # With CAP_SYS_ADMIN the seccomp fallback lets mount(2) through, as every default does.
    MORE=$CAPABLE bundle "$way" - /bin/attempt mount /tmp
    got=$(start "$way" "$runtime")
    contains "$runtime, $way: a mount that the filter allows is denied by AppArmor" \
      "mount /tmp: EACCES" "$got"
  done
done
loaded_profile vm-open 'mount,'
MORE=$CAPABLE bundle shim vm-open /bin/attempt mount /tmp
contains "and under a profile that allows it, it works" "mount /tmp: 0" "$(start shim runc)"
finish
