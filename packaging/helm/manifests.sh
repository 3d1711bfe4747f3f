#!/bin/bash
# The manifests for who has no Helm: the chart with its default values and without its hooks, which only
# Helm understands. `make manifests` writes them; a test compares.
set -euo pipefail
cd "$(dirname "$0")/../.."
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
GO111MODULE=off GOFLAGS='' GOPATH=/usr/share/gocode go run packaging/helm/render.go packaging/helm/bulkhead bulkhead bulkhead |
  awk 'BEGIN { RS = "---\n"; ORS = "" } NF && !/helm\.sh\/hook:/ { print "---\n" $0 }' | grep -v '^# Source: '
