#!/bin/bash
# Fails where a room includes what the design does not let it (docs/ARCHITECTURE.md). This table is
# the one that the document shows; the document is checked against it.
set -euo pipefail
cd "$(dirname "$0")/.."

rooms=(base oci-config policy kernel audit admission hook shim cli)
declare -A may=(
  [base]="base"
  [oci-config]="oci-config base"
  [policy]="policy oci-config base"
  [kernel]="kernel policy oci-config base"
  [audit]="audit policy oci-config base"
  [admission]="admission audit kernel policy oci-config base"
  [hook]="hook admission audit kernel policy oci-config base"
  [shim]="shim admission audit kernel policy oci-config base"
  [cli]="cli admission audit kernel policy oci-config base"
)
# Outside library → the only rooms whose files may include it.
declare -A library_rooms=(
  [rapidjson/]="oci-config"
  [seccomp.h]="kernel"
  [sys/apparmor.h]="kernel"
  [sys/capability.h]="kernel"
  [spdlog/]="audit"
  [CLI/]="cli"
  [toml++/]="cli"
  [prometheus/]="audit"
  [sha2.h]="base"
)
# policy/ is pure: no file, process, clock or environment.
impure='<(unistd|fcntl|time|signal|dirent|fstream|iostream|filesystem|chrono|cstdio|stdio|sys/(stat|ptrace|prctl|mman|socket|syscall|wait))(\.h)?>'

bad=0
complain() { printf '%s\n' "$1" >&2; bad=1; }

includes_of() { # room
  grep -rnHE --include='*.cc' --include='*.h' '^[[:space:]]*#[[:space:]]*include' "$1" | grep -v "/generate_" || true
}

for room in "${rooms[@]}"; do
  [ -d "$room" ] || continue
  while IFS=: read -r file line text; do
    [ -n "$file" ] || continue
    included=$(sed -E 's/.*include[[:space:]]*[<"]([^>"]+)[>"].*/\1/' <<<"$text")
    target=${included%%/*}
    for other in "${rooms[@]}"; do
      [ "$target" = "$other" ] || continue
      case " ${may[$room]} " in
        *" $other "*) ;;
        *) complain "$file:$line: $room/ may not include $other/ ($included)" ;;
      esac
    done
    for library in "${!library_rooms[@]}"; do
      case "$included" in
        "$library"*)
          [ "${library_rooms[$library]}" = "$room" ] ||
            complain "$file:$line: only ${library_rooms[$library]}/ may include <$included>" ;;
      esac
    done
    if [ "$room" = policy ] && grep -qE "$impure" <<<"$text"; then
      complain "$file:$line: policy/ is pure and may not include <$included>"
    fi
  done < <(includes_of "$room")
done

spdlog_files=$(grep -rlE --include='*.cc' --include='*.h' 'include <spdlog/' audit | wc -l)
[ "$spdlog_files" -le 1 ] || complain "audit/: spdlog belongs in one file, not $spdlog_files"

for room in "${rooms[@]}"; do
  row=$(grep -F "| \`$room/\` |" docs/ARCHITECTURE.md || true)
  [ -n "$row" ] || { complain "docs/ARCHITECTURE.md has no row for $room/"; continue; }
  for other in ${may[$room]}; do
    [ "$other" = "$room" ] || grep -qF "\`$other\`" <<<"$row" ||
      complain "docs/ARCHITECTURE.md: the row of $room/ does not name $other"
  done
done

[ "$bad" = 0 ] && echo "includes: every arrow points the way the design says"
exit "$bad"
