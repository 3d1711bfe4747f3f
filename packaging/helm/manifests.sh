#!/bin/bash
# The manifests for who has no Helm: the chart with its default values and without its hooks, which only
# Helm understands. `make manifests` writes them; a test compares.
set -euo pipefail
cd "$(dirname "$0")/../.."
programs=$(packaging/helm/programs.sh "${BUILD:-build}/helm")
HELM=$programs/helm
[ -x "$HELM" ] || exit 1  # programs.sh said why
cat <<'YAML'
# Made from packaging/helm/bulkhead by `make manifests`. docs/how-to/kubernetes.md tells how to use it.
---
apiVersion: v1
kind: Namespace
metadata:
  name: bulkhead
  labels:
    # The Pods mount the node's root. Whoever may write in this namespace is root on every node.
    pod-security.kubernetes.io/enforce: privileged
YAML
"$HELM" template bulkhead packaging/helm/bulkhead --namespace bulkhead --no-hooks | grep -v '^# Source: '
