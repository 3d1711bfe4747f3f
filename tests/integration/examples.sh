#!/bin/bash
# What lies in examples/ works: profiles have no errors and containers start under them, policies are valid, bundles are
# decided as the pages say and start, values are the chart's. And the guides show what the files hold.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"
need_shim
install_program bulkhead
BULKHEAD=$NODE/bin/bulkhead
EXAMPLES=$ROOT/examples
RUNTIME=${1:-}

# Those that hold a profile, a policy and a bundle.
of_kind() { # MEMBER
  local file
  for file in "$EXAMPLES"/*.json; do
    if sed 's|^ *//.*||' "$file" | jq -e "has(\"$1\")" >/dev/null 2>&1; then basename "$file"; fi
  done
}

starts() { # DIRECTORY FILTER…: the bundle, as it is but for what this machine cannot do
  local bundle=$NODE/start-$1 filter
  shift
  for filter in ".root.path = \"$NODE/rootfs\" | .linux.cgroupsPath = \"/$NODE_ID/example\" | .process.args = [\"/bin/true\"]" "$@"; do
    jq "$filter" "$bundle/config.json" >"$bundle/.new" && mv "$bundle/.new" "$bundle/config.json"
  done
  "$(link_shim "$RUNTIME")" run --bundle "$bundle" "example-$RUNTIME" </dev/null
}
bundle_of() { rm -rf "$NODE/start-$1" && cp -R "$EXAMPLES/$1" "$NODE/start-$1"; }

if [ -n "$RUNTIME" ]; then
  make_rootfs
  for profile in $(of_kind defaultAction); do
    mkdir -p /etc/bulkhead/seccomp
    cp "$EXAMPLES/$profile" /etc/bulkhead/seccomp/
    write_policy <<<"{\"version\": 1, \"rules\": [{\"name\": \"example\", \"match\": {\"namespace\": \"shop\"},
      \"seccomp\": {\"profile\": \"localhost/$profile\"}}]}"
    bundle_of bundle
    check "$RUNTIME: a container starts under $profile" starts bundle
  done
  remove_policy
  bundle_of cni
  check "$RUNTIME: the container of cni/ starts" starts cni
  bundle_of bypass
  OUT=$(starts bypass 2>&1)
  contains "$RUNTIME: that of bypass/ does not" "replaces the whole seccomp filter" "$OUT"
  finish
fi

for profile in $(of_kind defaultAction); do
  "$BULKHEAD" lint "$EXAMPLES/$profile" >"$NODE/lint" 2>&1
  check "$profile: lint finds no error" grep -q ': 0 errors' "$NODE/lint"
done
same "my-app.json is the fallback as the program has it" "$("$BULKHEAD" default --format docker)" "$(cat "$EXAMPLES/my-app.json")"
for policy in $(of_kind version); do
  check "$policy: is a valid policy" "$BULKHEAD" policy check "$EXAMPLES/$policy"
done
cp "$EXAMPLES/50-cni.json" /etc/bulkhead/policy.d/ 2>/dev/null ||
  { mkdir -p /etc/bulkhead/policy.d && cp "$EXAMPLES/50-cni.json" /etc/bulkhead/policy.d/; }
contains "50-cni.json exempts the container of cni/" "loads BPF programs" "$("$BULKHEAD" check "$EXAMPLES/cni")"
lacks "and not that of bundle/" "loads BPF programs" "$("$BULKHEAD" check "$EXAMPLES/bundle")"

# In both directions: what the list names is there, and what is there the list names.
# shellcheck disable=SC2016  # backquotes of Markdown
LISTED=$(sed -n 's/^| `\([^`]*\)`.*/\1/p' "$EXAMPLES/README.md" | sort)
same "the list of the examples is whole" "$(cd "$EXAMPLES" && find . -type f ! -name README.md -printf '%P\n' | sort)" "$LISTED"

SHOWN=$(/usr/bin/python3 -B - "$ROOT" <<'PYTHON'
import os, re, sys
root = sys.argv[1]
sys.path.insert(0, root + "/tests/docs")
from pages import blocks
os.chdir(root)
for page in ("docs/how-to/exemptions.md", "docs/how-to/hot-fix.md", "docs/how-to/roll-out.md"):
    for block in blocks(page):
        name = block.mark.removeprefix("file: ") if block.mark.startswith("file: ") else ""
        if name:
            same = open("examples/" + name, encoding="utf-8").read() == block.text
            print(f"{name} {'same' if same else 'differs'}")
PYTHON
)
same "the guides show what the files hold" \
  "50-cni.json same
90-hot-fix.json same
91-hot-fix-exemption.json same
canary.yaml same
rest.yaml same" "$(sort <<<"$SHOWN")"

for values in canary.yaml rest.yaml; do
  check "$values: its keys are the chart's" /usr/bin/python3 -c '
import sys, yaml
known, given = (yaml.safe_load(open(path, encoding="utf-8")) for path in sys.argv[1:])
unknown = set(given) - set(known)
sys.exit(f"unknown: {unknown}" if unknown or not given else 0)' "$ROOT/packaging/helm/bulkhead/values.yaml" "$EXAMPLES/$values"
done

make -s -C "$ROOT" install-examples DESTDIR="$NODE/tree" PREFIX=/usr >"$NODE/made" 2>&1
same "every one of them is installed" "$LISTED" \
  "$(cd "$NODE/tree/usr/share/doc/bulkhead/examples" && find . -type f -printf '%P\n' | grep -Fxf <(echo "$LISTED") | sort)"

for runtime in $(runtimes); do again_in_view "$runtime" "$runtime"; done
finish
