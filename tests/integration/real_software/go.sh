#!/bin/bash
# caddy, a web server in Go, in front of another one of its own.
set -eu
# shellcheck source=ask.sh
. /software/ask.sh
export HOME=/tmp
caddy respond --listen 127.0.0.1:8003 --body 42 >/tmp/respond.log 2>&1 &
caddy reverse-proxy --from :8004 --to 127.0.0.1:8003 >/tmp/proxy.log 2>&1 &
ask http://127.0.0.1:8003/ >/dev/null || { cat /tmp/respond.log; exit 1; }
echo "answer: $(ask http://127.0.0.1:8004/ || cat /tmp/proxy.log)"
