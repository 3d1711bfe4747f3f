#!/bin/bash
# Redis with threads for its sockets, which writes its data out by a fork and in the background.
set -eu
cd /tmp
redis-server --port 6379 --io-threads 2 --save '' --appendonly yes --dir /tmp --daemonize yes --logfile /tmp/redis.log >/dev/null
ask() { redis-cli "$@"; }
for _ in {1..100}; do [ "$(ask ping 2>/dev/null)" != PONG ] || break; sleep 0.1; done
[ "$(ask set answer 40)" = OK ] || { cat /tmp/redis.log; exit 1; }
ask bgrewriteaof >/dev/null
answer=$(ask eval 'return redis.call("incrby", KEYS[1], 2)' 1 answer)
ask shutdown save
echo "answer: $answer"
