#!/bin/bash
# Redis, on one CPU; and its clients, who are not in the container.
#
#   redis.sh serve CPU
#   redis.sh ask CPU NUMBER      prints the requests a second, as its own benchmark has them, in millions a second
set -u
case $1 in
  serve)
    cd /tmp || exit
    exec taskset -c "$2" redis-server --port 6379 --save '' >/dev/null
    ;;
  ask)
    for _ in {1..100}; do [ "$(redis-cli ping 2>/dev/null)" != PONG ] || break; sleep 0.1; done
    taskset -c "$2" redis-benchmark --csv -n "$3" -c 20 -t set,get | tr -d '"' |
      awk -F, '$2 > 0 { sum += $2 } END { print sum / 1000000 }'
    ;;
esac
