#!/bin/bash
# Requests a second of Redis, as its own benchmark has them, in millions a second.
cd /tmp || exit
redis-server --port 6379 --save '' --daemonize yes --logfile /tmp/redis.log >/dev/null
for _ in {1..100}; do [ "$(redis-cli ping 2>/dev/null)" != PONG ] || break; sleep 0.1; done
redis-benchmark --csv -n "$1" -c 20 -t set,get | tr -d '"' | awk -F, '$2 > 0 { sum += $2 } END { print sum / 1000000 }'
redis-cli shutdown nosave
